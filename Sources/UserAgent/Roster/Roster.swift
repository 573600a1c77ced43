// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import SIP

/// Who is in a conference (RFC 4575).
public struct Roster: Hashable, Sendable {
    /// The conference's URI.
    public var conference: String
    /// Its name for people.
    public var name: String?
    /// Nobody may join.
    public var isLocked: Bool
    /// What is said is recorded now; a recording that pauses is none.
    public var isRecorded = false
    public var members: [Member]

    /// One device of somebody in the conference.
    public struct Member: Hashable, Sendable {
        public var name: String
        /// SIP address.
        public var uri: String
        /// What names the member among the talkers of the mix; nil where the focus does not say.
        public var sourceID: UInt32?
        public var isHeld: Bool
        /// Muted by the focus.
        public var isMuted: Bool
        /// Who muted the member, where the focus says.
        public var mutedBy: String?
        /// It wants to say something.
        public var handIsRaised = false
        /// How what comes from it fares, where that is not good: `fair` or `poor`.
        public var quality: String?
        /// Such as `creator`, `moderator`.
        public var roles: [String]
        /// Neither ringing nor on the way out.
        public var isConnected: Bool
        /// nil for somebody without video.
        public var camera: Picture?
        /// What is shared beside the camera; nil for nothing.
        public var screen: Picture?
        /// Whether this is us. Not set where another device of ours is there too and nothing tells them apart.
        public var isSelf: Bool

        /// A stream of pictures.
        public struct Picture: Hashable, Sendable {
            /// What names it among the streams that come; nil where the focus does not say.
            public var sourceID: UInt32?
            /// Whether there is anything to be seen.
            public var isSending: Bool

            public init(sourceID: UInt32?, isSending: Bool) {
                self.sourceID = sourceID
                self.isSending = isSending
            }
        }

        public init(
            name: String, uri: String, sourceID: UInt32? = nil, isHeld: Bool = false, isMuted: Bool = false,
            mutedBy: String? = nil, roles: [String] = [], isConnected: Bool = true, isSelf: Bool = false,
            camera: Picture? = nil, screen: Picture? = nil
        ) {
            self.name = name
            self.uri = uri
            self.sourceID = sourceID
            self.isHeld = isHeld
            self.isMuted = isMuted
            self.mutedBy = mutedBy
            self.roles = roles
            self.isConnected = isConnected
            self.isSelf = isSelf
            self.camera = camera
            self.screen = screen
        }
    }

    public init(conference: String, name: String? = nil, isLocked: Bool = false, members: [Member] = []) {
        self.conference = conference
        self.name = name
        self.isLocked = isLocked
        self.members = members
    }

    public func member(_ sourceID: UInt32) -> Member? {
        members.first { $0.sourceID == sourceID }
    }
}

extension Roster {
    /// - Parameters:
    ///   - ownURI: our address, as the focus sees it.
    ///   - ownContacts: what our Contact in the call may be, which tells our devices apart where the focus names them by theirs
    ///     (RFC 4575 §5.7.3).
    init(_ info: ConferenceInfo, ownURI: String, ownContacts: [SIPURI] = []) {
        var own: [Int] = []
        self.init(conference: info.entity, name: info.title, isLocked: info.locked ?? false)
        isRecorded = info.recording == .recording
        for user in info.users {
            for endpoint in user.endpoints {
                guard endpoint.status != .disconnected else { continue }
                if Self.isAny(endpoint.entity, of: ownContacts) { own.append(members.count) }
                let pictures = endpoint.media.filter { $0.type == "video" }
                let audio = endpoint.media.first { $0.type == "audio" && $0.sourceID != nil }
                var member = Member(
                    name: endpoint.displayText ?? user.displayText ?? Self.label(of: user.entity), uri: user.entity,
                    sourceID: audio?.sourceID,
                    isHeld: endpoint.status == .onHold, isMuted: endpoint.status == .mutedViaFocus,
                    mutedBy: endpoint.mutedBy, roles: user.roles,
                    isConnected: [.connected, .onHold, .mutedViaFocus].contains(endpoint.status),
                    camera: pictures.first { $0.displayText != "slides" }.map(Member.Picture.init),
                    screen: pictures.first { $0.displayText == "slides" }.map(Member.Picture.init))
                member.handIsRaised = endpoint.handIsRaised
                member.quality = endpoint.quality?.rawValue
                members.append(member)
            }
        }
        if own.isEmpty { own = members.indices.filter { members[$0].uri == ownURI } }
        if own.count == 1 { members[own[0]].isSelf = true }
    }

    private static func isAny(_ entity: String, of contacts: [SIPURI]) -> Bool {
        guard !contacts.isEmpty, let uri = try? SIPURI(parsing: entity) else { return false }
        return contacts.contains { contact in
            uri.decodedUser == contact.decodedUser && uri.host.lowercased() == contact.host.lowercased()
                && (uri.port ?? 5060) == (contact.port ?? 5060)
        }
    }

    /// The user part of an address, for somebody without a name.
    static func label(of uri: String) -> String {
        let bare = uri.hasPrefix("sip:") ? uri.dropFirst(4) : uri[...]
        return String(bare.split(separator: "@").first ?? bare)
    }
}

extension ConferenceInfo {
    /// What people call it: foci name a conference by the one or the other.
    var title: String? { displayText ?? subject }
}

extension Roster.Member.Picture {
    init(_ media: ConferenceInfo.Media) {
        self.init(
            sourceID: media.sourceID, isSending: media.status.map { ["sendrecv", "sendonly"].contains($0) } ?? true)
    }
}

/// One room in a host's list.
public struct ConferenceSummary: Hashable, Sendable {
    public var uri: String
    public var name: String
    public var memberCount: Int
    /// Members at most; nil where it is not limited.
    public var maximumMemberCount: Int?

    public init(uri: String, name: String, memberCount: Int, maximumMemberCount: Int? = nil) {
        self.uri = uri
        self.name = name
        self.memberCount = memberCount
        self.maximumMemberCount = maximumMemberCount
    }
}
