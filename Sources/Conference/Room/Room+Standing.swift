// SPDX-License-Identifier: GPL-3.0-or-later

/// What a room knows of a member beside its call, for a focus that takes calls up again.
extension Room {
    package func standing(of id: MemberID) -> MemberStanding? {
        members[id].map { member in
            MemberStanding(
                isCreator: isCreator(member), grant: member.grant, mutedBy: member.mute?.by,
                muteRank: member.mute?.rank,
                lockedBy: lockedBy, lacksPIN: member.lacksPIN, recording: recording, recordingKind: recordingKind)
        }
    }

    /// Makes a member, whose call has just been taken up again, what it was.
    mutating func restore(_ id: MemberID, _ standing: MemberStanding) -> [RoomEffect] {
        guard var member = members[id] else { return [] }
        let wasSilenced = member.isSilenced
        member.mute = standing.mutedBy.map { Member.Mute(by: $0, rank: standing.muteRank ?? .member) }
        members[id] = member
        if let lockedBy = standing.lockedBy, case .open = state { state = .locked(by: lockedBy) }
        let effects = restoreRecording(standing)
        guard member.isSilenced != wasSilenced else { return effects }
        return effects + [.silence(id, member.isSilenced), changeRoster(.updated(id))]
    }

    /// Goes on recording, where the room was recorded.
    private mutating func restoreRecording(_ standing: MemberStanding) -> [RoomEffect] {
        guard recording == nil, !isOver, let state = standing.recording else { return [] }
        (recording, recordingKind) = (state, standing.recordingKind)
        let by = describe(.focus)
        let start = RoomEffect.recording(.start, as: recordingKind, by: by)
        let pause = RoomEffect.recording(.pause, as: recordingKind, by: by)
        return [changeRoster(.room), start] + (state == .paused ? [pause] : [])
    }
}
