// SPDX-License-Identifier: GPL-3.0-or-later

/// A header value of the form `value;name=value;name="quoted"` (RFC 3261 §7.3.1), taken apart.
package struct HeaderFieldParameters {
    /// What stands before the first semicolon, without white space around it.
    package private(set) var value: String
    private var parameters: [(name: String, value: String)]

    package init(parsing text: String) {
        var pieces: [[UInt8]] = [[]]
        var isQuoted = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") && isQuoted {
                isEscaped = true
                continue
            } else if byte == UInt8(ascii: "\"") {
                isQuoted.toggle()
                continue
            } else if byte == UInt8(ascii: ";") && !isQuoted {
                pieces.append([])
                continue
            }
            pieces[pieces.count - 1].append(byte)
        }
        let texts = pieces.map { Self.trimmed($0[...]) }
        value = texts.first ?? ""
        parameters = texts.dropFirst().map { piece in
            guard let equals = piece.utf8.firstIndex(of: UInt8(ascii: "=")) else { return (piece.lowercased(), "") }
            return (
                Self.trimmed(Array(piece.utf8[..<equals])[...]).lowercased(),
                Self.trimmed(Array(piece.utf8[piece.utf8.index(after: equals)...])[...])
            )
        }
    }

    /// The value of the parameter of that lower-case name.
    package func parameter(_ name: String) -> String? {
        parameters.first { $0.name == name }?.value
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> String {
        var slice = bytes
        while let first = slice.first, first <= 0x20 { slice.removeFirst() }
        while let last = slice.last, last <= 0x20 { slice.removeLast() }
        return String(decoding: slice, as: UTF8.self)
    }
}
