// SPDX-License-Identifier: GPL-3.0-or-later

/// What the world has to do because a room changed. A verb of `Room` returns them in the order they are to be performed.
///
/// The order is part of the contract: media is cut before anything is said about it, so that not one packet of a member
/// who left reaches anybody; the roster goes out before chimes; records and log lines come last.
package enum RoomEffect: Hashable, Sendable {
    /// The room exists now: choose its media worker.
    case opened
    /// Give the member a leg in the room's mix. Comes before `answer`, which needs the leg's port.
    case connectMedia(MemberID)
    /// Accept the member's INVITE (200, Contact with `isfocus`).
    case answer(MemberID)
    /// The member waits no more: let it hear and be heard, see and be seen.
    case admit(MemberID)
    /// Say something to one member.
    case prompt(MemberID, Prompt)
    /// A member commands that, by its keys: it goes the way of all commands.
    case command(RoomCommand, by: MemberID)
    /// Start, pause, resume or end the recording.
    case recording(RecordingVerb, as: RecordingKind?, by: String)
    /// Let the member be louder or softer in the room than it is.
    case volume(MemberID, decibels: Int)
    /// Let the member hear the others louder or softer than they are.
    case hearing(MemberID, decibels: Int)
    /// Somebody pressed digits that were not right.
    case wrongPIN(MemberID, Identity)
    /// Take the member's leg out of the mix, as `disconnectMedia` does, but keep its ports: it goes to another room.
    case detachMedia(MemberID)
    /// Take the member's leg out of the mix, both ways at once.
    case disconnectMedia(MemberID)
    /// Show the room's cameras like that from now on.
    case videoMode(VideoMode)
    /// Whether what the member sends is kept out of the mix: muted by somebody, or held.
    case silence(MemberID, Bool)
    /// End the member's call with BYE, or whatever the state of the call demands, carrying the Reason.
    case hangUp(MemberID, HangUpReason)
    /// The roster has a new version: tell subscribers.
    case rosterChanged(RosterChange)
    /// No roster any more: end subscriptions with `noresource` (RFC 6665 §4.1.3). Comes before the calls are ended.
    case rosterEnded
    /// Play a chime to everybody in the room.
    case chime(Chime)
    /// This member is alone and hears music from now on; nil ends the music.
    case loneMember(MemberID?)
    /// Something that watchers follow.
    case event(RoomEvent)
    /// A call is over: its record.
    case record(CallRecord)
    /// A line for the log.
    case log(LogLine)
    /// The room is over. Always the last one; the room takes no more verbs.
    case ended(RoomEnd)
}

/// What a member is told by the room itself.
package enum Prompt: Hashable, Sendable {
    /// Press your PIN, then the hash key.
    case enterPIN
    case wrongPIN
    /// Nobody who leads the meeting is here yet.
    case waitForModerator
    case welcome
    /// Somebody who leads asks the member to unmute itself.
    case askedToSpeak
    /// What its keys have done.
    case muted
    case unmuted
    case handRaised
    case handLowered
    case locked
    case unlocked
    case allMuted
    /// Its keys wanted what it may not.
    case notAllowed
    /// Somebody who leads has taken the member to another room.
    case moved
    /// How many are in the conference.
    case memberCount(Int)
    /// What keys there are.
    case menu
    case moderatorMenu
}

/// The chimes.
package enum Chime: Hashable, Sendable {
    case joined
    case left
}

/// Why a room is over.
package enum RoomEnd: Hashable, Sendable {
    /// The last member left a room that does not stand by itself.
    case empty
    /// Cancelled by its creator or an operator; later callers get 410.
    case cancelled(by: String)
    /// A moderator has ended a meeting that had no creator; its name is free.
    case ended
    /// Its creator left, and the room ends with its creator.
    case creatorLeft
    /// The last moderator of a room that ends with its moderators left.
    case moderatorLeft
    /// The time for which it was arranged is over.
    case timeIsUp
    /// The focus is shutting down.
    case draining

    /// A stable word for events, records and metrics.
    package var code: String {
        switch self {
        case .empty: "empty"
        case .cancelled: "cancelled"
        case .ended: "ended"
        case .creatorLeft: "creator-left"
        case .moderatorLeft: "moderator-left"
        case .timeIsUp: "time-is-up"
        case .draining: "draining"
        }
    }
}

/// One step of the roster. Versions of a room count up by one without a gap (RFC 4575 §4.3).
package struct RosterChange: Hashable, Sendable {
    package enum Subject: Hashable, Sendable {
        case joined(MemberID)
        case left(MemberID)
        case updated(MemberID)
        /// The room itself: locked or unlocked.
        case room
    }

    package let version: UInt64
    package let subject: Subject

    package init(version: UInt64, subject: Subject) {
        self.version = version
        self.subject = subject
    }
}
