// SPDX-License-Identifier: GPL-3.0-or-later

/// Who wants the word, who is to be quiet, and who may not come back.
extension Room {
    /// Raises a member's hand or lowers it: its own, or another's by a moderator, who can only lower it.
    package mutating func raiseHand(
        _ raises: Bool, of id: MemberID, by requester: Requester
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        guard var member = members[id], member.isConnected else {
            throw Refusal(.unknownMember, "No member \(id) in conference \(name)")
        }
        let isSelf = isSelf(requester, member)
        if !isSelf {
            try require(.moderator, requester, to: "lower the hand of member \(id)")
            guard !raises else { throw Refusal(.forbidden, "Everybody raises a hand alone") }
        }
        guard member.handIsRaised != raises else { return [] }
        member.handIsRaised = raises
        members[id] = member
        return [
            changeRoster(.updated(id)),
            .event(event(raises ? .handRaised : .handLowered, member, by: isSelf ? nil : describe(requester))),
            log(.info, raises ? "hand raised" : "hand lowered", of: member),
        ]
    }

    /// Mutes everybody but those who lead.
    package mutating func muteAll(by requester: Requester) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        try require(.moderator, requester, to: "mute everybody in conference \(name)")
        var effects: [RoomEffect] = []
        for id in members.keys.sorted() {
            guard let member = members[id], member.isConnected, !isModerator(member) else { continue }
            effects += try mute(id, by: requester)
        }
        return effects
    }

    /// Removes a member, and lets that person in no more while the room stands.
    package mutating func ban(
        _ id: MemberID, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        try require(.moderator, requester, to: "ban member \(id)")
        guard let member = members[id] else {
            throw Refusal(.unknownMember, "No member \(id) in conference \(name)")
        }
        guard member.identity.canBeKnownAgain else {
            let name = member.identity.label
            throw Refusal(.forbidden, "\(name) hides its name behind a proxy: it cannot be kept out, only removed")
        }
        let effects = try kick(id, by: requester, now: now)
        guard !isOver, !banned.contains(member.identity) else { return effects }
        // A room that bans a thousand people has other troubles.
        if banned.count >= 1000 { banned.removeFirst() }
        banned.append(member.identity)
        return [.event(event(.memberBanned, member, by: describe(requester)))] + effects
    }
}
