// SPDX-License-Identifier: GPL-3.0-or-later

/// Reads bytes of one header value from the left, never past its end.
struct ByteCursor {
    private let bytes: [UInt8]
    private(set) var position: Int

    init(_ text: String) {
        bytes = Array(text.utf8)
        position = 0
    }

    var atEnd: Bool { position >= bytes.count }

    /// The next byte, or nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    mutating func advance() {
        if position < bytes.count { position += 1 }
    }

    /// Consumes `byte` if it is next.
    mutating func consume(_ byte: UInt8) -> Bool {
        guard next == byte else { return false }
        position += 1
        return true
    }

    mutating func skipWhitespace() {
        while let byte = next, byte.isLinearWhitespace { position += 1 }
    }

    /// Consumes and returns the text up to, not including, the first byte that satisfies `stop`.
    mutating func take(until stop: (UInt8) -> Bool) -> String {
        let start = position
        while let byte = next, !stop(byte) { position += 1 }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    mutating func takeRest() -> String {
        defer { position = bytes.count }
        return String(decoding: bytes[position...], as: UTF8.self)
    }

    /// Consumes a decimal number of at most ten digits; nil where there is no digit or too many.
    mutating func takeNumber() -> UInt64? {
        let start = position
        var value: UInt64 = 0
        while let byte = next, byte.isDigit {
            guard position - start < 10 else { return nil }
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
            position += 1
        }
        return position == start ? nil : value
    }

    /// Consumes a quoted-string (RFC 3261 §25.1), returning it with its quotes; nil if it does not end.
    mutating func takeQuotedString() -> String? {
        guard next == UInt8(ascii: "\"") else { return nil }
        let start = position
        position += 1
        while let byte = next {
            position += 1
            if byte == UInt8(ascii: "\\") {
                advance()
            } else if byte == UInt8(ascii: "\"") {
                return String(decoding: bytes[start..<position], as: UTF8.self)
            }
        }
        return nil
    }

    /// Offset of the first `byte` at or after the current position.
    func firstOffset(of byte: UInt8) -> Int? {
        bytes[position...].firstIndex(of: byte)
    }

    /// Consumes and returns the text before `offset`, then steps past the byte there.
    mutating func take(through offset: Int) -> String {
        let end = min(max(offset, position), bytes.count)
        let text = String(decoding: bytes[position..<end], as: UTF8.self)
        position = min(end + 1, bytes.count)
        return text
    }
}

extension UInt8 {
    var isDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isLetter: Bool { (self >= 0x41 && self <= 0x5A) || (self >= 0x61 && self <= 0x7A) }
    var isHexDigit: Bool { isDigit || (self >= 0x41 && self <= 0x46) || (self >= 0x61 && self <= 0x66) }

    /// Space, tab; line ends too, because folded text may reach here.
    var isLinearWhitespace: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }

    /// What stands inside no token; written out, it would become a space.
    var isSpaceOrControl: Bool { self <= 0x20 || self == 0x7F }

    /// RFC 3261 §25.1 `token`.
    var isToken: Bool {
        if isLetter || isDigit { return true }
        switch self {
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "*"),
            UInt8(ascii: "_"), UInt8(ascii: "+"), UInt8(ascii: "`"), UInt8(ascii: "'"), UInt8(ascii: "~"):
            return true
        default:
            return false
        }
    }

    /// ASCII lower case of this byte.
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
}

extension String {
    /// ASCII case-insensitive equality, without allocation.
    func equalsIgnoringCase(_ other: String) -> Bool {
        let left = utf8
        let right = other.utf8
        guard left.count == right.count else { return false }
        return zip(left, right).allSatisfy { $0 == $1 || $0.asciiLowercased == $1.asciiLowercased }
    }

    /// Lower case for ASCII letters only; the same string where there are none.
    var asciiLowercased: String {
        guard utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) else { return self }
        return String(decoding: utf8.map(\.asciiLowercased), as: UTF8.self)
    }

    /// Without linear whitespace at both ends.
    var trimmed: String {
        let bytes = utf8
        guard let first = bytes.first, let last = bytes.last else { return self }
        guard first.isLinearWhitespace || last.isLinearWhitespace else { return self }
        let tail = bytes.drop(while: \.isLinearWhitespace)
        guard let end = tail.lastIndex(where: { !$0.isLinearWhitespace }) else { return "" }
        return String(self[tail.startIndex...end])
    }

    /// The content of a quoted-string without its quotes and backslashes; any other text as it is.
    var unquoted: String {
        let bytes = Array(utf8)
        guard bytes.count >= 2, bytes.first == 0x22, bytes.last == 0x22 else { return self }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var escaped = false
        for byte in bytes[1..<(bytes.count - 1)] {
            if !escaped, byte == UInt8(ascii: "\\") {
                escaped = true
            } else {
                result.append(byte)
                escaped = false
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// As a quoted-string (RFC 3261 §25.1), with backslashes where they are needed.
    var quoted: String {
        var result: [UInt8] = [0x22]
        for byte in utf8 {
            if byte == 0x22 || byte == UInt8(ascii: "\\") { result.append(UInt8(ascii: "\\")) }
            result.append(byte < 0x20 || byte == 0x7F ? 0x20 : byte)
        }
        result.append(0x22)
        return String(decoding: result, as: UTF8.self)
    }

    /// Percent escapes decoded (RFC 3261 §19.1.2). A broken escape stays as it is.
    var percentDecoded: String {
        guard utf8.contains(UInt8(ascii: "%")) else { return self }
        let bytes = Array(utf8)
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count, let high = bytes[index + 1].hexValue,
                let low = bytes[index + 2].hexValue
            {
                result.append(high << 4 | low)
                index += 3
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension UInt8 {
    /// 0 to 15 for a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
