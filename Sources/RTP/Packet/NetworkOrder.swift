// SPDX-License-Identifier: GPL-3.0-or-later

// Network byte order over spans. Subscripts are bounds-checked: a wrong offset of ours traps, it never reads past.

extension Span<UInt8> {
    /// The 16-bit big-endian number at `offset`, which the caller has checked to lie inside.
    @inlinable
    package func bigEndianUInt16(at offset: Int) -> UInt16 {
        UInt16(self[offset]) << 8 | UInt16(self[offset + 1])
    }

    /// The 32-bit big-endian number at `offset`, which the caller has checked to lie inside.
    @inlinable
    package func bigEndianUInt32(at offset: Int) -> UInt32 {
        UInt32(self[offset]) << 24 | UInt32(self[offset + 1]) << 16 | UInt32(self[offset + 2]) << 8
            | UInt32(self[offset + 3])
    }
}

extension MutableSpan<UInt8> {
    /// Stores `value` big-endian at `offset`, which the caller has checked to lie inside.
    @inlinable
    package mutating func setBigEndian(_ value: UInt16, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Stores `value` big-endian at `offset`, which the caller has checked to lie inside.
    @inlinable
    package mutating func setBigEndian(_ value: UInt32, at offset: Int) {
        self[offset] = UInt8(truncatingIfNeeded: value >> 24)
        self[offset + 1] = UInt8(truncatingIfNeeded: value >> 16)
        self[offset + 2] = UInt8(truncatingIfNeeded: value >> 8)
        self[offset + 3] = UInt8(truncatingIfNeeded: value)
    }
}
