// SPDX-License-Identifier: GPL-3.0-or-later

/// Out of one room and into another, without a new call.
extension Room {
    /// - Throws: `Refusal` where the requester may not take the member elsewhere, or it is not in yet.
    func requireMovable(_ id: MemberID, by requester: Requester) throws(Refusal) {
        try requireAlive()
        try require(.moderator, requester, to: "move member \(id)")
        let member = try requireMember(id)
        try requireRank(above: member, requester)
        guard member.isConnected else { throw Refusal(.forbidden, "Member \(id) waits outside and is not in yet") }
    }

    /// Whether this room takes in who is in another one.
    ///
    /// - Parameter isLedHere: Who takes it here leads this room too: a lock and a PIN are not for its guests.
    func requireOpenTo(_ identity: Identity, isLedHere: Bool) throws(Refusal) {
        try requireAlive()
        guard !banned.contains(where: { identity.isKeptOut(with: $0) }) else {
            throw Refusal(.forbidden, "\(identity.label) was sent away from conference \(name)")
        }
        try requireSeat()
        guard !isLedHere else { return }
        try requireUnlocked()
        guard settings.pin == nil else {
            throw Refusal(.forbidden, "Conference \(name) asks for a PIN: who leads it alone takes people there")
        }
    }

    /// Takes a member out whose call goes on elsewhere.
    mutating func moveOut(
        _ id: MemberID, to room: String, by requester: Requester, now: ContinuousClock.Instant
    ) -> (member: Member, effects: [RoomEffect])? {
        guard let member = members[id] else { return nil }
        return (member, remove(id, .moved(to: room, by: describe(requester)), now: now))
    }

    /// Takes in who was in another room. What it had muted, or held, or somebody had muted, is so here; rights and a raised hand belong to the
    /// room that it comes from.
    ///
    /// - Parameter home: What it was when it was here last.
    mutating func moveIn(
        _ member: Member, _ home: MemberHome?, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        let id = member.id
        var guest = Member(moving: member, now: now)
        guest.grant = isOwner(member.identity) ? .moderator : home?.grant
        if home?.isCreator == true { creator = member.identity }
        members[id] = guest
        // Whoever leads has put it here: it waits for nobody.
        return [.admit(id)] + enter(id, now: now, isLetIn: true) + loudness(of: guest)
    }
}
