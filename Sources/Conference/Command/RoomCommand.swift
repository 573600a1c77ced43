// SPDX-License-Identifier: GPL-3.0-or-later

/// What people have done to a room and to each other. Every way in ends here: keys, chat, REFER, `confabctl` and the operator API.
///
/// Commands are idempotent: what is so already changes nothing. Each leaves an audit line, whoever gave it and whatever
/// came of it, but for what somebody does to itself.
package enum RoomCommand: Hashable, Sendable {
    /// Whom a command is for.
    package enum Target: Hashable, Sendable, ExpressibleByStringLiteral {
        /// Who gives it.
        case oneself
        /// A number, SIP URI, user name or display name (`Room.resolve`).
        case named(String)

        package var name: String? {
            switch self {
            case .oneself: nil
            case .named(let name): name
            }
        }

        init(_ name: String?) { self = name.map { .named($0) } ?? .oneself }

        package init(stringLiteral name: String) { self = .named(name) }
    }

    case cancel
    case lock
    case unlock
    case muteAll
    case showVideo(VideoMode)
    /// A kind goes with the start only; nil: as the configuration has it.
    case record(RecordingVerb, as: RecordingKind? = nil)
    /// Has somebody called in: who is registered here, or a SIP address.
    case invite(String)
    /// Plays a film into the room, as a member: one of the focus's machine, as `confab --camera` takes it, such as `file:/PATH?once`, or one
    /// that was shared in the room, by its name.
    case play(String)
    /// Ends a film, by its name; nil ends all.
    case stop(String?)
    /// Takes a member into another room; its call goes on.
    case move(to: String, Target)
    /// Takes a member that was moved back into the room that it was taken from.
    case back(Target)
    /// Spreads all but who lead over so many rooms of their own, `ROOM-1` and so on; nil brings back who is elsewhere.
    case breakout(Int?)
    /// How loud a member is in the room, in decibels beside how it is; 0 is as it is.
    case volume(Int, Target)
    case mute(Target)
    /// Lifts what others have muted; whom its own hand muted is asked.
    case unmute(Target)
    case kick(Target)
    case ban(Target)
    case raiseHand(Target)
    case lowerHand(Target)
    case giveRole(MemberRole, Target)

    /// Decibels that a member may be made louder or softer by.
    package static let volumes = -40...20
    /// Rooms that members may be spread over.
    package static let breakouts = 1...50

    /// The value that brings everybody back.
    private static let breakoutEnd = "end"

    /// The stable word, for the audit, the operator API and logs.
    package var word: String {
        switch self {
        case .cancel: "cancel"
        case .lock: "lock"
        case .unlock: "unlock"
        case .muteAll: "mute-all"
        case .showVideo: "video"
        case .record: "record"
        case .invite: "invite"
        case .play: "play"
        case .stop: "stop"
        case .move: "move"
        case .back: "back"
        case .breakout: "breakout"
        case .volume: "volume"
        case .mute: "mute"
        case .unmute: "unmute"
        case .kick: "kick"
        case .ban: "ban"
        case .raiseHand: "raise-hand"
        case .lowerHand: "lower-hand"
        case .giveRole: "role"
        }
    }

    /// Whom it is for; nil for the room.
    package var target: Target? {
        switch self {
        case .cancel, .lock, .unlock, .muteAll, .showVideo, .record, .invite, .play, .stop, .breakout: nil
        case .mute(let target), .unmute(let target), .kick(let target), .ban(let target), .raiseHand(let target),
            .lowerHand(let target), .giveRole(_, let target), .volume(_, let target), .move(_, let target),
            .back(let target):
            target
        }
    }

    /// Whether it is anybody's right, for oneself.
    package var isPersonal: Bool {
        switch self {
        case .mute, .unmute, .kick, .raiseHand, .lowerHand, .back: true
        case .cancel, .lock, .unlock, .muteAll, .showVideo, .record, .invite, .play, .stop, .move, .breakout, .volume,
            .ban,
            .giveRole:
            false
        }
    }

    /// What comes on top of word and member.
    package var value: String? {
        switch self {
        case .showVideo(let mode): mode.rawValue
        case .record(let verb, let kind): verb.rawValue + (kind.map { " \($0.rawValue)" } ?? "")
        case .invite(let address): address
        case .play(let film): film
        case .stop(let film): film
        case .move(let room, _): room
        case .breakout(let count): count.map { String($0) } ?? Self.breakoutEnd
        case .volume(let decibels, _): String(decibels)
        case .giveRole(let role, _): role.rawValue
        case .cancel, .lock, .unlock, .muteAll, .mute, .unmute, .kick, .ban, .raiseHand, .lowerHand, .back: nil
        }
    }

    /// - Parameters:
    ///   - member: whom it is for; nil for who gives it.
    ///   - value: a video mode, recording verb, role, address, film, room or number.
    /// - Returns: nil where there is no such command or value.
    package init?(word: String, member: String?, value: String?) {
        let target = Target(member)
        switch word {
        case "cancel": self = .cancel
        case "lock": self = .lock
        case "unlock": self = .unlock
        case "mute-all": self = .muteAll
        case "mute": self = .mute(target)
        case "unmute": self = .unmute(target)
        case "kick": self = .kick(target)
        case "ban": self = .ban(target)
        case "raise-hand": self = .raiseHand(target)
        case "lower-hand": self = .lowerHand(target)
        case "video":
            guard let mode = value.flatMap(VideoMode.init(rawValue:)) else { return nil }
            self = .showVideo(mode)
        case "record":
            let words = (value ?? "").split(separator: " ").map(String.init)
            guard let verb = words.first.flatMap(RecordingVerb.init(rawValue:)), words.count <= 2 else { return nil }
            let kind = words.dropFirst().first.map(RecordingKind.init(rawValue:))
            guard kind == nil || verb == .start && kind != .some(nil) else { return nil }
            self = .record(verb, as: kind ?? nil)
        case "invite":
            guard let value, !value.isEmpty else { return nil }
            self = .invite(value)
        case "play":
            guard let value, !value.isEmpty else { return nil }
            self = .play(value)
        case "stop": self = .stop(value)
        case "move":
            guard let value, !value.isEmpty else { return nil }
            self = .move(to: value, target)
        case "back": self = .back(target)
        case "breakout":
            if value == Self.breakoutEnd {
                self = .breakout(nil)
            } else {
                guard let count = value.flatMap(Int.init), Self.breakouts.contains(count) else { return nil }
                self = .breakout(count)
            }
        case "volume":
            guard let value = value.flatMap(Int.init), Self.volumes.contains(value) else { return nil }
            self = .volume(value, target)
        case "role":
            guard let role = value.flatMap(MemberRole.init(rawValue:)) else { return nil }
            self = .giveRole(role, target)
        default: return nil
        }
    }
}

/// What came of a command.
package struct CommandOutcome: Hashable, Sendable, Codable {
    /// False where it was so already.
    package var changed: Bool
    /// The room, unless the command has ended it.
    package var room: RoomSummary?
    /// Whom it was for, as it is now, or was where it is gone.
    package var member: MemberDetail?
    /// Who was taken to another room.
    package var moved: [MemberDetail]?
    /// Tells one playing of a film from another.
    package var film: String?
    /// Who was in a room that was cancelled.
    package var removed: [MemberDetail]?

    package init(
        changed: Bool, room: RoomSummary? = nil, member: MemberDetail? = nil, removed: [MemberDetail]? = nil
    ) {
        self.changed = changed
        self.room = room
        self.member = member
        self.removed = removed
    }
}
