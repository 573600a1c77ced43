// SPDX-License-Identifier: GPL-3.0-or-later

/// Names one member (one call into a room). Never given twice while the focus runs, so a command that names a member
/// who has left can never hit somebody else. Short and typable: a decimal number.
package struct MemberID: Codable, Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    /// Reads what a person or a script typed; nil when it is no plain decimal number.
    package init?(_ text: some StringProtocol) {
        guard !text.isEmpty, text.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = UInt64(text)
        else { return nil }
        self.number = number
    }

    package var description: String { String(number) }

    package static func < (left: MemberID, right: MemberID) -> Bool { left.number < right.number }
}

/// Names one life of a room. A room that is cancelled and created anew has the same name and another `RoomID`.
package struct RoomID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let number: UInt64

    /// Of a room that is no more: none has it.
    package static let over = RoomID(0)

    package init(_ number: UInt64) { self.number = number }

    package var description: String { String(number) }
}

extension MemberID {
    private static let hidden = (prefix: "sip:anonymous-", suffix: "@anonymous.invalid")

    /// What rosters say of a member that hides who it is: two of those are told apart.
    package var anonymousURI: String { "\(Self.hidden.prefix)\(self)\(Self.hidden.suffix)" }

    /// - Returns: nil for another address.
    init?(anonymousURI text: String) {
        guard text.hasPrefix(Self.hidden.prefix), text.hasSuffix(Self.hidden.suffix) else { return nil }
        self.init(String(text.dropFirst(Self.hidden.prefix.count).dropLast(Self.hidden.suffix.count)))
    }
}
