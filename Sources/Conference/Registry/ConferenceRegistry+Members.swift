// SPDX-License-Identifier: GPL-3.0-or-later

/// Reports about members, by member alone. nil means that nothing follows: no change, or the member has left already.
extension ConferenceRegistry {
    /// The call is established (ACK seen).
    package mutating func established(_ member: MemberID, now: ContinuousClock.Instant) -> RoomStep? {
        step(member, now: now) { $0.established(member, now: now) }
    }

    /// The call has ended, or came to nothing.
    package mutating func leave(
        _ member: MemberID, _ departure: Departure, now: ContinuousClock.Instant
    ) -> RoomStep? {
        step(member, now: now) { $0.leave(member, departure, now: now) }
    }

    /// No RTP came for the configured time. Nothing follows for a held member.
    package mutating func mediaLost(_ member: MemberID, now: ContinuousClock.Instant) -> RoomStep? {
        step(member, now: now) { $0.mediaLost(member, now: now) }
    }

    /// A call that was taken up again: its member is what it was.
    package mutating func restore(
        _ member: MemberID, _ standing: MemberStanding, admitted: ContinuousClock.Instant? = nil,
        connected: ContinuousClock.Instant? = nil, now: ContinuousClock.Instant
    ) -> RoomStep? {
        step(member, now: now) { $0.restore(member, standing, admitted: admitted, connected: connected) }
    }

    /// A room whose calls were taken up again is what it was; nil where it is over.
    ///
    /// - Parameter successors: As for a member's home.
    package mutating func restore(
        _ journal: RoomJournal, successors: [RoomID: RoomID], now: ContinuousClock.Instant
    ) -> RoomStep? {
        guard rooms[journal.name]?.id == successor(of: journal.id, journal.name, successors) else { return nil }
        return step(room: journal.name, now: now) { $0.restore(journal) }
    }

    /// The member put its call on hold, or took it up again.
    package mutating func hold(_ member: MemberID, _ holds: Bool, now: ContinuousClock.Instant) -> RoomStep? {
        step(member, now: now) { holds ? $0.hold(member) : $0.resume(member) }
    }

    /// The recording of a room is over.
    package mutating func recordingEnded(in room: String, now: ContinuousClock.Instant) -> RoomStep? {
        step(room: room, now: now) { $0.recordingEnded() }
    }

    /// The member's camera or screen came, went, or was switched off or on.
    package mutating func videoChanged(_ member: MemberID, now: ContinuousClock.Instant) -> RoomStep? {
        step(member, now: now) { $0.videoChanged(member) }
    }

    /// The mixer hears the member talk, or no longer.
    package mutating func talking(_ member: MemberID, _ talks: Bool, now: ContinuousClock.Instant) -> RoomStep? {
        step(member, now: now) { $0.talking(member, talks) }
    }

    /// The member pressed a key (`Room.dtmf`).
    package mutating func dtmf(
        _ member: MemberID, key: Character, isBlocked: Bool, now: ContinuousClock.Instant
    ) -> RoomStep? {
        step(member, now: now) { $0.dtmf(member, key: key, isBlocked: isBlocked, now: now) }
    }

    /// What the media side last measured.
    package mutating func report(
        _ member: MemberID, _ report: MediaReport, now: ContinuousClock.Instant
    ) -> RoomStep? {
        step(member, now: now) { $0.report(member, report) }
    }
}
