// SPDX-License-Identifier: GPL-3.0-or-later

/// The rules of one room.
package struct RoomSettings: Hashable, Sendable {
    /// Members at once, those whose call is being set up included.
    package var maxMembers: Int
    /// Whether the room ends when its creator leaves (RFC 4579 §5.12).
    package var endsWithCreator: Bool
    /// Whether joins and leaves are chimed.
    package var chimes: Bool
    /// Whether a lone member hears music.
    package var loneMemberMusic: Bool
    /// How cameras are shown, unless an operator has said otherwise for the room.
    package var video: VideoMode
    /// How long a call may take from admission until it is established.
    package var setupTimeout: Duration

    package init(
        maxMembers: Int = 1000, endsWithCreator: Bool = false, chimes: Bool = true, loneMemberMusic: Bool = true,
        video: VideoMode = .auto, setupTimeout: Duration = .seconds(40)
    ) {
        self.maxMembers = maxMembers
        self.endsWithCreator = endsWithCreator
        self.chimes = chimes
        self.loneMemberMusic = loneMemberMusic
        self.video = video
        self.setupTimeout = setupTimeout
    }
}

/// How a room came to be, which decides what becomes of it when it is empty.
package enum RoomOrigin: String, Hashable, Sendable, Codable {
    /// Somebody dialled the name. Vanishes when empty.
    case adhoc
    /// The conference factory made it. Vanishes when empty.
    case factory
    /// An operator created it. Stands until it is cancelled.
    case `operator`
}
