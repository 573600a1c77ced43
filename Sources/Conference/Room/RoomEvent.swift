// SPDX-License-Identifier: GPL-3.0-or-later

/// What happened in a room, for those who watch. The focus stamps time and room on it (`ConferenceEvent`).
package struct RoomEvent: Hashable, Sendable {
    /// The kinds, by stable names.
    package enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        case roomOpened = "room-opened"
        case roomEnded = "room-ended"
        case roomLocked = "room-locked"
        case roomUnlocked = "room-unlocked"
        case videoModeChanged = "video-mode-changed"
        case recordingStarted = "recording-started"
        case recordingPaused = "recording-paused"
        case recordingResumed = "recording-resumed"
        case recordingStopped = "recording-stopped"
        case calledRinging = "called-ringing"
        case calledAnswered = "called-answered"
        case calledNotReached = "called-not-reached"
        case memberJoined = "member-joined"
        case memberLeft = "member-left"
        case memberMuted = "member-muted"
        case memberUnmuted = "member-unmuted"
        case askedToSpeak = "asked-to-speak"
        case handRaised = "hand-raised"
        case handLowered = "hand-lowered"
        case memberBanned = "member-banned"
        case roleChanged = "role-changed"
        case memberHeld = "member-held"
        case memberResumed = "member-resumed"
        case talkingStarted = "talking-started"
        case talkingStopped = "talking-stopped"
    }

    package let kind: Kind
    /// The member it is about; nil when it is about the room.
    package let member: MemberID?
    /// What people call that member.
    package let memberName: String?
    /// Who did it, where somebody did.
    package let by: String?
    /// Why, where there is more to say: a `LeaveCause`, `RoomEnd` or `VideoMode` code.
    package let detail: String?

    package init(
        _ kind: Kind, member: MemberID? = nil, memberName: String? = nil, by: String? = nil, detail: String? = nil
    ) {
        self.kind = kind
        self.member = member
        self.memberName = memberName
        self.by = by
        self.detail = detail
    }
}
