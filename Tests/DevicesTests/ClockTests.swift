// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization
import Testing

@testable import Devices

@Suite struct ClockTests {
    @Test func aLateBeatDoesNotPushBackTheNext() {
        var schedule = PacedClock.Schedule(start: 0, period: .milliseconds(20))
        #expect(schedule.nextDue == 20_000_000)
        #expect(schedule.beat(now: 27_000_000) == PacedClock.Tick(index: 0, skipped: 0, lateness: .milliseconds(7)))
        #expect(schedule.nextDue == 40_000_000)
        #expect(schedule.beat(now: 40_000_000) == PacedClock.Tick(index: 1, skipped: 0, lateness: .zero))
    }

    @Test func aShortStallIsCaughtUpAndALongOneSkipped() {
        var schedule = PacedClock.Schedule(start: 0, period: .milliseconds(20), tolerance: 5)
        #expect(schedule.beat(now: 100_000_000).skipped == 0)
        #expect(schedule.nextDue == 40_000_000)
        let tick = schedule.beat(now: 10_047_000_000)
        #expect(tick.skipped == 500)
        #expect(tick.index == 501)
        #expect(tick.lateness == .milliseconds(7))
        #expect(schedule.nextDue == 10_060_000_000)
    }

    @Test func theThreadBeatsAndStops() async throws {
        let beats = AsyncStream<PacedClock.Tick>.makeStream()
        let clock = try PacedClock(period: .milliseconds(2)) { beats.continuation.yield($0) }
        var seen: [UInt64] = []
        for await tick in beats.stream {
            seen.append(tick.index)
            if seen.count == 10 { break }
        }
        clock.stop()
        clock.stop()
        #expect(zip(seen, seen.dropFirst()).allSatisfy { $0 < $1 })
    }
}

@Suite struct SampleRingTests {
    @Test func nothingIsGivenBeforeTheTargetAndAllOfItAfter() {
        var ring = SampleRing(target: 40, slack: 100)
        ring.push(Array(0..<30).span)
        #expect(ring.pulled(20) == [])
        ring.push(Array(30..<60).span)
        #expect(ring.pulled(20) == Array(0..<20))
        #expect(ring.pulled(20) == Array(20..<40))
        #expect(ring.pulled(40) == Array(40..<60))
        #expect(ring.underruns == 1)
        ring.push([1].span)
        #expect(ring.pulled(20) == [])
    }

    @Test func aBurstIsCutToTheTargetFromItsOldEnd() {
        var ring = SampleRing(target: 40, slack: 100)
        ring.push(Array(0..<200).span)
        #expect(ring.count == 40)
        #expect(ring.discarded == 160)
        #expect(ring.pulled(40) == Array(160..<200))
    }

    /// Ten simulated minutes of a sound card whose clock is off: the ring neither runs dry nor over.
    @Test(arguments: [-400.0, -200, 0, 200, 400])
    func aClockThatIsOffIsFollowed(partsPerMillion: Double) {
        let rate = 16_000
        var ring = SampleRing(target: 640, slack: 1600)
        var drift = DriftControl(target: 640, sampleRate: rate)
        var owed = 0.0
        var correction = 0.0
        let silence = [Int16](repeating: 1, count: 400)
        for tick in 0..<30_000 {
            owed += 320 * (1 + partsPerMillion / 1e6) * (1 - correction / 1e6)
            let pushed = Int(owed)
            owed -= Double(pushed)
            ring.push(silence.span.extracting(first: pushed))
            correction = drift.correction(fill: ring.count)
            let given = ring.pulled(320).count
            if tick > 10 { #expect(given == 320) }
        }
        #expect(ring.discarded == 0)
        #expect(ring.underruns == 0)
    }
}

@Suite struct SampleBridgeTests {
    /// A card opens late, and finds more than it wants: after a second the delay is what it stays, to the millisecond. It crept down for a
    /// minute, and an echo canceller cannot follow that.
    @Test(arguments: [0, 2, 4])
    func theDelayStandsStillAfterASecond(early frames: Int) {
        let rate = 48_000
        let bridge = SampleBridge(outputRate: rate)
        bridge.restart(inputRate: rate, outputRate: rate)
        // A slow saw tooth: the value of a sample is its time, ms.
        var time = 0
        var frame = [Int16](repeating: 0, count: 960)
        func push() {
            for index in 0..<960 { frame[index] = Int16((time + index) / 48 % 20_000) }
            time += 960
            bridge.push(frame.span)
        }
        for _ in 0..<frames { push() }
        var delays: [Int] = []
        for _ in 0..<3000 {
            push()
            var span = frame.mutableSpan
            guard bridge.pull(into: &span) == 960 else { continue }
            delays.append((time - 960) / 48 % 20_000 - Int(frame[0]))
        }
        // Where the saw tooth falls back the resampler rings.
        let settled = delays.dropFirst(100).filter { (0...200).contains($0) }
        #expect(settled.count > 2700)
        #expect((settled.max() ?? 0) - (settled.min() ?? 0) <= 1, "\(settled.min() ?? 0) to \(settled.max() ?? 0) ms")
    }
}

extension SampleRing {
    fileprivate mutating func pulled(_ count: Int) -> [Int16] {
        var frame = [Int16](repeating: -1, count: count)
        var span = frame.mutableSpan
        let given = pull(into: &span)
        return Array(frame.prefix(given))
    }
}
