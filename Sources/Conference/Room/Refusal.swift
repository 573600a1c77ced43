// SPDX-License-Identifier: GPL-3.0-or-later

/// Why something asked of a room or of the registry is not done. Nothing has changed when one is given.
///
/// A full room answers 486 and a locked one 480: both are states of the room that pass, and phones show the first as
/// "busy" and the second as "unavailable". 403 stays for what the caller may never do. A focus that has no place for
/// anybody (full, draining), or no thread to look somebody up, answers 503 with Retry-After, so that a proxy in front
/// tries the next node (RFC 3261 §21.5.4).
package struct Refusal: Error, Hashable, Sendable {
    /// The kinds, by stable names for metrics and logs.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case roomFull = "room-full"
        case roomLocked = "room-locked"
        case roomCancelled = "room-cancelled"
        case unknownRoom = "unknown-room"
        case foreignDomain = "foreign-domain"
        case incompleteAddress = "incomplete-address"
        case invalidName = "invalid-name"
        case tooManyRooms = "too-many-rooms"
        case tooManyMembers = "too-many-members"
        case draining = "draining"
        case forbidden = "forbidden"
        case unknownMember = "unknown-member"
        case ambiguousMember = "ambiguous-member"
        case alreadyExists = "already-exists"
        case notOpen = "not-open"
        case tooManyLookups = "too-many-lookups"
    }

    package let kind: Kind
    /// One line in plain words that names what was refused, for the Warning header, the log and the operator.
    package let text: String

    package init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text
    }

    /// The SIP status to answer with.
    package var status: Int {
        switch kind {
        case .roomFull: 486
        case .roomLocked, .notOpen: 480
        case .roomCancelled: 410
        case .unknownRoom, .foreignDomain, .invalidName, .unknownMember: 404
        case .incompleteAddress: 484
        case .tooManyRooms, .tooManyMembers, .tooManyLookups, .draining: 503
        case .forbidden: 403
        case .ambiguousMember: 485
        case .alreadyExists: 409
        }
    }

    /// Seconds for the Retry-After header; nil for no such header.
    package var retryAfter: Int? {
        switch kind {
        case .draining: 60
        case .tooManyRooms, .tooManyMembers: 30
        case .tooManyLookups: 10
        case .roomFull, .roomLocked, .roomCancelled, .unknownRoom, .foreignDomain, .incompleteAddress, .invalidName,
            .notOpen, .forbidden, .unknownMember, .ambiguousMember, .alreadyExists:
            nil
        }
    }

    /// The value of a Warning header (RFC 3261 §20.43): code 399, miscellaneous, with the text quoted.
    ///
    /// - Parameter agent: Host, with port where it is not the default, or a pseudonym of the focus.
    package func warning(agent: String) -> String { "399 \(agent) \(text.quotedForSIP())" }
}

extension String {
    /// A SIP quoted-string (RFC 3261 §25.1): quotes and backslashes escaped, control characters as spaces.
    func quotedForSIP() -> String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"", "\\":
                quoted += "\\"
                quoted.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F:
                quoted += " "
            default:
                quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
