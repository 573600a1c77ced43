// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// All rooms of a focus: which names lead to which room, who may open one, and when one is gone. A pure machine like
/// `Room`; the Focus actor owns it and performs the steps it returns.
///
/// A name is in one of three conditions: a room stands under it; it was cancelled and answers 410 until created anew
/// (by the factory, an operator, or its expiry); or it is free, and whether dialling makes a room is the policy's say.
package struct ConferenceRegistry: Sendable {
    /// The rules in force; change them by `reconfigure`.
    package private(set) var policy: ConferencePolicy
    /// True from `sayGoodbye` on: nobody gets in any more.
    package private(set) var isDraining = false

    var rooms: [String: Room] = [:]
    /// Rooms that are arranged beforehand, by name.
    package private(set) var definitions: [String: RoomDefinition] = [:]
    /// Rooms that members were taken out of, and what they were there.
    package internal(set) var homes: [MemberID: MemberHome] = [:]
    var roomOfMember: [MemberID: String] = [:]
    var cancelled = CancelledNames()
    private var names: RoomNameGenerator
    private var setups = SetupQueue()
    /// Rooms that were made before anybody was in, oldest first.
    private var reserved: [(name: String, id: RoomID, deadline: ContinuousClock.Instant)] = []
    private var lastMember: UInt64 = 0
    private var lastRoom: UInt64 = 0

    /// How long a room that a caller made waits for its first member.
    static let reservation: Duration = .seconds(600)
    /// Such rooms of one person.
    static let mostReserved = 5

    package init(policy: ConferencePolicy, names: RoomNameGenerator = RoomNameGenerator()) {
        self.policy = policy
        self.names = names
    }

    // MARK: Coming in

    /// Somebody dials.
    ///
    /// - Parameters:
    ///   - request: Who.
    ///   - address: The target of the INVITE.
    ///   - date: What time it is, for rooms that are open at times.
    /// - Returns: The new member, the room (whose name the Contact of the answer carries) and what to do.
    package mutating func join(
        _ request: JoinRequest, at address: ConferenceAddress, now: ContinuousClock.Instant, date: Date = .distantPast
    ) throws(Refusal) -> Admission {
        if isDraining { throw Refusal(.draining, "The conference server is shutting down") }
        let destination = try policy.destination(address)
        guard roomOfMember.count < policy.maxMembers else {
            throw Refusal(.tooManyMembers, "The conference server is full (\(policy.maxMembers) members)")
        }
        switch destination {
        case .room(let name):
            if let definition = definitions[name] { try requireOpen(definition, date) }
            if rooms[name] != nil { return try admit(request, to: name, after: [], now: now) }
            try requireFree(name, now: now)
            if definitions[name] != nil { return try open(name, .arranged, for: request, now: now) }
            guard policy.adhoc else { throw Refusal(.unknownRoom, "No conference \(name)") }
            return try open(name, .adhoc, for: request, now: now)
        case .factory:
            var name = names.next()
            while rooms[name] != nil { name = names.next() }
            return try open(name, .factory, for: request, now: now)
        case .list:
            throw Refusal(.invalidName, "\(policy.listUser) names the list of conferences, not a conference")
        }
    }

    /// Whether an INVITE of somebody whom nobody knows would get in now (RFC 3261 §11.2), or what it would get; nothing comes of it.
    package mutating func requireOpen(
        at address: ConferenceAddress, now: ContinuousClock.Instant, date: Date
    ) throws(Refusal) {
        if isDraining { throw Refusal(.draining, "The conference server is shutting down") }
        let destination = try policy.destination(address)
        guard roomOfMember.count < policy.maxMembers else {
            throw Refusal(.tooManyMembers, "The conference server is full (\(policy.maxMembers) members)")
        }
        guard case .room(let name) = destination else { return }
        if let definition = definitions[name] { try requireOpen(definition, date) }
        if let room = rooms[name] { return try room.requireOpen() }
        try requireFree(name, now: now)
        guard definitions[name] != nil || policy.adhoc else { throw Refusal(.unknownRoom, "No conference \(name)") }
        try requirePlace()
    }

    private func requirePlace() throws(Refusal) {
        guard rooms.count < policy.maxRooms else {
            throw Refusal(.tooManyRooms, "The conference server has no place for another conference")
        }
    }

    /// A person is called into a room, as somebody commanded who may.
    package mutating func invite(
        _ request: JoinRequest, to name: String, now: ContinuousClock.Instant
    ) throws(Refusal) -> Admission {
        if isDraining { throw Refusal(.draining, "The conference server is shutting down") }
        guard roomOfMember.count < policy.maxMembers else {
            throw Refusal(.tooManyMembers, "The conference server is full (\(policy.maxMembers) members)")
        }
        return try admit(request, to: name, after: [], now: now)
    }

    /// An operator opens a room that stands until it is cancelled, and frees a cancelled name; anybody else, where dialling makes rooms,
    /// one of its own that stands until the last member leaves, or for ten minutes if nobody comes.
    package mutating func create(
        _ name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep {
        if isDraining { throw Refusal(.draining, "The conference server is shutting down") }
        try ConferencePolicy.checkName(name)
        guard name != policy.factoryUser, name != policy.listUser else {
            throw Refusal(.invalidName, "\(name) is reserved")
        }
        guard rooms[name] == nil else { throw Refusal(.alreadyExists, "Conference \(name) exists already") }
        var room: Room
        if case .person(let identity) = requester {
            try requireFree(name, now: now)
            guard policy.adhoc else { throw Refusal(.forbidden, "Only operators may create conferences here") }
            guard reserved.count(where: { rooms[$0.name]?.isCreated(by: identity) == true }) < Self.mostReserved else {
                throw Refusal(.tooManyRooms, "You have \(Self.mostReserved) conferences where nobody is yet")
            }
            room = try makeRoom(name, .adhoc, now: now)
            room.creator = identity
            reserved.append((name: name, id: room.id, deadline: now + Self.reservation))
        } else {
            room = try makeRoom(name, .operator, now: now)
            cancelled.remove(name)
        }
        let opened = room.opened(by: requester)
        rooms[name] = room
        return RoomStep(room: room.id, name: name, effects: opened)
    }

    private mutating func open(
        _ name: String, _ origin: RoomOrigin, for request: JoinRequest, now: ContinuousClock.Instant
    ) throws(Refusal) -> Admission {
        rooms[name] = try makeRoom(name, origin, now: now)
        let opened = rooms[name]?.opened(by: .person(request.identity)) ?? []
        do {
            return try admit(request, to: name, after: opened, now: now)
        } catch {
            rooms[name] = nil
            throw error
        }
    }

    mutating func makeRoom(
        _ name: String, _ origin: RoomOrigin, now: ContinuousClock.Instant
    ) throws(Refusal) -> Room {
        try requirePlace()
        lastRoom += 1
        return Room(
            name: name, id: RoomID(lastRoom), origin: origin, settings: policy.room.with(definitions[name]), now: now)
    }

    private mutating func admit(
        _ request: JoinRequest, to name: String, after opened: [RoomEffect], now: ContinuousClock.Instant
    ) throws(Refusal) -> Admission {
        let id = MemberID(lastMember + 1)
        guard let room = rooms[name]?.id, let effects = try rooms[name]?.join(id, request, now: now) else {
            throw Refusal(.unknownRoom, "No conference \(name)")
        }
        lastMember += 1
        roomOfMember[id] = name
        setups.append(id, deadline: now + policy.room.setupTimeout)
        return Admission(member: id, step: RoomStep(room: room, name: name, effects: opened + effects))
    }

    mutating func requireFree(_ name: String, now: ContinuousClock.Instant) throws(Refusal) {
        guard cancelled.canceller(of: name, expiry: policy.cancelledNameExpiry, now: now) == nil else {
            throw Refusal(.roomCancelled, "Conference \(name) was cancelled")
        }
    }

    /// Arranges a room, whose name is free then even if it was cancelled; nil forgets what was arranged.
    mutating func setDefinition(_ name: String, _ definition: RoomDefinition?) {
        definitions[name] = definition
        if definition != nil { cancelled.remove(name) }
    }

    // MARK: Steps

    /// Does what somebody commands in a room.
    package mutating func command(
        _ command: RoomCommand, in name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep {
        let id = try room(name).id
        let step = try step(room: name, now: now) { room throws(Refusal) in
            try room.perform(command, by: requester, now: now)
        }
        return step ?? RoomStep(room: id, name: name, effects: [])
    }

    /// Lets one room take a verb on behalf of a member, and keeps the registry's own books.
    mutating func step(
        _ member: MemberID, now: ContinuousClock.Instant, _ verb: (inout Room) -> [RoomEffect]
    ) -> RoomStep? {
        guard let name = roomOfMember[member] else { return nil }
        return step(room: name, now: now, verb)
    }

    /// Lets a room take a verb; nil when there is no such room or nothing follows.
    mutating func step<Failure: Error>(
        room name: String, now: ContinuousClock.Instant, _ verb: (inout Room) throws(Failure) -> [RoomEffect]
    ) throws(Failure) -> RoomStep? {
        guard let id = rooms[name]?.id, var room = rooms.removeValue(forKey: name) else { return nil }
        // The room is out of the dictionary while it works, so its own storage is never copied.
        defer { if !room.isOver { rooms[name] = room } }
        let effects = try verb(&room)
        for effect in effects { note(effect, room: name, now: now) }
        return effects.isEmpty ? nil : RoomStep(room: id, name: name, effects: effects)
    }

    private mutating func note(_ effect: RoomEffect, room name: String, now: ContinuousClock.Instant) {
        switch effect {
        case .record(let record):
            roomOfMember[record.member] = nil
            homes[record.member] = nil
            setups.settle(record.member)
        case .rosterChanged(let change):
            if case .joined(let member) = change.subject { setups.settle(member) }
        case .ended(.cancelled(let by)):
            cancelled.insert(name, by: by, now: now)
        case .opened, .admit, .prompt, .wrongPIN, .command, .volume, .hearing, .recording, .videoMode, .connectMedia,
            .answer, .detachMedia, .disconnectMedia, .silence, .hangUp, .rosterEnded, .chime, .loneMember, .event, .log,
            .ended:
            break
        }
    }

    // MARK: The whole

    /// Lets nobody in from now on, sends everybody away and ends every room.
    package mutating func sayGoodbye(now: ContinuousClock.Instant) -> [RoomStep] {
        isDraining = true
        return rooms.keys.sorted().compactMap { name in step(room: name, now: now) { $0.drain(now: now) } }
    }

    /// New rules. Rooms that stand get them too; nobody is sent away.
    package mutating func reconfigure(_ policy: ConferencePolicy, now: ContinuousClock.Instant) -> [RoomStep] {
        self.policy = policy
        return rooms.keys.sorted().compactMap { name in
            let settings = policy.room.with(definitions[name])
            return step(room: name, now: now) { $0.reconfigure(settings, now: now) }
        }
    }

    /// Earliest time at which `tick` has something to do; nil for never.
    package var nextDeadline: ContinuousClock.Instant? {
        guard let first = reserved.first?.deadline else { return setups.nextDeadline }
        return min(first, setups.nextDeadline ?? first)
    }

    /// Time has passed.
    package mutating func tick(_ now: ContinuousClock.Instant) -> [RoomStep] {
        var late: [String] = []
        while let member = setups.popDue(now) {
            if let name = roomOfMember[member], !late.contains(name) { late.append(name) }
        }
        let unused = reserved.prefix { $0.deadline <= now }
        reserved.removeFirst(unused.count)
        return late.compactMap { name in step(room: name, now: now) { $0.tick(now) } }
            + unused.filter { rooms[$0.name]?.id == $0.id }.compactMap { entry in
                step(room: entry.name, now: now) { $0.endUnused(now: now) }
            }
    }

    /// Rooms that stand, by name.
    package var allRooms: [Room] { rooms.values.sorted { $0.name < $1.name } }
    package var roomCount: Int { rooms.count }
    /// Members of all rooms, calls being set up included.
    package var memberCount: Int { roomOfMember.count }

    /// The room of that name.
    package func room(_ name: String) throws(Refusal) -> Room {
        guard let room = rooms[name] else { throw Refusal(.unknownRoom, "No conference \(name)") }
        return room
    }

    /// The room a member is in; nil when it has left.
    package func room(of member: MemberID) -> Room? { roomOfMember[member].flatMap { rooms[$0] } }
}
