// SPDX-License-Identifier: GPL-3.0-or-later

/// Who gets in, and as what.
extension Room {
    /// Wrong PINs before the call is ended.
    static let mostFailures = 3

    /// Digits that a waiting member presses. A hash key ends them, a star begins anew.
    mutating func pressWaiting(
        _ id: MemberID, key: Character, isBlocked: Bool, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        guard var member = members[id], case .waiting(var wait) = member.phase else { return [] }
        // Who waits for a moderator has given the room's own digits.
        let expected = wait.reason == .moderator ? [settings.moderatorPIN] : [settings.pin, settings.moderatorPIN]
        guard let longest = expected.compactMap({ $0?.count }).max(), wait.failures < Self.mostFailures else {
            return []
        }
        switch key {
        case "*": wait.digits = ""
        case "#": break
        default: wait.digits.append(key)
        }
        // Without the hash key too, where there can be no more digits.
        let isComplete = key == "#" || wait.digits.count >= longest
        let digits = wait.digits
        if isComplete { wait.digits = "" }
        member.phase = .waiting(wait)
        members[id] = member
        // The hash key that the prompt asks for may come after the last digit has ended the entry.
        guard isComplete, !digits.isEmpty else { return [] }
        if !isBlocked, digits.isEqual(inConstantTime: settings.moderatorPIN) {
            member.grant = .moderator
        } else if isBlocked || wait.reason == .moderator || !digits.isEqual(inConstantTime: settings.pin) {
            wait.failures += 1
            member.phase = .waiting(wait)
            members[id] = member
            // An entry that nobody looked at was no guess, and sounds like one.
            let told: [RoomEffect] =
                isBlocked
                ? [log(.info, "PIN not looked at", of: member)]
                : [.wrongPIN(id, member.identity), log(.info, "wrong PIN", of: member)]
            let isLast = wait.failures >= Self.mostFailures && wait.reason != .moderator
            return told + (isLast ? remove(id, .noPIN, now: now) : [.prompt(id, .wrongPIN)])
        }
        member.lacksPIN = false
        members[id] = member
        return [.prompt(id, .welcome)] + enter(id, now: now)
    }

    /// What the digits that came with a call are worth.
    func checkPIN(of request: JoinRequest) -> (isModerators: Bool, isLacking: Bool, isWrong: Bool) {
        let isModerators = request.pin?.isEqual(inConstantTime: settings.moderatorPIN) ?? false
        let isRight = isModerators || request.pin?.isEqual(inConstantTime: settings.pin) ?? false
        // A call that is taken up again has passed a lock, but not what it was still asked for.
        let isKnown = request.standing.map { !$0.lacksPIN } ?? (request.isInvited || isOwner(request.identity))
        let isAsked = !isKnown && !isRight
        let hasPIN = settings.pin != nil || settings.moderatorPIN != nil
        return (isModerators, isAsked && settings.pin != nil, isAsked && hasPIN && request.pin != nil)
    }

    /// Lets in who waits for somebody who leads.
    mutating func admitWaiting(now: ContinuousClock.Instant) -> [RoomEffect] {
        members.values.filter(\.waitsForModerator).map(\.id).sorted().flatMap { enter($0, now: now) }
    }

    /// Makes something of a member, or an attendee again.
    package mutating func giveRole(
        _ role: MemberRole, to id: MemberID, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "give roles")
        guard var member = members[id] else { throw Refusal(.unknownMember, "No member \(id) in conference \(name)") }
        let grant = role == .attendee ? nil : role
        guard member.grant != grant else { return [] }
        member.grant = grant
        members[id] = member
        var effects: [RoomEffect] = member.isConnected ? [changeRoster(.updated(id))] : []
        effects.append(.event(event(.roleChanged, member, by: describe(requester), detail: role.rawValue)))
        effects.append(log(.info, "role given", of: member, ["by": describe(requester), "role": role.rawValue]))
        // Who may be heard now is not muted any more by the room.
        if grant != nil, settings.presenterOnly, member.mute?.by == .rules { effects += try unmute(id, by: .focus) }
        guard role == .moderator else { return effects }
        return effects
            + (member.waitsForModerator ? enter(id, now: now) : member.isConnected ? admitWaiting(now: now) : [])
    }

    /// Whether the member leads: the creator, or a moderator.
    func isModerator(_ member: Member) -> Bool { member.grant == .moderator || isCreator(member) }

    var moderatorIsPresent: Bool { members.values.contains { $0.isConnected && isModerator($0) } }

    /// Whether an identity is the owner's, proven by a password: anybody can write any name.
    func isOwner(_ identity: Identity) -> Bool {
        settings.owner != nil && identity.user == settings.owner && identity.isProven
    }
}

extension String {
    /// Compares without telling by its time how much of a secret was right.
    func isEqual(inConstantTime secret: String?) -> Bool {
        guard let secret else { return false }
        let (left, right) = (Array(utf8), Array(secret.utf8))
        var difference = left.count ^ right.count
        for index in 0..<max(left.count, right.count) {
            difference |= Int(index < left.count ? left[index] : 0) ^ Int(index < right.count ? right[index] : 0)
        }
        return difference == 0
    }
}
