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

    /// The mixer hears the member talk, or no longer. A silenced member does not talk. The roster does not say who talks: the mix
    /// itself does, by CSRC and level (RFC 6465).
    package mutating func talking(_ id: MemberID, _ talks: Bool) -> [RoomEffect] {
        guard var member = members[id], member.isConnected, member.isTalking != talks else { return [] }
        if talks, member.isSilenced { return [] }
        member.isTalking = talks
        members[id] = member
        return [.event(event(talks ? .talkingStarted : .talkingStopped, member))]
    }

    /// The member pressed a key: a digit of its PIN, or part of a command (`TouchToneMenu`), as far as it may.
    ///
    /// - Parameter key: One of `0` to `9`, `*`, `#`, `A` to `D`.
    package mutating func dtmf(
        _ id: MemberID, key: Character, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        if members[id]?.isWaiting == true { return pressWaiting(id, key: key, now: now) }
        guard let command = members[id]?.menu.press(key, now: now) else { return [] }
        do throws(Refusal) {
            return try perform(command, of: id)
        } catch {
            return members[id].map { [log(.info, "key command refused", of: $0, ["reason": error.text])] } ?? []
        }
    }

    private mutating func perform(_ command: TouchToneMenu.Command, of id: MemberID) throws(Refusal) -> [RoomEffect] {
        switch command {
        case .toggleMute:
            return members[id]?.mute != nil ? try unmute(id, by: .member(id)) : try mute(id, by: .member(id))
        case .toggleHand: return try raiseHand(members[id]?.handIsRaised == false, of: id, by: .member(id))
        case .muteAll: return try muteAll(by: .member(id))
        case .toggleLock: return isLocked ? try unlock(by: .member(id)) : try lock(by: .member(id))
        }
    }

    /// Keeps what the media side last measured, for snapshots and the call record. Changes nothing else.
    package mutating func report(_ id: MemberID, _ report: MediaReport) {
        members[id]?.media = report
    }

    func stopTalking(_ member: inout Member) -> [RoomEffect] {
        guard member.isTalking else { return [] }
        member.isTalking = false
        return [.event(event(.talkingStopped, member))]
    }
}
