// SPDX-License-Identifier: GPL-3.0-or-later

/// A point in media time: nanoseconds of a monotonic clock, compared and subtracted but never shown to people.
///
/// The sans-I/O media machines (jitter buffer, latch, DTMF, mixer) take it as `now`; only the outermost loop reads the
/// clock. A plain 64-bit value, so that it costs nothing on the packet path.
package struct MediaInstant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's arbitrary start; never jumps back.
    package var nanoseconds: Int64

    @inlinable
    package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The start of simulated time.
    @inlinable
    package static var zero: MediaInstant { MediaInstant(nanoseconds: 0) }

    @inlinable
    package static func < (left: MediaInstant, right: MediaInstant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// This instant moved by `nanoseconds` (may be negative).
    @inlinable
    package func advanced(byNanoseconds nanoseconds: Int64) -> MediaInstant {
        MediaInstant(nanoseconds: self.nanoseconds &+ nanoseconds)
    }

    /// This instant moved by `milliseconds` (may be negative).
    @inlinable
    package func advanced(byMilliseconds milliseconds: Int) -> MediaInstant {
        advanced(byNanoseconds: Int64(milliseconds) &* 1_000_000)
    }

    /// Nanoseconds from `earlier` to this instant (negative if this one is the earlier).
    @inlinable
    package func nanoseconds(since earlier: MediaInstant) -> Int64 {
        nanoseconds &- earlier.nanoseconds
    }

    /// Whole milliseconds from `earlier` to this instant, rounded toward zero.
    @inlinable
    package func milliseconds(since earlier: MediaInstant) -> Int {
        Int(nanoseconds(since: earlier) / 1_000_000)
    }
}
