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
    /// The largest room, in members, whose roster says who talks: each change is a notification to each subscriber.
    package var largestTalkingRoster = 0
    /// How cameras are shown, unless an operator has said otherwise for the room.
    package var video: VideoMode
    /// How long a call may take from admission until it is established.
    package var setupTimeout: Duration
    /// What people read; nil for the name.
    package var title: String?
    /// User name of the owner, who may do all that a creator may, once it has logged in.
    package var owner: String?
    /// Digits that callers press to get in; nil for none.
    package var pin: String?
    /// Digits that make the caller a moderator.
    package var moderatorPIN: String?
    /// Whether it stands in the list of rooms.
    package var isListed = true
    /// The language of prompts; nil: the focus's.
    package var language: String?
    /// Newcomers are muted, and may unmute themselves.
    package var joinMuted = false
    /// Members neither hear nor are heard before a moderator is in.
    package var waitsForModerator = false
    /// The room ends when its last moderator has left.
    package var endsWithModerator = false
    /// Only moderators and presenters are heard; others when a moderator unmutes them.
    package var presenterOnly = false

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

extension RoomSettings {
    /// The rules with what a definition says otherwise.
    package func with(_ definition: RoomDefinition?) -> RoomSettings {
        guard let definition else { return self }
        var settings = self
        settings.title = definition.title
        settings.owner = definition.ownerUser
        settings.pin = definition.pin
        settings.moderatorPIN = definition.moderatorPIN
        settings.maxMembers = definition.maxMembers ?? maxMembers
        settings.isListed = definition.listed ?? isListed
        settings.video = definition.video ?? video
        settings.language = definition.language
        settings.joinMuted = definition.joinMuted ?? joinMuted
        settings.waitsForModerator = definition.waitForModerator ?? waitsForModerator
        settings.endsWithModerator = definition.endWithModerator ?? endsWithModerator
        settings.presenterOnly = definition.presenterOnly ?? presenterOnly
        return settings
    }
}

/// How a room came to be, which decides what becomes of it when it is empty.
package enum RoomOrigin: String, Hashable, Sendable, Codable {
    /// Somebody dialled the name. Vanishes when empty.
    case adhoc
    /// The conference factory made it. Vanishes when empty.
    case factory
    /// Somebody dialled a room that was arranged beforehand. Vanishes when empty, and comes again.
    case arranged
    /// An operator created it. Stands until it is cancelled.
    case `operator`
}
