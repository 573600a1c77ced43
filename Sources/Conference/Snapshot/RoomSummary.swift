// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A room in one line. Names and meanings of the coded fields are part of the operator API: only ever added to.
package struct RoomSummary: Hashable, Sendable, Codable {
    /// User part of the room's URI.
    package var name: String
    /// Names this life of the room: another one after a cancel and a new start.
    package var id: String
    package var origin: RoomOrigin
    package var created: Date
    /// SIP URI of who created it; nil for an operator's room.
    package var creator: String?
    /// Members in the room.
    package var members: Int
    /// Calls being set up.
    package var connecting: Int
    /// Members talking now.
    package var talking: Int
    /// Members who put their call on hold.
    package var held: Int
    package var locked: Bool
    package var maxMembers: Int
    /// How its cameras are shown; nil from a focus that knows one way only.
    package var video: VideoMode?
    /// Whether what is said is kept; nil for no.
    package var recording: RecordingState?
    /// What to dial; nil where nobody knows yet where the focus listens.
    package var uri: String?

    package init(
        name: String, id: String, origin: RoomOrigin, created: Date, creator: String?, members: Int, connecting: Int,
        talking: Int, held: Int, locked: Bool, maxMembers: Int, video: VideoMode? = nil,
        recording: RecordingState? = nil
    ) {
        self.name = name
        self.id = id
        self.origin = origin
        self.created = created
        self.creator = creator
        self.members = members
        self.connecting = connecting
        self.talking = talking
        self.held = held
        self.locked = locked
        self.maxMembers = maxMembers
        self.video = video
        self.recording = recording
    }
}
