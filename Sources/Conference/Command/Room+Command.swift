// SPDX-License-Identifier: GPL-3.0-or-later

/// The one way in for commands.
extension Room {
    /// Does what somebody commands. Calling people in is the focus's own work: here it is only allowed or refused.
    package mutating func perform(
        _ command: RoomCommand, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        switch command {
        case .cancel: return try cancel(by: requester, now: now)
        case .lock: return try lock(by: requester)
        case .unlock: return try unlock(by: requester)
        case .muteAll: return try muteAll(by: requester)
        case .showVideo(let mode): return try showVideo(mode, by: requester)
        case .record(let verb, let kind): return try record(verb, as: kind, by: requester)
        case .invite:
            try requireAlive()
            try require(.moderator, requester, to: "call people into conference \(name)")
            return []
        case .play(let film):
            try requireAlive()
            if FilmName.isOfMachine(film) {
                try require(.operator, requester, to: "play files of the focus's machine")
            } else {
                try requirePresenter(requester, to: "play films into conference \(name)")
            }
            return []
        case .stop:
            try requireAlive()
            try requirePresenter(requester, to: "stop films in conference \(name)")
            return []
        case .move(_, let target):
            // Where it goes is the registry's to say.
            try requireMovable(resolve(target, for: requester), by: requester)
            return []
        case .back(let target):
            let id = try resolve(target, for: requester)
            if (try? resolve(.oneself, for: requester)) != id { try requireMovable(id, by: requester) }
            return []
        case .breakout:
            try requireAlive()
            try require(.moderator, requester, to: "send members into rooms of their own")
            return []
        case .volume(let decibels, let target):
            return try setVolume(resolve(target, for: requester), decibels, by: requester)
        case .mute(let target): return try mute(resolve(target, for: requester), by: requester)
        case .unmute(let target): return try unmute(resolve(target, for: requester), by: requester)
        case .kick(let target): return try kick(resolve(target, for: requester), by: requester, now: now)
        case .ban(let target): return try ban(resolve(target, for: requester), by: requester, now: now)
        case .raiseHand(let target): return try raiseHand(true, of: resolve(target, for: requester), by: requester)
        case .lowerHand(let target): return try raiseHand(false, of: resolve(target, for: requester), by: requester)
        case .giveRole(let role, let target):
            return try giveRole(role, to: resolve(target, for: requester), by: requester, now: now)
        }
    }

    /// Starts, pauses, resumes or ends the recording.
    mutating func record(
        _ verb: RecordingVerb, as kind: RecordingKind? = nil, by requester: Requester
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "record conference \(name)")
        let wanted: RecordingState? =
            switch verb {
            case .start: recording ?? .recording
            case .pause: recording == nil ? nil : .paused
            case .resume: recording == nil ? nil : .recording
            case .stop: nil
            }
        guard wanted != recording else { return [] }
        if recording == nil { recordingKind = kind }
        recording = wanted
        return [changeRoster(.room), .recording(verb, as: recordingKind, by: describe(requester))]
    }

    /// Makes a member louder or softer for everybody.
    private mutating func setVolume(
        _ id: MemberID, _ decibels: Int, by requester: Requester
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "say how loud member \(id) is")
        guard members[id]?.volume != decibels else { return [] }
        members[id]?.volume = decibels
        return [.volume(id, decibels: decibels)]
    }

    /// What is shown to all is for who presents: moderators, and members who were made presenters.
    private func requirePresenter(_ requester: Requester, to doing: String) throws(Refusal) {
        if let id = try? resolve(.oneself, for: requester), members[id]?.isConnected == true,
            members[id]?.grant == .presenter
        {
            return
        }
        try require(.moderator, requester, to: doing)
    }

    /// The recording is over, for whatever reason.
    package mutating func recordingEnded() -> [RoomEffect] {
        guard recording != nil else { return [] }
        recording = nil
        return isOver ? [] : [changeRoster(.room)]
    }

    /// Whom or what a command is for, for the audit.
    package func subject(of command: RoomCommand, by requester: Requester) -> String? {
        let id = command.target.flatMap { try? resolve($0, for: requester) }
        let member = id.flatMap { members[$0]?.identity.uri } ?? command.target?.name
        let words = [member, command.value].compactMap(\.self)
        return words.isEmpty ? nil : words.joined(separator: " ")
    }

    /// The member a command is for.
    package func resolve(_ target: RoomCommand.Target, for requester: Requester) throws(Refusal) -> MemberID {
        if case .named(let name) = target { return try resolve(name) }
        switch requester {
        case .member(let id) where members[id] != nil: return id
        case .person(let identity):
            if let id = member(identity) { return id }
        case .member, .operatorNamed, .focus: break
        }
        throw Refusal(.forbidden, "Only members of conference \(name) can do that: dial it first")
    }
}
