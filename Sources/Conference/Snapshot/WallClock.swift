// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Ties monotonic instants to dates: both were read at one moment. The outermost loop makes a fresh one for each
/// snapshot, so that a clock that is set while the focus runs does not shift later snapshots.
package struct WallClock: Hashable, Sendable {
    package let instant: ContinuousClock.Instant
    package let date: Date

    package init(instant: ContinuousClock.Instant, date: Date) {
        self.instant = instant
        self.date = date
    }

    /// Both, read now.
    package static var now: WallClock { WallClock(instant: .now, date: Date()) }

    /// The date of an instant.
    package func date(_ other: ContinuousClock.Instant) -> Date {
        let distance = instant.duration(to: other).components
        return date.addingTimeInterval(Double(distance.seconds) + Double(distance.attoseconds) * 1e-18)
    }

    /// The instant of a date that is not in the future; a clock that was set back makes it none.
    package func instant(_ other: Date) -> ContinuousClock.Instant {
        min(instant, instant + .seconds(other.timeIntervalSince(date)))
    }
}
