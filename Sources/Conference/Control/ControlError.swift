// SPDX-License-Identifier: GPL-3.0-or-later

/// Why an operator's command is not done. Nothing has changed when one is thrown.
package enum ControlError: Error, Hashable, Sendable {
    case unknownRoom(String)
    /// No such member in that room: never there, or left in between.
    case unknownMember(String, room: String)
    /// The words name several members: the text says which.
    case ambiguousMember(String)
    /// The state of things does not allow it, such as creating a room that exists.
    case conflict(String)
    /// The requester may not.
    case refused(String)
    /// What was asked makes no sense: a room name that cannot be one.
    case invalid(String)
    /// The focus is full.
    case limit(String)
    /// The focus is shutting down.
    case draining

    /// Words a refusal for an operator.
    ///
    /// - Parameters:
    ///   - room: The room the command named.
    ///   - member: The member the command named, as it was written.
    package init(_ refusal: Refusal, room: String, member: String? = nil) {
        switch refusal.kind {
        case .unknownRoom, .roomCancelled: self = .unknownRoom(room)
        case .unknownMember: self = .unknownMember(member ?? "?", room: room)
        case .ambiguousMember: self = .ambiguousMember(refusal.text)
        case .alreadyExists, .roomLocked, .notOpen: self = .conflict(refusal.text)
        case .forbidden: self = .refused(refusal.text)
        case .incompleteAddress, .invalidName, .foreignDomain: self = .invalid(refusal.text)
        case .roomFull, .tooManyRooms, .tooManyMembers, .tooManyLookups: self = .limit(refusal.text)
        case .draining: self = .draining
        }
    }
}
