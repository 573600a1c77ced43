// SPDX-License-Identifier: GPL-3.0-or-later

/// What a room knows of a member beside its call, for a focus that takes calls up again.
extension Room {
    package func standing(of id: MemberID) -> MemberStanding? {
        members[id].map { member in
            MemberStanding(
                isCreator: isCreator(member), grant: member.grant, mutedBy: member.mute?.by,
                muteRank: member.mute?.rank,
                lockedBy: lockedBy, lacksPIN: member.lacksPIN)
        }
    }

    /// Makes a member, whose call has just been taken up again, what it was.
    mutating func restore(_ id: MemberID, _ standing: MemberStanding) -> [RoomEffect] {
        guard var member = members[id] else { return [] }
        let wasSilenced = member.isSilenced
        member.mute = standing.mutedBy.map { Member.Mute(by: $0, rank: standing.muteRank ?? .member) }
        members[id] = member
        if let lockedBy = standing.lockedBy, case .open = state { state = .locked(by: lockedBy) }
        guard member.isSilenced != wasSilenced else { return [] }
        return [.silence(id, member.isSilenced), changeRoster(.updated(id))]
    }
}
