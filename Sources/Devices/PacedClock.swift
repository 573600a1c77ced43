// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// A thread that calls once each period by an absolute schedule: the clock of a call without a sound card.
package final class PacedClock: Sendable {
    /// One beat.
    package struct Tick: Hashable, Sendable {
        /// Counts periods since the start, skipped ones included.
        package var index: UInt64
        /// Periods given up since the beat before, because the machine slept or stalled.
        package var skipped: Int
        /// How long after its time this beat came.
        package var lateness: Duration
    }

    /// The pure schedule behind the thread: which beat is due at which nanosecond.
    package struct Schedule: Sendable {
        private let period: Int64
        private let tolerance: Int64
        private var due: Int64
        private var index: UInt64 = 0

        /// - Parameter tolerance: periods that may be caught up in a burst; past that they are skipped.
        package init(start: Int64, period: Duration, tolerance: Int64 = 5) {
            self.period = max(1, period.nanoseconds)
            self.tolerance = tolerance
            due = start + self.period
        }

        /// When to wake next, nanoseconds on the monotonic clock.
        package var nextDue: Int64 { due }

        /// The beat due now; call it at or after `nextDue`.
        package mutating func beat(now: Int64) -> Tick {
            let behind = max(0, now - due)
            var skipped: Int64 = 0
            if behind / period > tolerance {
                skipped = behind / period
                due += skipped * period
                index += UInt64(skipped)
            }
            let tick = Tick(index: index, skipped: Int(skipped), lateness: .nanoseconds(max(0, now - due)))
            due += period
            index += 1
            return tick
        }

        /// Sleeps until the next beat is due.
        /// - Returns: nil when `thread` is asked to stop, which is noticed within a tenth of a second.
        package mutating func wait(on thread: DeviceThread) -> Tick? {
            while !thread.isStopping {
                let now = MonotonicSleep.now()
                if now >= due { return beat(now: now) }
                MonotonicSleep.sleep(until: min(due, now + 100_000_000))
            }
            return nil
        }
    }

    private let thread: DeviceThread

    /// Starts to call `beat` each `period` on a thread of its own.
    package init(
        name: String = "confab-clock", period: Duration = .milliseconds(AudioFrame.milliseconds),
        beat: @escaping @Sendable (Tick) -> Void
    ) throws(DeviceError) {
        thread = try DeviceThread(name: name) { thread in
            var schedule = Schedule(start: MonotonicSleep.now(), period: period)
            while let tick = schedule.wait(on: thread) { beat(tick) }
        }
    }

    /// Ends the beats and waits for one under way. Not from within a beat.
    package func stop() {
        thread.stop()
    }
}
