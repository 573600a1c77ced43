// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import Testing

@testable import MediaServer

/// A thread of canvases that take longer than they may, in simulated time.
@Suite struct GridScheduleTests {
    private struct Thread {
        var schedule = GridSchedule(wanted: 30)
        var now = MediaInstant(nanoseconds: 1_000_000_000)
        /// Of the pictures that were drawn.
        var times: [MediaInstant] = []
        var missed: Int64 = 0
        var late = 0
        /// How long decoding could have taken before each, ns.
        var decoding: [Int64] = []

        init() { schedule.begin(now: now) }

        /// Draws for so long; each canvas takes `cost` ms.
        mutating func run(seconds: Double, cost: Int) {
            let end = now.advanced(byNanoseconds: Int64(seconds * 1e9))
            (times, missed, late, decoding) = ([], 0, 0, [])
            while now < end {
                decoding.append(schedule.decodingEnd.nanoseconds(since: now))
                now = max(now, schedule.nextTick)
                let tick = schedule.tick(now: now)
                times.append(tick.time)
                missed += tick.missed
                late += tick.isLate ? 1 : 0
                now = now.advanced(byMilliseconds: cost)
                schedule.ended(tick, now: now)
            }
        }

        var isEven: Bool {
            zip(times, times.dropFirst()).allSatisfy { $1.nanoseconds(since: $0) >= 1_000_000_000 / 31 }
        }
    }

    @Test func whatTakesTooLongIsDrawnLessOftenUntilItFits() {
        var thread = Thread()
        thread.run(seconds: 5, cost: 10)
        #expect(thread.schedule.rate == 30 && thread.missed == 0 && thread.late == 0)
        // A tenth of a second is what ten a second have.
        thread.run(seconds: 4, cost: 90)
        #expect(thread.schedule.rate == 10 && thread.schedule.governor.cuts == 2)
        #expect(thread.missed > 0 && thread.isEven)
        thread.run(seconds: 20, cost: 90)
        #expect(thread.schedule.rate == 10 && thread.missed == 0 && thread.late == 0)
        // And it comes back by itself.
        thread.run(seconds: 60, cost: 5)
        #expect(thread.schedule.rate == 30 && thread.missed == 0)
    }

    /// Longer than the longest beat, and longer than any that was thought of.
    @Test(arguments: [400, 2500]) func whatNeverFitsIsDrawnAsOftenAsItCanBeAndIsDecodedBetween(cost: Int) {
        var thread = Thread()
        thread.run(seconds: 20, cost: cost)
        #expect(thread.schedule.rate == 5 && thread.schedule.governor.cuts == 3)
        thread.run(seconds: 20, cost: cost)
        #expect(thread.times.count >= 20_000 / cost - 1)
        #expect(thread.isEven && thread.missed > 0)
        #expect(thread.decoding.allSatisfy { $0 >= 50_000_000 })
        thread.run(seconds: 60, cost: 5)
        #expect(thread.schedule.rate == 30)
    }

    @Test func framesLeftUndecodedMakeATickLate() {
        var thread = Thread()
        let end = thread.now.advanced(byMilliseconds: 1500)
        while thread.now < end {
            thread.now = max(thread.now, thread.schedule.nextTick)
            thread.schedule.leftFramesUndecoded()
            let tick = thread.schedule.tick(now: thread.now)
            #expect(tick.isLate && tick.missed == 0)
            thread.schedule.ended(tick, now: thread.now)
        }
        #expect(thread.schedule.rate == 15)
    }
}
