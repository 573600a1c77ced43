// SPDX-License-Identifier: GPL-3.0-or-later

/// The CSeq header (RFC 3261 §20.16).
package struct CSeq: Hashable, Sendable, CustomStringConvertible {
    /// Below 2^31 (§8.1.1.5).
    package var number: UInt32
    package var method: SIPMethod

    package init(number: UInt32, method: SIPMethod) {
        self.number = number
        self.method = method
    }

    package var description: String { "\(number) \(method.rawValue)" }

    /// - Throws: `SIPParseError.cSeq`, also for a number of 2^31 or more.
    package init(parsing text: String) throws(SIPParseError) {
        var cursor = ByteCursor(text)
        cursor.skipWhitespace()
        // Leading zeros are legal and may be many, so the number cannot be cut at ten digits.
        var value: UInt64 = 0
        var digits = 0
        while let byte = cursor.next, byte.isDigit {
            value = value * 10 + UInt64(byte - UInt8(ascii: "0"))
            guard value < 1 << 31 else { throw .cSeq(text) }
            digits += 1
            cursor.advance()
        }
        guard digits > 0, cursor.next?.isLinearWhitespace == true else { throw .cSeq(text) }
        cursor.skipWhitespace()
        let method = cursor.take { !$0.isToken }
        cursor.skipWhitespace()
        guard !method.isEmpty, cursor.atEnd else { throw .cSeq(text) }
        self.init(number: UInt32(value), method: SIPMethod(rawValue: method))
    }
}
