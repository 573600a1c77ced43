// SPDX-License-Identifier: GPL-3.0-or-later

// Text is cut on bytes, never on Characters: "\r\n" is one Character, and a combining mark after a separator would hide it.
// In loops and not by split or firstIndex: tests are not optimised, and read thousands of mutated descriptions.
extension StringProtocol {
    /// The parts between runs of spaces and tabs.
    var fields: [Substring] {
        let (space, tab) = (UInt8(ascii: " "), UInt8(ascii: "\t"))
        return parts { $0 == space || $0 == tab }.filter { !$0.isEmpty }
    }

    /// The parts between single occurrences of an ASCII separator, empty ones kept.
    func parts(separatedBy separator: UInt8) -> [Substring] { parts { $0 == separator } }

    private func parts(_ isSeparator: (UInt8) -> Bool) -> [Substring] {
        let text = Substring(self).utf8
        var parts: [Substring] = []
        var start = text.startIndex
        var index = start
        while index != text.endIndex {
            let next = text.index(after: index)
            if isSeparator(text[index]) {
                parts.append(Substring(text[start..<index]))
                start = next
            }
            index = next
        }
        parts.append(Substring(text[start...]))
        return parts
    }

    /// What stands before and after the first occurrence of an ASCII separator; nil after it where there is none.
    func cut(at separator: UInt8) -> (head: Substring, tail: Substring?) {
        let text = Substring(self).utf8
        var index = text.startIndex
        while index != text.endIndex, text[index] != separator { index = text.index(after: index) }
        guard index != text.endIndex else { return (Substring(text), nil) }
        return (Substring(text[..<index]), Substring(text[text.index(after: index)...]))
    }

    /// Without the spaces and tabs at either end.
    var trimmed: String {
        var text = Substring(self).utf8
        while let byte = text.first, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { text = text.dropFirst() }
        while let byte = text.last, byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") { text = text.dropLast() }
        return String(Substring(text))
    }

    /// The number, where the text is 1 to 15 decimal digits and nothing else (`Int("+5")` would be a number too).
    var decimal: Int? {
        guard (1...15).contains(utf8.count) else { return nil }
        var number = 0
        for byte in utf8 {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
        }
        return number
    }

    /// The number, where the text is so many hexadecimal digits (at most 15) of either case and nothing else.
    func hexadecimal(digits: Int) -> Int? {
        guard utf8.count == digits, digits <= 15 else { return nil }
        var number = 0
        for byte in utf8 {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
            number = number * 16 + digit
        }
        return number
    }

    /// The digits the text begins with, as some peers write `20.0` for milliseconds.
    var leadingDecimal: Int? {
        Substring(Substring(self).utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }).decimal
    }
}
