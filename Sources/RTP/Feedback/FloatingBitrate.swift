// SPDX-License-Identifier: GPL-3.0-or-later

/// A bit rate as TMMBR (17 bits of mantissa, RFC 5104 §4.2.1.1) and REMB (18 bits) carry it: mantissa × 2^exponent.
struct FloatingBitrate: Hashable, Sendable {
    /// 0 to 63.
    var exponent: UInt8
    var mantissa: UInt32

    init(exponent: UInt8, mantissa: UInt32) {
        self.exponent = exponent
        self.mantissa = mantissa
    }

    /// The nearest that is not above `bitsPerSecond`: a limit must not become a wider one. Negative ones count as 0.
    init(bitsPerSecond: Int, mantissaBits: Int) {
        let value = UInt64(max(0, bitsPerSecond))
        let shift = max(0, UInt64.bitWidth - value.leadingZeroBitCount - mantissaBits)
        exponent = UInt8(shift)
        mantissa = UInt32(value >> UInt64(shift))
    }

    /// Bits a second; what no link carries is `Int.max`.
    var bitsPerSecond: Int {
        let value = UInt64(mantissa)
        guard value != 0 else { return 0 }
        // One bit of head room for the sign.
        guard Int(exponent) < value.leadingZeroBitCount else { return .max }
        return Int(value << UInt64(exponent))
    }
}
