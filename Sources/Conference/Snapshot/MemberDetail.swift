// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// One member as operators see it. Optional fields are absent until they are known.
package struct MemberDetail: Hashable, Sendable, Codable {
    package enum Role: String, Hashable, Sendable, Codable {
        case creator
        case moderator
        case presenter
        case member
    }

    package enum State: String, Hashable, Sendable, Codable {
        /// Its call is being set up.
        case connecting
        /// Its call is up; it has to enter a PIN, or a moderator is to come.
        case waiting
        case connected
    }

    /// Short, typable, never given twice while the focus runs.
    package var id: String
    package var displayName: String?
    /// SIP URI, the address of record.
    package var uri: String
    package var role: Role
    package var state: State
    /// When its call was established; when it was admitted, while `connecting`.
    package var joined: Date
    package var talking: Bool
    package var held: Bool
    package var muted: Bool
    /// Who muted it: `self`, a member's name, or `operator NAME`.
    package var mutedBy: String?
    /// How what comes from it fares; nil while nothing was measured.
    package var quality: CallQuality?
    /// The focus has called it.
    package var wasCalled: Bool?
    /// The file that it plays; nil for people.
    package var plays: String?
    /// It wants to say something; absent for no.
    package var handRaised: Bool?
    package var codec: String?
    /// Where its RTP goes, `host:port`.
    package var remoteMedia: String?
    /// Percent of its packets lost or late, over the last reporting interval.
    package var lossPercent: Double?
    package var jitterMilliseconds: Double?
    package var roundTripMilliseconds: Double?
    /// Level of what it sends, dBov: 0 is full scale, -127 silence.
    package var levelDBov: Double?
    package var video: VideoDetail?
    package var userAgent: String?
    package var callID: String

    package init(
        id: String, displayName: String?, uri: String, role: Role, state: State, joined: Date, talking: Bool,
        held: Bool, muted: Bool, mutedBy: String?, codec: String?, remoteMedia: String?, lossPercent: Double?,
        jitterMilliseconds: Double?, roundTripMilliseconds: Double?, levelDBov: Double?, userAgent: String?,
        callID: String, video: VideoDetail? = nil
    ) {
        self.id = id
        self.displayName = displayName
        self.uri = uri
        self.role = role
        self.state = state
        self.joined = joined
        self.talking = talking
        self.held = held
        self.muted = muted
        self.mutedBy = mutedBy
        self.codec = codec
        self.remoteMedia = remoteMedia
        self.lossPercent = lossPercent
        self.jitterMilliseconds = jitterMilliseconds
        self.roundTripMilliseconds = roundTripMilliseconds
        self.levelDBov = levelDBov
        self.video = video
        self.userAgent = userAgent
        self.callID = callID
    }
}
