// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Devices

@Suite struct MediaTimelineTests {
    @Test func theLongerStreamDecidesWhenTheNextTurnBegins() {
        let timeline = MediaTimeline(origin: 0, streams: 2)
        #expect(timeline.base(of: 0) == 0)
        timeline.finish(0, at: 3_000_000_000)
        #expect(timeline.base(of: 1) == nil)
        timeline.finish(1, at: 3_020_000_000)
        #expect(timeline.base(of: 1) == 3_020_000_000)
        timeline.finish(1, at: 3_020_000_000)
        timeline.finish(0, at: 3_000_000_000)
        #expect(timeline.base(of: 2) == 6_040_000_000)
    }

    @Test func whoLeftIsNotWaitedFor() {
        let timeline = MediaTimeline(origin: 0, streams: 2)
        timeline.leave(1)
        #expect(timeline.base(of: 1) == nil)
        timeline.finish(0, at: 1_000_000_000)
        timeline.finish(0, at: 1_000_000_000)
        #expect(timeline.base(of: 2) == 2_000_000_000)
    }

    @Test func aTurnOfNoLengthStillEnds() {
        let timeline = MediaTimeline(origin: 0, streams: 1)
        timeline.finish(0, at: 0)
        #expect(timeline.base(of: 1) == 1_000_000)
    }
}

@Suite struct TimedSamplesTests {
    private func read(_ samples: inout TimedSamples, _ count: Int, now: Int) -> (given: Int, frame: [Int16]) {
        var frame = [Int16](repeating: -1, count: count)
        var span = frame.mutableSpan
        let given = samples.read(&span, now: now)
        return (given, frame)
    }

    private func write(_ sound: [Int16], at place: Int, to samples: inout TimedSamples) {
        samples.write(sound.span, at: place)
    }

    @Test func soundIsReadAtItsPlace() {
        var samples = TimedSamples(rate: 1000)
        write([1, 2, 3, 4], at: 2, to: &samples)
        #expect(samples.end == 6)
        let first = read(&samples, 4, now: 0)
        #expect(first.frame == [0, 0, 1, 2])
        // Silence before a place is as much written as sound.
        #expect(first.given == 4)
        let second = read(&samples, 4, now: 4)
        #expect(second.frame == [3, 4, 0, 0])
        #expect(second.given == 2)
    }

    @Test func whatWasWrittenStaysAndGapsAreSilent() {
        var samples = TimedSamples(rate: 1000)
        write([1, 2, 3], at: 0, to: &samples)
        write([9, 9, 4], at: 1, to: &samples)
        write([7], at: 6, to: &samples)
        #expect(read(&samples, 7, now: 0).frame == [1, 2, 3, 4, 0, 0, 7])
        write([8], at: 1_000_000, to: &samples)
        #expect(samples.end == 1_000_001)
    }

    /// A reader that is called up to 9 ms early or late gets every sample once.
    @Test func anUnsteadyReaderHearsNoGap() {
        var samples = TimedSamples(rate: 1000)
        var heard: [Int16] = []
        for turn in 0..<200 {
            write((0..<20).map { Int16(turn * 20 + $0) }, at: turn * 20, to: &samples)
            guard turn >= 2 else { continue }
            let jitter = [0, 7, -9, 9, -3, 5, -8][turn % 7]
            heard += read(&samples, 20, now: (turn - 2) * 20 + 10 + jitter).frame
        }
        #expect(zip(heard, heard.dropFirst()).allSatisfy { $1 == $0 + 1 })
    }

    @Test func aReaderThatWasAwayJoinsWhereTheSoundIs() {
        var samples = TimedSamples(rate: 1000)
        write((0..<1500).map { Int16($0) }, at: 0, to: &samples)
        #expect(read(&samples, 2, now: 100).frame == [100, 101])
        #expect(read(&samples, 2, now: 900).frame == [900, 901])
    }
}
