// SPDX-License-Identifier: GPL-3.0-or-later

/// What came of a command, in one sentence for who gave it.
package enum CommandText {
    /// - Parameters:
    ///   - outcome: nil where it is about to be done.
    ///   - name: Words a member; nil for its name alone.
    package static func done(
        _ command: RoomCommand, room: String, _ outcome: CommandOutcome?, name: ((MemberDetail) -> String)? = nil
    ) -> String {
        let isSelf = command.target == .oneself
        let said = command.target?.name ?? command.value ?? ""
        let who = isSelf ? "You" : outcome?.member.map { name?($0) ?? $0.displayName ?? said } ?? said
        let verb = isSelf ? "are" : "is"
        switch command {
        case .cancel: return "Conference \(room) is cancelled."
        case .lock: return "Conference \(room) is locked: nobody gets in any more."
        case .unlock: return "Conference \(room) is open again."
        case .muteAll: return "All but moderators are muted in \(room)."
        case .showVideo(let mode): return "Conference \(room): video \(mode.rawValue)."
        case .record:
            switch outcome?.room?.recording {
            case .recording: return "Conference \(room) is recorded."
            case .paused: return "The recording of conference \(room) pauses."
            case nil: return "Conference \(room) is not recorded."
            }
        case .invite: return "Calling \(who)."
        case .stop(let film):
            if outcome?.changed == false {
                return film.map { "\($0) does not play in \(room)." } ?? "Nothing plays in \(room)."
            }
            return film.map { "\($0) is not played any more." } ?? "Nothing is played in \(room) any more."
        case .play(let film): return "Playing \(FilmName.of(film)) into \(room)."
        case .move(let destination, _): return "\(who) \(verb) in conference \(destination) now."
        case .back: return "\(who) \(verb) back in conference \(outcome?.room?.name ?? room)."
        case .breakout(let count):
            let moved = outcome?.moved?.count ?? 0
            let people = moved == 1 ? "1 member is" : "\(moved) members are"
            guard let count else { return "\(people) back in conference \(room)." }
            return
                "\(people) in \(count == 1 ? "a room" : "\(count) rooms") of their own: \(room)-1\(count == 1 ? "" : " to \(room)-\(count)")."
        case .volume(let decibels, _):
            return
                "\(who) \(verb) \(decibels == 0 ? "as loud as it is" : "\(abs(decibels)) dB \(decibels > 0 ? "louder" : "softer")") now."
        case .mute: return "\(who) \(verb) muted."
        case .unmute:
            // Whom nobody else may unmute was asked.
            if outcome?.member?.muted == true { return "\(who) \(verb) asked to unmute." }
            return "\(who) \(verb) not muted any more."
        case .kick: return isSelf ? "Goodbye." : "\(who) is out."
        case .ban: return "\(who) \(verb) out, and may not come back."
        case .raiseHand: return "\(isSelf ? "Your" : "\(who)'s") hand is up: moderators see it."
        case .lowerHand: return "\(isSelf ? "Your" : "\(who)'s") hand is down."
        case .giveRole(let role, _): return "\(who) \(verb) \(role.rawValue) now."
        }
    }
}

/// What a film is called in its room: the name of its file.
package enum FilmName {
    /// - Parameter spec: such as `file:/films/talk.mp4?once`.
    package static func of(_ spec: String) -> String {
        let path = path(of: spec)
        return path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Whether it is a file of the focus's machine, not one that a member has shared.
    package static func isOfMachine(_ spec: String) -> Bool { spec.hasPrefix("file:/") }

    package static func path(of spec: String) -> String {
        let path = spec.hasPrefix("file:") ? String(spec.dropFirst(5)) : spec
        return path.hasSuffix("?once") ? String(path.dropLast(5)) : path
    }
}
