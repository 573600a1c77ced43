// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads the bits of an H.264 parameter set: fixed lengths and Exp-Golomb codes (H.264 §7.2, §9.1), passing over the
/// emulation prevention bytes of the byte stream (§7.3.1). Past the end it reads zeros and says so.
struct ExpGolombReader {
    private var offset = 0
    private var bit = 0
    private var zeros = 0
    /// Something was read that was not there, or a code longer than 32 bits.
    private(set) var hasFailed = false

    mutating func bit(in bytes: Span<UInt8>) -> Int {
        if bit == 0, offset < bytes.count, zeros >= 2, bytes[offset] == 3 {
            offset += 1
            zeros = 0
        }
        guard offset < bytes.count else {
            hasFailed = true
            return 0
        }
        let value = Int(bytes[offset] >> UInt8(7 - bit)) & 1
        bit += 1
        if bit == 8 {
            bit = 0
            zeros = bytes[offset] == 0 ? zeros + 1 : 0
            offset += 1
        }
        return value
    }

    /// `u(count)`, `count` below 32.
    mutating func bits(_ count: Int, in bytes: Span<UInt8>) -> Int {
        var value = 0
        for _ in 0..<count { value = value << 1 | bit(in: bytes) }
        return value
    }

    /// `ue(v)`.
    mutating func unsigned(in bytes: Span<UInt8>) -> Int {
        var leading = 0
        while !hasFailed, bit(in: bytes) == 0 {
            leading += 1
            guard leading <= 31 else {
                hasFailed = true
                return 0
            }
        }
        return (1 << leading) - 1 + bits(leading, in: bytes)
    }

    /// `se(v)`.
    mutating func signed(in bytes: Span<UInt8>) -> Int {
        let code = unsigned(in: bytes)
        return code & 1 == 1 ? (code + 1) / 2 : -(code / 2)
    }
}
