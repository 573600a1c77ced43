// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A member went from one room to another.
package struct Relocation: Hashable, Sendable {
    package let member: MemberID
    /// What follows in the room that it left, then in the one where it is.
    package let leaving: RoomStep
    package let entering: RoomStep
}

/// Members go from room to room without calling anew.
extension ConferenceRegistry {
    /// Takes a member to another room, which is made where dialling its name would make it, or an operator wants it. Whether the requester may
    /// take it out is asked before (`Room.perform`); the other room is as open to it as to anybody, but to guests of who leads there too.
    ///
    /// - Returns: nil where it is there already.
    package mutating func move(
        _ member: MemberID, to name: String, by requester: Requester, now: ContinuousClock.Instant,
        date: Date = .distantPast
    ) throws(Refusal) -> Relocation? {
        guard let from = roomOfMember[member], let old = rooms[from], let identity = old.identity(of: member) else {
            throw Refusal(.unknownMember, "No member \(member)")
        }
        guard from != name else { return nil }
        let opened = try prepare(name, for: requester, from: old, identity, now: now, date)
        guard let standing = old.standing(of: member) else { return nil }
        let home = homes[member]
        var moved: Member?
        let leaving = step(room: from, now: now) { room in
            let out = room.moveOut(member, to: name, by: requester, now: now)
            moved = out?.member
            return out?.effects ?? []
        }
        guard let leaving, let moved else { return nil }
        roomOfMember[member] = name
        let isBack = home?.room == rooms[name]?.id
        // The first room is home, however far it goes.
        if !isBack { homes[member] = home ?? MemberHome(name: from, room: leaving.room, standing: standing) }
        let entering = step(room: name, now: now) { room in
            opened + room.moveIn(moved, isBack ? home : nil, now: now)
        }
        guard let entering else { return nil }
        return Relocation(member: member, leaving: leaving, entering: entering)
    }

    /// The room that a member was taken from.
    ///
    /// - Throws: `Refusal`, `forbidden`, where nobody has taken it anywhere, or that room is over.
    package func home(of member: MemberID) throws(Refusal) -> String {
        guard let home = homes[member] else { throw Refusal(.forbidden, "Nobody has moved member \(member)") }
        guard let room = rooms.values.first(where: { $0.id == home.room }) else {
            throw Refusal(.forbidden, "The conference that member \(member) comes from is over")
        }
        return room.name
    }

    /// Where it was taken from before the focus crashed, for a member whose call was taken up again.
    ///
    /// - Parameter successors: The rooms that stand now, by what those were of which their members' calls were taken up.
    package mutating func restore(_ home: MemberHome, of member: MemberID, successors: [RoomID: RoomID]) {
        guard roomOfMember[member] != nil else { return }
        var home = home
        home.room = successor(of: home.room, home.name, successors)
        homes[member] = home
    }

    /// The room that a room of before a crash is now, or `over`.
    func successor(of room: RoomID, _ name: String, _ successors: [RoomID: RoomID]) -> RoomID {
        // A room of an operator's stands although nobody is in it; any other under that name is another conference.
        let empty = rooms[name].flatMap { $0.origin == .operator ? $0.id : nil }
        return successors[room] ?? empty ?? .over
    }

    /// Who is to go where, so that all but who lead are spread evenly over `count` rooms; nil: who is to come back, and from where.
    package func breakout(_ name: String, into count: Int?) throws(Refusal) -> [(member: MemberID, to: String)] {
        let room = try room(name)
        guard let count else {
            return homes.filter { $0.value.room == room.id }.keys.sorted().map { ($0, name) }
        }
        let guests = room.guests
        guard !guests.isEmpty else { throw Refusal(.forbidden, "Nobody but who leads is in conference \(name)") }
        guard room.origin == .operator || guests.count < room.seats else {
            throw Refusal(.forbidden, "Nobody who leads would be left in conference \(name)")
        }
        return guests.enumerated().map { index, member in (member, "\(name)-\(index % count + 1)") }
    }

    /// - Returns: what follows from making the room; nothing where it stands.
    private mutating func prepare(
        _ name: String, for requester: Requester, from old: Room, _ identity: Identity, now: ContinuousClock.Instant,
        _ date: Date
    ) throws(Refusal) -> [RoomEffect] {
        if isDraining { throw Refusal(.draining, "The conference server is shutting down") }
        try ConferencePolicy.checkName(name)
        guard name != policy.factoryUser, name != policy.listUser else {
            throw Refusal(.invalidName, "\(name) is reserved")
        }
        // Who asks is in the other room: here it is the person that it is.
        let asking: Requester =
            if case .member(let id) = requester, let who = old.identity(of: id) { .person(who) } else { requester }
        if let definition = definitions[name] { try requireOpen(definition, date) }
        if let there = rooms[name] {
            try there.requireOpenTo(identity, isLedHere: there.rank(of: asking) >= .moderator)
            return []
        }
        try requireFree(name, now: now)
        let isArranged = definitions[name] != nil
        let isOperators: Bool =
            switch requester {
            case .operatorNamed, .focus: true
            case .member, .person: false
            }
        guard isArranged || policy.adhoc || isOperators else { throw Refusal(.unknownRoom, "No conference \(name)") }
        var room = try makeRoom(name, isArranged ? .arranged : .adhoc, now: now)
        if !isArranged { room.creator = old.creator }
        try room.requireOpenTo(identity, isLedHere: !isArranged || isOperators)
        let opened = room.opened(by: asking)
        rooms[name] = room
        return opened
    }
}

extension Room {
    /// Members who do not lead, by number.
    fileprivate var guests: [MemberID] {
        members.values.filter { $0.isConnected && !isModerator($0) }.map(\.id).sorted()
    }
}
