// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Why a call is as it is (`confabctl explain`): what was offered, answered and chosen, what is wrong, and what happened last.
package struct Explanation: Hashable, Sendable, Codable {
    /// Something that happened to a call.
    package struct Event: Hashable, Sendable, Codable {
        package enum Kind: String, Hashable, Sendable, Codable {
            /// A SIP message that came.
            case received
            /// One that was sent.
            case sent
            /// What media threads reported.
            case media
            /// An RTCP datagram that came.
            case controlReceived = "rtcp-received"
            /// One that was sent.
            case controlSent = "rtcp-sent"
        }

        package var at: Date
        package var kind: Kind
        package var text: String

        package init(at: Date, kind: Kind, text: String) {
            self.at = at
            self.kind = kind
            self.text = text
        }
    }

    package var room: String
    package var member: MemberDetail
    /// A line for each media line of the peer's description: kind, address, profile, codecs, direction.
    package var theirs: [String]
    /// The same of ours.
    package var ours: [String]
    /// What came of it, and how it fares.
    package var chosen: [String]
    /// Why it is not heard, hears nothing, is not seen or sees nobody; empty where all is well.
    package var problems: [String]
    /// The latest, oldest first.
    package var events: [Event]

    package init(
        room: String, member: MemberDetail, theirs: [String], ours: [String], chosen: [String], problems: [String],
        events: [Event]
    ) {
        self.room = room
        self.member = member
        self.theirs = theirs
        self.ours = ours
        self.chosen = chosen
        self.problems = problems
        self.events = events
    }
}
