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

extension SampleRing {
    fileprivate mutating func pulled(_ count: Int) -> [Int16] {
        var frame = [Int16](repeating: -1, count: count)
        var span = frame.mutableSpan
        let given = pull(into: &span)
        return Array(frame.prefix(given))
    }
}
