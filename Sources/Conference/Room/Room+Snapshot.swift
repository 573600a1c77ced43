// SPDX-License-Identifier: GPL-3.0-or-later

/// The room as others see it.
extension Room {
    /// The room in one line.
    ///
    /// - Parameter clock: Turns the room's instants into dates.
    package func summary(_ clock: WallClock) -> RoomSummary {
        RoomSummary(
            name: name, id: id.description, origin: origin, created: clock.date(created), creator: creator?.uri,
            members: connectedCount, connecting: members.count - connectedCount,
            talking: members.values.count(where: \.isTalking),
            held: members.values.count { $0.isConnected && $0.isHeld },
            locked: isLocked, maxMembers: settings.maxMembers, video: videoMode, recording: recording)
    }

    /// The room with all its members, by number.
    package func detail(_ clock: WallClock) -> RoomDetail {
        RoomDetail(
            summary: summary(clock), lockedBy: lockedBy, rosterVersion: rosterVersion,
            members: members.values.sorted { $0.id < $1.id }.map { detail(of: $0, clock) })
    }

    /// One member; nil when it is not here.
    package func detail(of id: MemberID, _ clock: WallClock) -> MemberDetail? {
        members[id].map { detail(of: $0, clock) }
    }

    /// Who is here, by number, calls being set up included.
    package var memberIDs: [MemberID] { members.keys.sorted() }

    /// The roster's version: how often it has changed.
    package var version: UInt64 { rosterVersion }

    /// Who a member is; nil when it is not here.
    package func identity(of id: MemberID) -> Identity? { members[id]?.identity }

    /// The member that a request outside any call comes from: the one connected last, where the person has several calls. Telephones
    /// without a registrar name themselves by any address of theirs: the user part counts, and where the request came from.
    package func member(_ identity: Identity) -> MemberID? {
        members.values.filter { member in
            member.isConnected && !member.identity.isAnonymous && member.identity.user == identity.user
                && member.identity.source == identity.source && identity.source != nil
        }.map(\.id).max()
    }

    /// Whether a call of that person waits outside, by the same rule.
    package func isAtTheDoor(_ identity: Identity) -> Bool {
        members.values.contains { member in
            !member.isConnected && !member.identity.isAnonymous && member.identity.user == identity.user
                && member.identity.source == identity.source && identity.source != nil
        }
    }

    /// Whether that person made the room.
    func isCreated(by identity: Identity) -> Bool { creator?.isSamePerson(as: identity) ?? false }

    /// Whether the member is in, not waiting or being set up.
    package func isConnected(_ id: MemberID) -> Bool { members[id]?.isConnected ?? false }

    /// Connected members, by number.
    package var connectedMembers: [MemberID] { members.values.filter(\.isConnected).map(\.id).sorted() }

    /// The call of a member, for a lookup from the outside; nil when it is not here.
    package func callID(of id: MemberID) -> String? { members[id]?.callID }

    /// Finds the member a person means: its number, else its SIP URI, its user part or its display name, where only one has it. In this
    /// order: anybody may take somebody else's name for display.
    package func resolve(_ text: String) throws(Refusal) -> MemberID {
        if let id = MemberID(text) ?? MemberID(anonymousURI: text), members[id] != nil { return id }
        let folded = text.lowercased()
        let ways: [(Identity) -> Bool] = [
            { $0.uri == text }, { $0.user == text }, { $0.displayName?.lowercased() == folded },
        ]
        let found = ways.lazy.map { means in self.members.values.filter { means($0.identity) } }.first { !$0.isEmpty }
        let matches = (found ?? []).map(\.id).sorted()
        guard let first = matches.first else {
            throw Refusal(.unknownMember, "No member \(text) in conference \(name)")
        }
        guard matches.count == 1 else {
            let numbers = matches.map(\.description).joined(separator: ", ")
            throw Refusal(.ambiguousMember, "\(text) names several members of conference \(name): \(numbers)")
        }
        return first
    }

    private func role(of member: Member) -> MemberDetail.Role {
        if isCreator(member) { return .creator }
        return switch member.grant {
        case .moderator: .moderator
        case .presenter: .presenter
        case .attendee, nil: .member
        }
    }

    var lockedBy: String? {
        switch state {
        case .locked(let by): by
        case .open, .ended: nil
        }
    }

    /// Whether people who are not in it may see who is: where anybody may come in.
    package var isOpenToView: Bool { settings.pin == nil && !settings.waitsForModerator }

    /// Whether nobody may join.
    package var isLocked: Bool { lockedBy != nil }

    private func detail(of member: Member, _ clock: WallClock) -> MemberDetail {
        var detail = MemberDetail(
            id: member.id.description, displayName: member.identity.displayName, uri: member.identity.uri,
            role: role(of: member),
            state: member.isConnected ? .connected : member.isWaiting ? .waiting : .connecting,
            joined: clock.date(member.established ?? member.admitted), talking: member.isTalking, held: member.isHeld,
            muted: member.mute != nil, mutedBy: member.mute?.by.words, codec: member.media?.codec,
            remoteMedia: member.media?.remoteMedia, lossPercent: member.media?.lossPercent,
            jitterMilliseconds: member.media?.jitterMilliseconds,
            roundTripMilliseconds: member.media?.roundTripMilliseconds, levelDBov: member.media?.levelDBov,
            userAgent: member.userAgent, callID: member.callID, video: member.media?.video.map { self.detail(of: $0) })
        if member.handIsRaised { detail.handRaised = true }
        detail.quality = member.quality
        if member.isInvited { detail.wasCalled = true }
        return detail
    }
}
