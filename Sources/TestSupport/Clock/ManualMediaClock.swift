// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// Media time that passes only when told.
package struct ManualMediaClock: Sendable {
    package private(set) var now: MediaInstant

    package init(start: MediaInstant = MediaInstant(nanoseconds: 1_000_000_000)) {
        now = start
    }

    /// Moves on by `milliseconds`, which are not negative.
    package mutating func advance(milliseconds: Int) {
        precondition(milliseconds >= 0, "media time never goes back")
        now = now.advanced(byMilliseconds: milliseconds)
    }

    /// Moves on by `nanoseconds`, which are not negative.
    package mutating func advance(nanoseconds: Int64) {
        precondition(nanoseconds >= 0, "media time never goes back")
        now = now.advanced(byNanoseconds: nanoseconds)
    }
}

/// Signalling time that passes only when told.
package struct ManualClock: Sendable {
    package private(set) var now: ContinuousClock.Instant

    /// Starts at this process's present, because the clock's instants have no public zero.
    package init() {
        now = ContinuousClock.now
    }

    /// Moves on by `duration`, which is not negative.
    package mutating func advance(by duration: Duration) {
        precondition(duration >= .zero, "time never goes back")
        now = now.advanced(by: duration)
    }

    /// Moves on to `instant`, unless that is past.
    package mutating func advance(to instant: ContinuousClock.Instant) {
        now = max(now, instant)
    }
}

/// A clock that runs fast or slow against the test's: turns its own nanoseconds into true ones.
package struct DriftingClock: Sendable {
    /// Parts per million that it runs fast; negative: slow.
    package let partsPerMillion: Double

    package init(partsPerMillion: Double) {
        self.partsPerMillion = partsPerMillion
    }

    /// True nanoseconds after which this clock shows `nanoseconds`.
    package func trueNanoseconds(_ nanoseconds: Int64) -> Int64 {
        Int64(Double(nanoseconds) / (1 + partsPerMillion * 1e-6))
    }
}
