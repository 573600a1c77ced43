// SPDX-License-Identifier: GPL-3.0-or-later

// Serial number arithmetic (RFC 1982) on the fields of RTP that wrap.

extension UInt16 {
    /// How far this sequence number lies behind `other`, with wrapping: 1 for its successor, negative when it is newer.
    @inlinable
    package func sequenceDistance(to other: UInt16) -> Int {
        Int(Int16(bitPattern: other &- self))
    }
}

extension UInt32 {
    /// RTP ticks from this timestamp to `other`, with wrapping; negative when `other` is the earlier.
    @inlinable
    package func timestampDistance(to other: UInt32) -> Int {
        Int(Int32(bitPattern: other &- self))
    }
}
