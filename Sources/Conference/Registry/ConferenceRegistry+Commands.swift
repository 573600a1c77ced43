// SPDX-License-Identifier: GPL-3.0-or-later

/// Commands of people, by room name. nil means that it was so already.
extension ConferenceRegistry {
    /// Ends a conference for everybody; its name answers 410 from now on.
    package mutating func cancel(
        _ name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.cancel(by: requester, now: now) }
    }

    /// Removes a member.
    package mutating func kick(
        _ member: MemberID, from name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.kick(member, by: requester, now: now) }
    }

    /// Mutes a member, or lets it be heard again.
    package mutating func mute(
        _ member: MemberID, _ mutes: Bool, in name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in
            try mutes ? room.mute(member, by: requester) : room.unmute(member, by: requester)
        }
    }

    /// Locks a room, or lets people in again.
    package mutating func lock(
        _ name: String, _ locks: Bool, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in
            try locks ? room.lock(by: requester) : room.unlock(by: requester)
        }
    }

    /// Shows a room's cameras in another way.
    package mutating func showVideo(
        _ mode: VideoMode, in name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.showVideo(mode, by: requester) }
    }

    /// Raises a member's hand, or lowers it.
    package mutating func raiseHand(
        _ raises: Bool, of member: MemberID, in name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.raiseHand(raises, of: member, by: requester) }
    }

    /// Mutes everybody but those who lead.
    package mutating func muteAll(
        in name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.muteAll(by: requester) }
    }

    /// Removes a member for good.
    package mutating func ban(
        _ member: MemberID, from name: String, by requester: Requester, now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in try room.ban(member, by: requester, now: now) }
    }

    /// Makes something of a member.
    package mutating func giveRole(
        _ role: MemberRole, to member: MemberID, in name: String, by requester: Requester,
        now: ContinuousClock.Instant
    ) throws(Refusal) -> RoomStep? {
        try command(name, now) { room throws(Refusal) in
            try room.giveRole(role, to: member, by: requester, now: now)
        }
    }

    private mutating func command(
        _ name: String, _ now: ContinuousClock.Instant, _ verb: (inout Room) throws(Refusal) -> [RoomEffect]
    ) throws(Refusal) -> RoomStep? {
        _ = try room(name)
        return try step(room: name, now: now, verb)
    }
}
