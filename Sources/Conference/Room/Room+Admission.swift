// SPDX-License-Identifier: GPL-3.0-or-later

/// Who gets in, and as what.
extension Room {
    /// Wrong PINs before the call is ended.
    static let mostFailures = 3

    /// Digits that a waiting member presses. A hash key ends them, a star begins anew.
    mutating func pressWaiting(_ id: MemberID, key: Character, now: ContinuousClock.Instant) -> [RoomEffect] {
        guard var member = members[id], case .waiting(.pin(var digits, let failures, let deadline)) = member.phase
        else {
            return []
        }
        let lengths = [settings.pin, settings.moderatorPIN].compactMap { $0?.count }
        switch key {
        case "*": digits = ""
        case "#": break
        default: digits.append(key)
        }
        // Without the hash key too, where there can be no more digits.
        guard key == "#" || (key != "*" && digits.count >= lengths.max() ?? 0) else {
            member.phase = .waiting(.pin(digits: digits, failures: failures, deadline: deadline))
            members[id] = member
            return []
        }
        if digits.isEqual(inConstantTime: settings.moderatorPIN) {
            member.grant = .moderator
        } else if !digits.isEqual(inConstantTime: settings.pin) {
            member.phase = .waiting(.pin(digits: "", failures: failures + 1, deadline: deadline))
            members[id] = member
            let told: [RoomEffect] = [.wrongPIN(id), log(.info, "wrong PIN", of: member)]
            guard failures + 1 < Self.mostFailures else { return told + remove(id, .noPIN, now: now) }
            return told + [.prompt(id, .wrongPIN)]
        }
        member.lacksPIN = false
        members[id] = member
        return [.prompt(id, .welcome)] + enter(id, now: now)
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
        if grant != nil, settings.presenterOnly, member.mute?.by == "the room" { effects += try unmute(id, by: .focus) }
        guard role == .moderator else { return effects }
        for waiting in members.values.filter({ $0.phase == .waiting(.moderator) }).map(\.id).sorted() {
            effects += enter(waiting, now: now)
        }
        return effects
    }

    /// Whether the member leads: the creator, or a moderator.
    func isModerator(_ member: Member) -> Bool { member.grant == .moderator || isCreator(member) }

    var moderatorIsPresent: Bool { members.values.contains { $0.isConnected && isModerator($0) } }

    /// Whether an identity is the owner's, proven by a password: anybody can write any name.
    func isOwner(_ identity: Identity) -> Bool {
        settings.owner != nil && identity.user == settings.owner && identity.source == Identity.login
    }
}

extension String {
    /// Compares without telling by its time how much of a secret was right.
    fileprivate func isEqual(inConstantTime secret: String?) -> Bool {
        guard let secret else { return false }
        let (left, right) = (Array(utf8), Array(secret.utf8))
        var difference = left.count ^ right.count
        for index in 0..<max(left.count, right.count) {
            difference |= Int(index < left.count ? left[index] : 0) ^ Int(index < right.count ? right[index] : 0)
        }
        return difference == 0
    }
}
