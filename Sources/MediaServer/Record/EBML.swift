// SPDX-License-Identifier: GPL-3.0-or-later

/// The elements that Matroska is made of (RFC 8794).
enum EBML {
    static func element(_ id: UInt32, _ content: [UInt8]) -> [UInt8] {
        big(UInt64(id)) + size(content.count) + content
    }

    static func unsigned(_ id: UInt32, _ value: UInt64) -> [UInt8] {
        let bytes = big(value)
        return element(id, bytes.isEmpty ? [0] : bytes)
    }

    static func text(_ id: UInt32, _ text: String) -> [UInt8] { element(id, Array(text.utf8)) }

    static func double(_ value: Double) -> [UInt8] { fixed(value.bitPattern) }

    /// Eight octets.
    static func fixed(_ value: UInt64) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * $0)) }
    }

    /// A size in eight octets, in place of one that was left open.
    static func fixedSize(_ count: Int) -> [UInt8] { [1] + fixed(UInt64(count)).dropFirst() }

    /// Eight octets at most, a marker bit in the first (§4).
    private static func size(_ count: Int) -> [UInt8] {
        for width in 1...7 where count < 1 << (7 * width) - 1 {
            let marked = UInt64(count) | 1 << UInt64(7 * width)
            return (0..<width).map { UInt8(truncatingIfNeeded: marked >> UInt64(8 * (width - 1 - $0))) }
        }
        return fixedSize(count)
    }

    /// Without leading zeros.
    private static func big(_ value: UInt64) -> [UInt8] {
        Array(fixed(value).drop { $0 == 0 })
    }
}
