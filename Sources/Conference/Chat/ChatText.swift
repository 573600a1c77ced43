// SPDX-License-Identifier: GPL-3.0-or-later

/// What may be said in a chat.
package enum ChatText {
    /// Longest message, bytes of UTF-8: with its envelope it still fits into one datagram where a peer knows nothing else.
    package static let longest = 4000

    /// The text that others are shown: without control characters that would play tricks on a terminal, and without empty lines at its ends.
    ///
    /// - Returns: nil where nothing is left.
    package static func clean(_ bytes: [UInt8]) -> String? {
        var text = ""
        for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control where scalar == "\n" || scalar == "\t": text.unicodeScalars.append(scalar)
            case .control, .surrogate, .unassigned, .privateUse, .lineSeparator, .paragraphSeparator: break
            // Marks that turn the direction of what follows: a name or link could be made to read as another.
            case .format where (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value):
                break
            default: text.unicodeScalars.append(scalar)
            }
        }
        let blank: (Character) -> Bool = { $0 == " " || $0 == "\n" || $0 == "\t" }
        var trimmed = text.drop(while: blank)
        while let last = trimmed.last, blank(last) { trimmed.removeLast() }
        return trimmed.isEmpty ? nil : String(trimmed)
    }
}

extension Unicode.Scalar {
    /// Control characters and line separators, which have no place in one line of text.
    package var isLineEndOrControl: Bool {
        switch properties.generalCategory {
        case .control, .lineSeparator, .paragraphSeparator: true
        default: false
        }
    }
}
