// SPDX-License-Identifier: GPL-3.0-or-later

/// Text as a terminal shows it.
package enum TerminalText {
    /// Without control characters: names come from strangers, and must not move the cursor.
    package static func safe(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: \.isControl) else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.map { $0.isControl ? "\u{FFFD}" : $0 }))
    }

    /// Columns that a text takes: two for East Asian wide characters and emoji, none for combining marks.
    package static func width(_ text: String) -> Int {
        text.reduce(0) { $0 + width($1) }
    }

    private static func width(_ character: Character) -> Int {
        guard let first = character.unicodeScalars.first else { return 0 }
        switch first.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        if character.unicodeScalars.contains(where: \.properties.isEmojiPresentation) { return 2 }
        switch first.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x20000...0x3FFFD:
            return 2
        default:
            return 1
        }
    }

    static func coloured(_ text: String, _ tone: TextTable.Tone) -> String {
        let code =
            switch tone {
            case .plain: ""
            case .heading: "1"
            case .good: "32"
            case .warning: "33"
            case .bad: "31"
            case .faint: "2"
            }
        return code.isEmpty ? text : "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}
