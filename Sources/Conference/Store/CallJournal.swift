// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// What is needed to take a call up again where a focus was killed.
package struct CallJournal: Hashable, Sendable, Codable {
    /// Names the dialog.
    package var key: String
    package var room: String
    /// Which room it was of those that had that name one after the other.
    package var roomID: RoomID?
    /// Where it was taken from.
    package var home: MemberHome?
    /// The INVITE that began it, as it came.
    package var invite: Data
    package var localTag: String
    package var flow: StoredFlow
    /// RTP ports of ours, in the order in which they were opened.
    package var ports: [UInt16]
    /// The peer's last offer, where it has made others than that of the INVITE.
    package var offer: Data?
    package var displayName: String?
    package var user: String?
    package var host: String
    package var scheme: String
    package var source: String?
    package var isCreator: Bool
    package var grant: MemberRole?
    /// `MuteSource.code`.
    package var mutedBy: String?
    /// `Rank` of who muted it.
    package var muteRank: Int?
    /// Whether it was still asked for the PIN.
    package var lacksPIN: Bool?
    package var handIsRaised: Bool?
    package var volume: Int?
    package var hearing: Int?
    /// The CSeq of our last request in the dialog.
    package var sequence: UInt32?
    package var member: MemberID?
    package var admitted: Date?
    /// When it came into the room; nil while it waits outside.
    package var connected: Date?
    /// When this was written.
    package var established: Date

    package init(
        key: String, room: String, roomID: RoomID?, home: MemberHome?, invite: Data, localTag: String,
        flow: StoredFlow, ports: [UInt16],
        offer: Data?, identity: Identity,
        standing: MemberStanding, established: Date
    ) {
        self.key = key
        self.room = room
        self.roomID = roomID
        self.home = home
        self.invite = invite
        self.localTag = localTag
        self.flow = flow
        self.ports = ports
        self.offer = offer
        displayName = identity.displayName
        user = identity.user
        host = identity.host
        scheme = identity.scheme
        source = identity.source
        isCreator = standing.isCreator
        grant = standing.grant
        mutedBy = standing.mutedBy?.code
        muteRank = standing.muteRank?.rawValue
        lacksPIN = standing.lacksPIN
        handIsRaised = standing.handIsRaised
        volume = standing.volume
        hearing = standing.hearing
        self.established = established
    }

    package var identity: Identity {
        Identity(displayName: displayName, user: user, host: host, scheme: scheme, source: source)
    }

    package var standing: MemberStanding {
        MemberStanding(
            isCreator: isCreator, grant: grant, mutedBy: mutedBy.flatMap(MuteSource.init(code:)),
            muteRank: muteRank.flatMap(Rank.init(rawValue:)), lacksPIN: lacksPIN ?? true,
            handIsRaised: handIsRaised ?? false, volume: volume ?? 0, hearing: hearing ?? 0)
    }
}

/// What a member is in its room, and what was done to it.
package struct MemberStanding: Hashable, Sendable {
    package var isCreator: Bool
    package var grant: MemberRole?
    package var mutedBy: MuteSource?
    package var muteRank: Rank?
    package var lacksPIN: Bool
    package var handIsRaised: Bool
    /// `Member.volume` and `Member.hearing`.
    package var volume: Int
    package var hearing: Int

    package init(
        isCreator: Bool, grant: MemberRole?, mutedBy: MuteSource?, muteRank: Rank?, lacksPIN: Bool,
        handIsRaised: Bool = false, volume: Int = 0, hearing: Int = 0
    ) {
        self.isCreator = isCreator
        self.grant = grant
        self.mutedBy = mutedBy
        self.muteRank = muteRank
        self.lacksPIN = lacksPIN
        self.handIsRaised = handIsRaised
        self.volume = volume
        self.hearing = hearing
    }
}

/// Where a member was before it was taken to another room, and what it was there.
package struct MemberHome: Hashable, Sendable, Codable {
    package var name: String
    package var room: RoomID
    package var isCreator: Bool
    package var grant: MemberRole?

    init(name: String, room: RoomID, standing: MemberStanding) {
        self.name = name
        self.room = room
        isCreator = standing.isCreator
        grant = standing.grant
    }
}
