// SPDX-License-Identifier: GPL-3.0-or-later

import CLinux

/// The wall clock as RTCP has it: 32.32 fixed-point seconds since 1900 (RFC 3550 §4).
package struct NTPTimestamp: Hashable, Sendable {
    /// From 1900 to 1970, s.
    private static let epoch: Int64 = 2_208_988_800

    package var rawValue: UInt64

    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// - Parameter nanoseconds: since 1970.
    package init(unixNanoseconds nanoseconds: Int64) {
        let (seconds, rest) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
        rawValue = UInt64(bitPattern: seconds + Self.epoch) << 32 | (UInt64(max(rest, 0)) << 32) / 1_000_000_000
    }

    /// The wall clock at `instant`. Reads the clocks: for reports, not for packets.
    package init(at instant: MediaInstant) {
        self.init(unixNanoseconds: instant.nanoseconds &+ clinux_realtime_offset())
    }

    /// Nanoseconds since 1970; negative before.
    package var unixNanoseconds: Int64 {
        let seconds = Int64(rawValue >> 32) - Self.epoch
        return seconds * 1_000_000_000 + Int64(((rawValue & 0xFFFF_FFFF) * 1_000_000_000) >> 32)
    }

    /// The middle 32 bits, in which report blocks count (RFC 3550 §6.4.1): 1/65536 s.
    package var middle: UInt32 { UInt32(truncatingIfNeeded: rawValue >> 16) }
}

extension ReportBlock {
    /// The round trip that the block tells, ms, where it came at `now`; nil where it answers no report of ours.
    package func roundTrip(now: NTPTimestamp) -> Double? {
        guard lastSenderReport != 0 else { return nil }
        let units = Int32(bitPattern: now.middle &- lastSenderReport &- delaySinceLastSenderReport)
        // Clocks differ in their rounding: a little less than nothing is nothing.
        return units < -6554 ? nil : max(0, Double(units) * 1000 / 65536)
    }
}
