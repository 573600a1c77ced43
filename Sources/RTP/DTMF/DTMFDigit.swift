// SPDX-License-Identifier: GPL-3.0-or-later

/// A key of a telephone: 0–9, *, #, A–D, by its event code (RFC 4733 §3.2, Table 3).
package struct DTMFDigit: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    /// Event code, 0–15.
    package let rawValue: UInt8

    private static let characters: [Character] = Array("0123456789*#ABCD")

    package init?(rawValue: UInt8) {
        guard rawValue < 16 else { return nil }
        self.rawValue = rawValue
    }

    /// From its character; letters in either case.
    package init?(_ character: Character) {
        guard let index = Self.characters.firstIndex(of: Character(character.uppercased())) else { return nil }
        rawValue = UInt8(index)
    }

    package var character: Character { Self.characters[Int(rawValue)] }

    package var description: String { String(character) }
}
