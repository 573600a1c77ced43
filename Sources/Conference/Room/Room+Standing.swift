// SPDX-License-Identifier: GPL-3.0-or-later

/// What a room knows of itself and of a member beside its call, for a focus that takes calls up again.
extension Room {
    package func standing(of id: MemberID) -> MemberStanding? {
        members[id].map { member in
            MemberStanding(
                isCreator: isCreator(member), grant: member.grant, mutedBy: member.mute?.by,
                muteRank: member.mute?.rank, lacksPIN: member.lacksPIN, handIsRaised: member.handIsRaised,
                volume: member.volume, hearing: member.hearing)
        }
    }

    /// When a member called, and when it came in.
    package func times(of id: MemberID) -> (admitted: ContinuousClock.Instant, connected: ContinuousClock.Instant?)? {
        members[id].map { ($0.admitted, $0.established) }
    }

    /// Makes a member, whose call has just been taken up again, what it was.
    ///
    /// - Parameters:
    ///   - admitted: When it called; nil: just now.
    ///   - connected: When it came in.
    mutating func restore(
        _ id: MemberID, _ standing: MemberStanding, admitted: ContinuousClock.Instant?,
        connected: ContinuousClock.Instant?
    ) -> [RoomEffect] {
        guard var member = members[id] else { return [] }
        let wasSilenced = member.isSilenced
        if let admitted { member.admitted = admitted }
        if let connected, member.isConnected { member.phase = .connected(since: connected) }
        member.mute = Member.Mute(standing)
        member.handIsRaised = standing.handIsRaised
        member.volume = standing.volume
        member.hearing = standing.hearing
        members[id] = member
        let silence = member.isSilenced == wasSilenced ? [] : [RoomEffect.silence(id, member.isSilenced)]
        return silence + loudness(of: member) + [changeRoster(.updated(id))]
    }

    /// What the media side does not know of a member that is new to it.
    func loudness(of member: Member) -> [RoomEffect] {
        var effects: [RoomEffect] = []
        if member.volume != 0 { effects.append(.volume(member.id, decibels: member.volume)) }
        if member.hearing != 0 {
            effects.append(.hearing(member.id, decibels: member.hearing * Self.hearingStep))
        }
        return effects
    }

    package var journal: RoomJournal {
        RoomJournal(
            name: name, id: id, creator: creator, banned: banned, lockedBy: lockedBy, video: chosenVideo,
            recording: recording, recordingKind: recordingKind)
    }

    /// Makes a room, whose calls have just been taken up again, what it was.
    mutating func restore(_ journal: RoomJournal) -> [RoomEffect] {
        guard !isOver else { return [] }
        let before = videoMode
        creator = journal.creator
        banned = journal.banned
        chosenVideo = journal.video
        if let by = journal.lockedBy { state = .locked(by: by) }
        var effects = [changeRoster(.room)]
        if videoMode != before { effects.append(.videoMode(videoMode)) }
        guard recording == nil, let state = journal.recording else { return effects }
        (recording, recordingKind) = (state, journal.recordingKind)
        let by = describe(.focus)
        effects.append(.recording(.start, as: recordingKind, by: by))
        if state == .paused { effects.append(.recording(.pause, as: recordingKind, by: by)) }
        return effects
    }
}
