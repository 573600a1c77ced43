// SPDX-License-Identifier: GPL-3.0-or-later

/// What a conference event package notification says (RFC 4575 §5): the conference, its state and its users.
package struct ConferenceInfo: Hashable, Sendable {
    /// Whether an element is the whole truth, a change to it, or its end (RFC 4575 §4.4).
    package enum Scope: String, Hashable, Sendable {
        case full
        case partial
        case deleted
    }

    /// The conference URI.
    package var entity: String
    package var scope: Scope
    /// Grows by one a notification of one subscription (RFC 4575 §4.4).
    package var version: UInt32
    /// The name for people, e.g. the room's.
    package var displayText: String?
    /// What it is about, which some clients show in place of a name: Linphone knows no other.
    package var subject: String?
    /// Members at most; nil where it is not limited.
    package var maximumUserCount: Int?
    package var userCount: Int?
    /// Whether media is mixed now.
    package var active: Bool?
    /// Whether nobody may join.
    package var locked: Bool?
    /// This project's extension: what is said is recorded; nil: not, or not told.
    package var recording: RecordingState?
    package var users: [User]

    package init(
        entity: String, scope: Scope = .full, version: UInt32 = 1, displayText: String? = nil,
        subject: String? = nil, maximumUserCount: Int? = nil, userCount: Int? = nil, active: Bool? = nil,
        locked: Bool? = nil, users: [User] = []
    ) {
        self.entity = entity
        self.scope = scope
        self.version = version
        self.displayText = displayText
        self.subject = subject
        self.maximumUserCount = maximumUserCount
        self.userCount = userCount
        self.active = active
        self.locked = locked
        self.users = users
    }
}

extension ConferenceInfo {
    /// One participant (RFC 4575 §5.6).
    package struct User: Hashable, Sendable {
        /// The user's SIP URI, unique in the conference.
        package var entity: String
        package var scope: Scope
        package var displayText: String?
        /// E.g. `creator`, `participant` (RFC 4575 §5.6.3).
        package var roles: [String]
        package var endpoints: [Endpoint]

        package init(
            entity: String, scope: Scope = .full, displayText: String? = nil, roles: [String] = [],
            endpoints: [Endpoint] = []
        ) {
            self.entity = entity
            self.scope = scope
            self.displayText = displayText
            self.roles = roles
            self.endpoints = endpoints
        }
    }

    /// One device of a user (RFC 4575 §5.7).
    package struct Endpoint: Hashable, Sendable {
        /// RFC 4575 §5.7.3.
        package enum Status: String, Hashable, Sendable {
            case pending
            case dialingOut = "dialing-out"
            case dialingIn = "dialing-in"
            case alerting
            case onHold = "on-hold"
            case connected
            case mutedViaFocus = "muted-via-focus"
            case disconnecting
            case disconnected
        }

        /// The device's contact URI, or another URI unique in the conference.
        package var entity: String
        package var scope: Scope
        /// The device's own name, where its user has several.
        package var displayText: String?
        package var status: Status
        /// `dialed-in` or `dialed-out` (RFC 4575 §5.7.4).
        package var joiningMethod: String?
        /// When the endpoint joined, RFC 3339.
        package var joined: String?
        package var media: [Media]
        /// This project's extension: who muted the member, for people; nil when it is not muted.
        package var mutedBy: String?
        /// This project's extension: it wants to say something.
        package var handIsRaised = false
        /// This project's extension: it is heard talking.
        package var isTalking = false
        /// This project's extension: how what comes from it fares, where that is not good.
        package var quality: CallQuality?

        package init(
            entity: String, scope: Scope = .full, displayText: String? = nil, status: Status,
            joiningMethod: String? = nil, joined: String? = nil, media: [Media] = [], mutedBy: String? = nil
        ) {
            self.entity = entity
            self.scope = scope
            self.displayText = displayText
            self.status = status
            self.joiningMethod = joiningMethod
            self.joined = joined
            self.media = media
            self.mutedBy = mutedBy
        }
    }

    /// One media stream of an endpoint (RFC 4575 §5.8).
    package struct Media: Hashable, Sendable {
        /// Unique in the endpoint.
        package var id: String
        /// `slides` for a shared screen; nil for what needs no other word than its type.
        package var displayText: String?
        /// `audio`, `video`, ...
        package var type: String
        /// The SDP `label` of the stream (RFC 4574), where it has one.
        package var label: String?
        /// The SSRC that names this member among the mix's contributing sources (RFC 4575 §5.8.4).
        package var sourceID: UInt32?
        /// `sendrecv`, `sendonly`, `recvonly` or `inactive`, seen from the endpoint.
        package var status: String?

        package init(
            id: String, displayText: String? = nil, type: String, label: String? = nil, sourceID: UInt32? = nil,
            status: String? = nil
        ) {
            self.id = id
            self.displayText = displayText
            self.type = type
            self.label = label
            self.sourceID = sourceID
            self.status = status
        }
    }

    /// The body's media type.
    package static let contentType = "application/conference-info+xml"
    /// The namespace of RFC 4575 §5.1.
    package static let namespace = "urn:ietf:params:xml:ns:conference-info"
    /// The namespace of this project's extension elements.
    package static let extensionNamespace = "urn:confab:xml:ns:conference-state:1"
}

/// How a call fares, in a word that changes seldom.
package enum CallQuality: String, Hashable, Sendable, Codable {
    case good
    case fair
    case poor

    /// - Parameters:
    ///   - lossPercent: Packets that did not arrive in time.
    ///   - before: What it was: a little better or worse does not change the word.
    package init(lossPercent: Double, before: CallQuality?) {
        let slack = 0.5
        switch lossPercent {
        case _ where lossPercent < 2 - (before == .good || before == nil ? 0 : slack): self = .good
        case _ where lossPercent < 2 + slack && before == .good: self = .good
        case _ where lossPercent < 8 + (before == .poor ? -slack : slack): self = .fair
        default: self = .poor
        }
    }
}
