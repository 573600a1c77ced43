// SPDX-License-Identifier: GPL-3.0-or-later

/// What the signalling and media sides report about members who stay.
extension Room {
    /// The member's side put the call on hold (`sendonly`, `inactive`): what it sends, music perhaps, stays out.
    package mutating func hold(_ id: MemberID) -> [RoomEffect] {
        guard var member = members[id], !member.isHeld else { return [] }
        var effects: [RoomEffect] = member.isSilenced ? [] : [.silence(id, true)]
        member.isHeld = true
        let stoppedTalking = stopTalking(&member)
        members[id] = member
        guard member.isConnected else { return effects }
        effects.append(changeRoster(.updated(id)))
        effects += stoppedTalking
        effects.append(.event(event(.memberHeld, member)))
        effects.append(log(.info, "member held", of: member))
        return effects
    }

    /// The member's side took the call up again. It stays muted when somebody muted it.
    package mutating func resume(_ id: MemberID) -> [RoomEffect] {
        guard var member = members[id], member.isHeld else { return [] }
        member.isHeld = false
        members[id] = member
        var effects: [RoomEffect] = member.isSilenced ? [] : [.silence(id, false)]
        guard member.isConnected else { return effects }
        effects.append(changeRoster(.updated(id)))
        effects.append(.event(event(.memberResumed, member)))
        effects.append(log(.info, "member resumed", of: member))
        return effects
    }

    /// What the roster says of the member's video has changed.
    package mutating func videoChanged(_ id: MemberID) -> [RoomEffect] {
        guard members[id]?.isConnected == true else { return [] }
        return [changeRoster(.updated(id))]
    }

    /// The mixer hears the member talk, or no longer. A silenced member does not talk. The roster of a small room says who talks, for
    /// clients that do not see it in the mix itself, by CSRC and level (RFC 6465).
    package mutating func talking(_ id: MemberID, _ talks: Bool) -> [RoomEffect] {
        guard var member = members[id], member.isConnected, member.isTalking != talks else { return [] }
        if talks, member.isSilenced { return [] }
        member.isTalking = talks
        let isShown = talks && members.count <= settings.largestTalkingRoster
        let showsOther = isShown != member.isShownTalking
        member.isShownTalking = isShown
        members[id] = member
        return (showsOther ? [changeRoster(.updated(id))] : [])
            + [.event(event(talks ? .talkingStarted : .talkingStopped, member))]
    }

    /// Whether the roster says that the member talks.
    package func showsTalking(_ id: MemberID) -> Bool { members[id]?.isShownTalking ?? false }

    /// The member pressed a key: a digit of its PIN, or part of a command (`TouchToneMenu`), as far as it may.
    ///
    /// - Parameters:
    ///   - key: One of `0` to `9`, `*`, `#`, `A` to `D`.
    ///   - isBlocked: It has guessed too often, here or in other calls: its PIN is not looked at.
    package mutating func dtmf(
        _ id: MemberID, key: Character, isBlocked: Bool = false, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        if members[id]?.isWaiting == true { return pressWaiting(id, key: key, isBlocked: isBlocked, now: now) }
        guard let pressed = members[id]?.menu.press(key, now: now) else { return [] }
        switch pressed {
        case .mute: return [.command(members[id]?.mute == nil ? .mute(.oneself) : .unmute(.oneself), by: id)]
        case .hand:
            return [.command(members[id]?.handIsRaised == true ? .lowerHand(.oneself) : .raiseHand(.oneself), by: id)]
        case .leave: return [.command(.kick(.oneself), by: id)]
        case .muteAll: return [.command(.muteAll, by: id)]
        case .lock: return [.command(isLocked ? .unlock : .lock, by: id)]
        case .record: return [.command(.record(recording == nil ? .start : .stop), by: id)]
        case .count:
            let mayKnow = rank(of: .member(id)) >= .moderator
            return [.prompt(id, mayKnow ? .memberCount(connectedCount) : .notAllowed)]
        case .help: return [.prompt(id, rank(of: .member(id)) >= .moderator ? .moderatorMenu : .menu)]
        case .softer: return hear(id, by: -1)
        case .louder: return hear(id, by: 1)
        case .asItIs: return hear(id, by: nil)
        }
    }

    /// Makes what the member hears louder or softer; nil: as it is.
    private mutating func hear(_ id: MemberID, by step: Int?) -> [RoomEffect] {
        guard var member = members[id], member.isConnected else { return [] }
        let wanted = step.map { min(Self.loudest, max(-Self.loudest, member.hearing + $0)) } ?? 0
        guard wanted != member.hearing else { return [] }
        member.hearing = wanted
        members[id] = member
        return [.hearing(id, decibels: wanted * Self.hearingStep)]
    }

    /// Steps up or down.
    private static let loudest = 5
    /// Decibels.
    static let hearingStep = 3

    /// Keeps what the media side last measured, for snapshots and the call record. The roster is told of the quality alone.
    package mutating func report(_ id: MemberID, _ report: MediaReport) -> [RoomEffect] {
        guard var member = members[id] else { return [] }
        member.media = report
        let before = member.quality
        member.quality = CallQuality(lossPercent: report.lossPercent, before: before)
        members[id] = member
        guard member.isConnected, member.quality != before ?? .good else { return [] }
        return [changeRoster(.updated(id))]
    }

    func stopTalking(_ member: inout Member) -> [RoomEffect] {
        guard member.isTalking else { return [] }
        member.isTalking = false
        member.isShownTalking = false
        return [.event(event(.talkingStopped, member))]
    }
}
