// SPDX-License-Identifier: GPL-3.0-or-later

/// One conference, as a pure machine: who is in it, who may do what, and what follows from each thing that happens.
///
///                admit            established
///     (caller) ---------> joining -----------> connected
///                            |                     |  departed, mediaLost, kick
///                            +------> gone <-------+
///
///     open <-> locked -> ended      (cancel, last one out, creator out, drain)
///
/// No clock, socket, task or logger inside: every verb takes `now` where time matters and returns the effects to perform,
/// in order. A verb that a requester may not use, or that makes no sense, throws a `Refusal` and changes nothing. Verbs
/// are idempotent: what is so already has no effects. Reports about members who are gone have none either, so races
/// between signalling, media and operators need no care outside.
package struct Room: Sendable {
    /// The room's own states. Members are kept beside it, for no state but `ended` changes who is in.
    enum State: Hashable, Sendable {
        case open
        case locked(by: String)
        case ended(RoomEnd)
    }

    /// User part of the room's URI, unescaped.
    package let name: String
    package let id: RoomID
    package let origin: RoomOrigin
    /// When the room came to be.
    package let created: ContinuousClock.Instant
    /// The rules in force.
    package private(set) var settings: RoomSettings

    var state = State.open
    var members: [MemberID: Member] = [:]
    var connectedCount = 0
    var rosterVersion: UInt64 = 0
    /// The latest changes of the roster, oldest first, the last one being `rosterVersion`.
    var rosterLog: [RosterChange] = []
    /// nil while nothing is recorded.
    package internal(set) var recording: RecordingState?
    /// What was asked for when the recording began; nil: as the configuration has it.
    package internal(set) var recordingKind: RecordingKind?
    /// How an operator wants cameras to be shown; nil: as the settings have it.
    var chosenVideo: VideoMode?
    /// The member that hears music because it is alone.
    var lone: MemberID?
    /// The identity that created the room: the first caller of an ad-hoc or factory room; nil for an operator's room.
    var creator: Identity?
    /// Who was sent away for good.
    var banned: [Identity] = []
    /// The call that created the room.
    var creatorMember: MemberID?

    package init(
        name: String, id: RoomID, origin: RoomOrigin, settings: RoomSettings, now: ContinuousClock.Instant
    ) {
        self.name = name
        self.id = id
        self.origin = origin
        self.settings = settings
        created = now
    }

    /// What to do for a room that has just been made. An operator's room stands in the list of rooms before anybody is in it.
    ///
    /// - Parameter requester: Who dialled the name or the factory, or the operator who created it.
    package mutating func opened(by requester: Requester) -> [RoomEffect] {
        let by = describe(requester)
        var fields = ["origin": origin.rawValue, "by": by]
        if case .person(let identity) = requester { fields["creator"] = identity.uri }
        let roster = origin == .operator ? [changeRoster(.room)] : []
        return [.opened] + roster + [
            .event(RoomEvent(.roomOpened, by: by, detail: origin.rawValue)),
            log(.info, "room opened", fields),
        ]
    }

    // MARK: Coming in

    /// Whether somebody whom nobody knows may come.
    func requireOpen() throws(Refusal) {
        try requireAlive()
        try requireUnlocked()
        try requireSeat()
    }

    func requireUnlocked() throws(Refusal) {
        if case .locked = state { throw Refusal(.roomLocked, "Conference \(name) is locked") }
    }

    func requireSeat() throws(Refusal) {
        guard members.count < settings.maxMembers else {
            throw Refusal(.roomFull, "Conference \(name) is full (\(settings.maxMembers) members)")
        }
    }

    /// Asks for a place. The member sits in the room from now on, unseen, until its call is established.
    ///
    /// - Parameters:
    ///   - id: A number that no member of this focus ever had.
    ///   - request: Who calls.
    /// - Returns: `connectMedia`, `answer`, in this order; before them `wrongPIN` where the call brought one.
    package mutating func join(
        _ id: MemberID, _ request: JoinRequest, now: ContinuousClock.Instant
    ) throws(Refusal) -> [RoomEffect] {
        try requireAlive()
        if !request.isInvited { try requireUnlocked() }
        guard !banned.contains(where: { request.identity.isKeptOut(with: $0) }) else {
            throw Refusal(.forbidden, "You were sent away from conference \(name)")
        }
        try requireSeat()
        guard members[id] == nil else { preconditionFailure("member \(id) is in room \(name) already") }
        var member = Member(id: id, request: request, now: now, deadline: now + settings.setupTimeout)
        if isOwner(request.identity) { creator = request.identity }
        if request.standing?.isCreator == true {
            creator = request.identity
            // Nobody is taken for a creator who hides the name.
            creatorMember = creatorMember ?? id
        }
        let check = checkPIN(of: request)
        member.grant = check.isModerators ? .moderator : request.standing?.grant
        member.lacksPIN = check.isLacking
        // Before anything of it can be heard.
        member.mute = request.standing.flatMap(Member.Mute.init)
        members[id] = member
        let makesRoom = request.standing?.isCreator ?? true
        if makesRoom, creatorMember == nil, creator == nil, origin == .adhoc || origin == .factory {
            creator = request.identity
            creatorMember = id
        }
        // One that is dialled counts like one that is pressed: else it could be guessed call by call.
        let told: [RoomEffect] = check.isWrong ? [.wrongPIN(id, request.identity)] : []
        return told + [.connectMedia(id), .answer(id), log(.debug, "member admitted", of: member)]
    }

    /// The member's call is established (ACK seen): it is in the roster from now on.
    package mutating func established(_ id: MemberID, now: ContinuousClock.Instant) -> [RoomEffect] {
        guard var member = members[id], case .joining(let deadline) = member.phase else { return [] }
        if member.lacksPIN {
            member.phase = .waiting(Member.Wait(reason: .pin(deadline: deadline)))
            members[id] = member
            return [.prompt(id, .enterPIN), log(.info, "member is asked for the PIN", of: member)]
        }
        return enter(id, now: now)
    }

    /// The member has all that it needs to come in, but perhaps a moderator.
    ///
    /// - Parameter isLetIn: Somebody who leads has brought it.
    mutating func enter(_ id: MemberID, now: ContinuousClock.Instant, isLetIn: Bool = false) -> [RoomEffect] {
        guard var member = members[id] else { return [] }
        let leads = isModerator(member)
        if settings.waitsForModerator, !leads, !isLetIn, !moderatorIsPresent {
            member.phase = .waiting(Member.Wait(reason: .moderator))
            members[id] = member
            return [.prompt(id, .waitForModerator), log(.info, "member waits for a moderator", of: member)]
        }
        let waited = member.isWaiting
        member.phase = .connected(since: now)
        let ruled = rankOfMute(of: member)
        // Who comes from another room may have been muted there by somebody.
        if let ruled, (member.mute?.rank ?? .outsider) < ruled { member.mute = Member.Mute(by: .rules, rank: ruled) }
        members[id] = member
        connectedCount += 1
        var effects: [RoomEffect] = member.mute == nil ? [] : [.silence(id, true)]
        if waited { effects.append(.admit(id)) }
        effects.append(changeRoster(.joined(id)))
        effects += updateLoneMember()
        if settings.chimes, connectedCount > 1 { effects.append(.chime(.joined)) }
        effects.append(.event(event(.memberJoined, member)))
        effects.append(log(.info, "member joined", of: member, ["members": String(connectedCount)]))
        if leads { effects += admitWaiting(now: now) }
        return effects
    }

    /// With which rank the room's rules mute somebody who comes in; nil: they do not.
    private func rankOfMute(of member: Member) -> Rank? {
        if isModerator(member) { return nil }
        if settings.presenterOnly, member.grant != .presenter { return .moderator }
        return settings.joinMuted ? .member : nil
    }

    /// Whether the member is not heard, or will not be once its call is established: it is to be so from its first
    /// packet on.
    package func isSilenced(_ id: MemberID) -> Bool {
        guard let member = members[id] else { return false }
        // Who is to wait first is apart, and told when it comes in: its rights may be others by then.
        if case .joining = member.phase, !isWaiting(id), rankOfMute(of: member) != nil { return true }
        return member.isSilenced
    }

    /// Whether the member waits outside, apart from the others.
    package func isWaiting(_ id: MemberID) -> Bool {
        guard let member = members[id] else { return false }
        if case .joining = member.phase {
            return member.lacksPIN
                || (settings.waitsForModerator && !isModerator(member) && !moderatorIsPresent)
        }
        return member.isWaiting
    }

    // MARK: Going out

    /// The member's call has ended, or came to nothing.
    package mutating func leave(
        _ id: MemberID, _ departure: Departure, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        remove(id, .departed(departure), now: now)
    }

    /// No RTP came from the member for the configured time. A held member sends none by right and stays.
    package mutating func mediaLost(_ id: MemberID, now: ContinuousClock.Instant) -> [RoomEffect] {
        guard let member = members[id], !member.isHeld else { return [] }
        return remove(id, .mediaLost, now: now)
    }

    /// Earliest time at which `tick` has something to do; nil for never.
    package var nextDeadline: ContinuousClock.Instant? {
        guard connectedCount < members.count else { return nil }
        return members.values.compactMap { member in
            member.deadline
        }.min()
    }

    /// Time has passed: calls that were never set up lose their seats.
    package mutating func tick(_ now: ContinuousClock.Instant) -> [RoomEffect] {
        guard connectedCount < members.count else { return [] }
        let late = members.values.filter { $0.deadline.map { $0 <= now } ?? false }.sorted { $0.id < $1.id }
        return late.flatMap { remove($0.id, $0.isWaiting ? .noPIN : .setupTimedOut, now: now) }
    }

    /// The focus shuts down: everybody is sent away.
    package mutating func drain(now: ContinuousClock.Instant) -> [RoomEffect] {
        end(.draining, cause: .draining, by: nil, now: now)
    }

    /// New rules. They hold for what comes; nobody is sent away because a limit sank.
    package mutating func reconfigure(_ settings: RoomSettings, now: ContinuousClock.Instant) -> [RoomEffect] {
        let (before, mode, wasOpenToView) = (self.settings, videoMode, isOpenToView)
        self.settings = settings
        guard !isOver else { return [] }
        var effects: [RoomEffect] = videoMode == mode ? [] : [.videoMode(videoMode)]
        // Who follows the list or the roster has read what is so no more.
        if before.isListed != settings.isListed || before.maxMembers != settings.maxMembers
            || before.title != settings.title || wasOpenToView != isOpenToView
        {
            effects.append(changeRoster(.room))
        }
        // Nobody else would let them in.
        if before.pin != nil, settings.pin == nil {
            for id in memberIDs where members[id]?.lacksPIN == true {
                members[id]?.lacksPIN = false
                if members[id]?.isWaiting == true { effects += enter(id, now: now) }
            }
        }
        if before.waitsForModerator, !settings.waitsForModerator { effects += admitWaiting(now: now) }
        return effects + updateLoneMember()
    }

    /// What people read.
    package var title: String { settings.title ?? name }

    /// How cameras are shown.
    package var videoMode: VideoMode { chosenVideo ?? settings.video }

    /// True once `ended` was among the effects.
    package var isOver: Bool {
        switch state {
        case .open, .locked: false
        case .ended: true
        }
    }

    /// Seats taken, calls being set up included.
    package var seats: Int { members.count }
    /// Members whose calls are established.
    package var memberCount: Int { connectedCount }
}
