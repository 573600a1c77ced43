// SPDX-License-Identifier: GPL-3.0-or-later

/// Who asks for something to be done to a room.
package enum Requester: Hashable, Sendable {
    /// A member, by a request inside its own call: proven by the dialog.
    case member(MemberID)
    /// Somebody by a request outside any call (a REFER from `confab cancel`): as good as the identity it carries.
    case person(Identity)
    /// An operator over the operator socket, by the name it gave.
    case operatorNamed(String)
    /// The focus itself.
    case focus
}

/// What a requester may do in a room. A higher rank may undo what a lower one did, not the other way round.
package enum Rank: Int, Comparable, Sendable {
    case outsider
    case member
    case moderator
    case creator
    case `operator`

    package static func < (left: Rank, right: Rank) -> Bool { left.rawValue < right.rawValue }
}

/// What a member is in its room.
package enum MemberRole: String, Hashable, Sendable, Codable, CaseIterable {
    /// May do all that the creator may, but cancel the conference.
    case moderator
    /// Is heard where only presenters are.
    case presenter
    case attendee
}
