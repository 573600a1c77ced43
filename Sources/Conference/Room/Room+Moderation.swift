// SPDX-License-Identifier: GPL-3.0-or-later

/// What people may do to a room and to each other.
///
/// | verb | operator | creator | moderator | member, to itself | member, to others |
/// |---|---|---|---|---|---|
/// | cancel | yes | yes | where it was arranged for nobody | | 403 |
/// | lock, unlock, showVideo, giveRole, muteAll, ban, move, breakout | yes | yes | yes | | 403 |
/// | kick | yes | yes | yes | yes | 403 |
/// | mute | yes | yes | yes | yes | 403 |
/// | unmute | yes | unless an operator muted | unless a higher rank muted | unless a higher rank muted | 403 |
/// | record, invite, volume | yes | yes | yes | | 403 |
/// | play and stop what was shared | yes | yes | yes | presenters | |
/// | play files of the machine | yes | 403 | 403 | | 403 |
///
/// Who muted itself, or was by a rule that lets it unmute itself, is asked to: nobody else opens its microphone.
extension Room {
    /// Ends the conference for everybody. Later callers get 410 until the name is created anew; where a moderator ends a meeting that has
    /// no creator, they open the next one.
    package mutating func cancel(
        by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(isNobodys ? .moderator : .creator, requester, to: "cancel conference \(name)")
        let by = describe(requester)
        guard rank(of: requester) >= .creator else {
            return end(.ended, cause: .roomCancelled(by: by), by: by, now: now)
        }
        return end(.cancelled(by: by), cause: .roomCancelled(by: by), by: by, now: now)
    }

    /// Removes a member (RFC 4579 §5.11).
    package mutating func kick(
        _ id: MemberID, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        let member = try requireMember(id)
        if !isSelf(requester, member) {
            try require(.moderator, requester, to: "remove member \(id)")
            try requireRank(above: member, requester)
        }
        return remove(id, isSelf(requester, member) ? .left : .removed(by: describe(requester)), now: now)
    }

    /// Keeps what the member sends out of the mix.
    package mutating func mute(_ id: MemberID, by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        var member = try requireMember(id)
        let isSelf = isSelf(requester, member)
        if !isSelf {
            try require(.moderator, requester, to: "mute member \(id)")
            try requireRank(above: member, requester)
        }
        let rank = isSelf ? Rank.member : rank(of: requester)
        if let mute = member.mute, mute.rank >= rank { return [] }
        let wasMuted = member.mute != nil
        let wasSilenced = member.isSilenced
        let by: MuteSource = isSelf ? .oneself : .person(describe(requester))
        member.mute = Member.Mute(by: by, rank: rank)
        var effects: [RoomEffect] = wasSilenced ? [] : [.silence(id, true)]
        let stoppedTalking = stopTalking(&member)
        members[id] = member
        if member.isConnected { effects.append(changeRoster(.updated(id))) }
        effects += stoppedTalking
        if !wasMuted { effects.append(.event(event(.memberMuted, member, by: by.words))) }
        effects.append(log(.info, "member muted", of: member, ["by": by.words]))
        return effects
    }

    /// Lets the member be heard again.
    package mutating func unmute(_ id: MemberID, by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        var member = try requireMember(id)
        let isSelf = isSelf(requester, member)
        if !isSelf { try require(.moderator, requester, to: "unmute member \(id)") }
        guard let mute = member.mute else { return [] }
        guard rank(of: requester) >= mute.rank else {
            throw Refusal(.forbidden, "Member \(id) was muted by \(mute.by.words), who alone can unmute it")
        }
        if !isSelf, requester != .focus, mute.rank == .member {
            let by = describe(requester)
            return [
                .prompt(id, .askedToSpeak), .event(event(.askedToSpeak, member, by: by)),
                log(.info, "member asked to unmute", of: member, ["by": by]),
            ]
        }
        let by = isSelf ? "self" : describe(requester)
        member.mute = nil
        members[id] = member
        var effects: [RoomEffect] = member.isSilenced ? [] : [.silence(id, false)]
        if member.isConnected { effects.append(changeRoster(.updated(id))) }
        effects.append(.event(event(.memberUnmuted, member, by: by)))
        effects.append(log(.info, "member unmuted", of: member, ["by": by]))
        return effects
    }

    /// Lets nobody in any more. Those inside stay.
    package mutating func lock(by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "lock conference \(name)")
        if case .locked = state { return [] }
        let by = describe(requester)
        state = .locked(by: by)
        return [changeRoster(.room), .event(RoomEvent(.roomLocked, by: by)), log(.info, "room locked", ["by": by])]
    }

    /// Lets people in again.
    package mutating func unlock(by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "unlock conference \(name)")
        guard case .locked = state else { return [] }
        let by = describe(requester)
        state = .open
        return [
            changeRoster(.room), .event(RoomEvent(.roomUnlocked, by: by)), log(.info, "room unlocked", ["by": by]),
        ]
    }

    /// Shows cameras in another way from now on, whatever the configuration says later.
    package mutating func showVideo(_ mode: VideoMode, by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "change the video of conference \(name)")
        let before = videoMode
        chosenVideo = mode
        guard mode != before else { return [] }
        let by = describe(requester)
        return [
            .videoMode(mode), .event(RoomEvent(.videoModeChanged, by: by, detail: mode.rawValue)),
            log(.info, "video mode changed", ["mode": mode.rawValue, "by": by]),
        ]
    }

    // MARK: Rights

    /// What the requester may do here.
    package func rank(of requester: Requester) -> Rank {
        switch requester {
        case .operatorNamed, .focus:
            return .operator
        case .member(let id):
            guard let member = members[id], !isWaiting(id) else { return .outsider }
            return isCreator(member) ? .creator : member.grant == .moderator ? .moderator : .member
        case .person(let identity):
            if let creator, creator.isSamePerson(as: identity) { return .creator }
            // What its call is, it is beside it too.
            let calls = members.values.filter { $0.isConnected && $0.identity.isSamePerson(as: identity) }
            return calls.map { rank(of: .member($0.id)) }.max() ?? .outsider
        }
    }

    /// Whether nobody is or will be the room's creator or owner.
    private var isNobodys: Bool {
        origin == .arranged && settings.owner == nil && creator == nil && creatorMember == nil
    }

    /// How the requester is named in reasons, events, records and logs.
    package func describe(_ requester: Requester) -> String {
        switch requester {
        case .operatorNamed(let name): "operator \(name)"
        case .focus: "the focus"
        case .member(let id): members[id]?.identity.label ?? "member \(id)"
        case .person(let identity): identity.label
        }
    }

    func isSelf(_ requester: Requester, _ member: Member) -> Bool {
        switch requester {
        case .member(let id): id == member.id
        case .person(let identity): identity.isSamePerson(as: member.identity)
        case .operatorNamed, .focus: false
        }
    }

    /// - Throws: `Refusal`, `forbidden`, for a requester of a lower rank.
    package func require(_ rank: Rank, _ requester: Requester, to doing: String) throws(Refusal) {
        guard self.rank(of: requester) >= rank else {
            let who =
                switch rank {
                case .outsider, .member: "members"
                case .moderator: "moderators and operators"
                case .creator: "the creator and operators"
                case .operator: "operators"
                }
            throw Refusal(.forbidden, "Only \(who) may \(doing)")
        }
    }

    /// Moderators do nothing to the creator.
    func requireRank(above member: Member, _ requester: Requester) throws(Refusal) {
        guard rank(of: requester) >= rank(of: .member(member.id)) else {
            throw Refusal(.forbidden, "Member \(member.id) is the creator")
        }
    }

    func requireMember(_ id: MemberID) throws(Refusal) -> Member {
        guard let member = members[id] else {
            throw Refusal(.unknownMember, "No member \(id) in conference \(name)")
        }
        return member
    }

    func requireAlive() throws(Refusal) {
        if case .ended = state { throw Refusal(.roomCancelled, "Conference \(name) has ended") }
    }
}
