// SPDX-License-Identifier: GPL-3.0-or-later

/// The two ways out that everything else comes down to: one member goes, or the room ends for all.
extension Room {
    /// Takes one member out.
    mutating func remove(_ id: MemberID, _ cause: LeaveCause, now: ContinuousClock.Instant) -> [RoomEffect] {
        guard var member = members.removeValue(forKey: id) else { return [] }
        let isMoved = if case .moved = cause { true } else { false }
        var effects: [RoomEffect] = [isMoved ? .detachMedia(id) : .disconnectMedia(id)]
        if let reason = cause.hangUp { effects.append(.hangUp(id, reason)) }
        if member.isConnected {
            connectedCount -= 1
            effects.append(changeRoster(.left(id)))
            if settings.chimes, connectedCount > 0 { effects.append(.chime(.left)) }
            effects += updateLoneMember()
            effects += stopTalking(&member)
            effects.append(.event(event(.memberLeft, member, by: cause.detail, detail: cause.code)))
        }
        effects.append(.record(record(of: member, cause, now: now)))
        effects.append(log(.info, "member left", of: member, leaveFields(cause)))
        // Who leads and looks in on another room has not left the meeting.
        if settings.endsWithCreator, !isMoved, member.isConnected, isCreator(member), !creatorIsPresent {
            return effects + end(.creatorLeft, cause: .creatorLeft, by: nil, now: now)
        }
        if settings.endsWithModerator, !isMoved, member.isConnected, isModerator(member), !moderatorIsPresent {
            return effects + end(.moderatorLeft, cause: .moderatorLeft, by: nil, now: now)
        }
        if members.isEmpty, origin != .operator {
            return effects + end(.empty, cause: cause, by: nil, now: now)
        }
        return effects
    }

    /// Ends a room that was made for people who have not come.
    mutating func endUnused(now: ContinuousClock.Instant) -> [RoomEffect] {
        guard members.isEmpty, origin != .operator else { return [] }
        return end(.empty, cause: .departed(.abandoned), by: nil, now: now)
    }

    /// Ends the room for everybody. All legs are cut before the first BYE, so nobody hears half a room go; and subscribers are told
    /// before it, for a subscription in a call's own dialog ends with the call.
    mutating func end(
        _ end: RoomEnd, cause: LeaveCause, by: String?, now: ContinuousClock.Instant
    ) -> [RoomEffect] {
        guard !isOver else { return [] }
        let gone = members.values.sorted { $0.id < $1.id }
        state = .ended(end)
        members = [:]
        connectedCount = 0
        lone = nil
        var effects = gone.map { RoomEffect.disconnectMedia($0.id) }
        effects.append(.rosterEnded)
        if let reason = cause.hangUp { effects += gone.map { .hangUp($0.id, reason) } }
        effects.append(.event(RoomEvent(.roomEnded, by: by, detail: end.code)))
        effects += gone.map { .record(record(of: $0, cause, now: now)) }
        var fields = ["reason": end.code, "members": String(gone.count)]
        fields["by"] = by
        effects.append(log(.info, "room ended", fields))
        effects.append(.ended(end))
        return effects
    }

    /// Whether this member is the creator: its very call, or another call of the same person. Two phones of one house may
    /// give the same name, so while the creator's call stands, another one counts only where a password has proven it.
    func isCreator(_ member: Member) -> Bool {
        if member.id == creatorMember { return true }
        guard let creator, member.identity.isSamePerson(as: creator) else { return false }
        return member.identity.isProven || creatorMember.flatMap { members[$0] } == nil
    }

    private var creatorIsPresent: Bool { members.values.contains { $0.isConnected && isCreator($0) } }

    /// Starts or ends the music of a member who is alone.
    mutating func updateLoneMember() -> [RoomEffect] {
        var alone: MemberID?
        if settings.loneMemberMusic, connectedCount == 1 {
            alone = lone.flatMap { members[$0]?.isConnected == true ? $0 : nil }
            alone = alone ?? members.values.first(where: \.isConnected)?.id
        }
        guard alone != lone else { return [] }
        let hadLeft = lone.map { members[$0] == nil } ?? false
        lone = alone
        // Music for somebody whose leg is gone has ended with the leg.
        return alone == nil && hadLeft ? [] : [.loneMember(alone)]
    }

    private func record(of member: Member, _ cause: LeaveCause, now: ContinuousClock.Instant) -> CallRecord {
        CallRecord(
            room: name, roomID: id, member: member.id, identity: member.identity, callID: member.callID,
            userAgent: member.userAgent, admitted: member.admitted, established: member.established, ended: now,
            cause: cause, media: member.media)
    }

    private func leaveFields(_ cause: LeaveCause) -> [String: String] {
        var fields = ["cause": cause.code, "members": String(connectedCount)]
        fields["detail"] = cause.detail
        return fields
    }
}
