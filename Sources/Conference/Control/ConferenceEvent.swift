// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// One line of `confabctl watch`.
package struct ConferenceEvent: Hashable, Sendable, Codable {
    /// Counts up by one for each watcher, from 1; a gap means that events were lost.
    package var sequence: UInt64
    package var at: Date
    package var room: String
    package var kind: RoomEvent.Kind
    /// Number of the member it is about.
    package var member: String?
    package var memberName: String?
    /// Who did it.
    package var by: String?
    /// Why, as a stable word.
    package var detail: String?

    package init(_ event: RoomEvent, room: String, at: Date, sequence: UInt64 = 0) {
        self.sequence = sequence
        self.at = at
        self.room = room
        kind = event.kind
        member = event.member?.description
        memberName = event.memberName
        by = event.by
        detail = event.detail
    }
}
