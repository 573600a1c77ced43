// SPDX-License-Identifier: GPL-3.0-or-later

/// One call in a room. Hidden inside `Room`; the outside sees `MemberDetail`.
struct Member: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// Admitted; the call is not established yet. Has a seat, but nobody sees it.
        case joining(deadline: ContinuousClock.Instant)
        /// The call is established, and the member waits: apart, unseen and unheard.
        case waiting(Wait)
        /// In the room since then.
        case connected(since: ContinuousClock.Instant)
    }

    /// What a member waits for.
    struct Wait: Hashable, Sendable {
        enum Reason: Hashable, Sendable {
            /// The right digits.
            case pin(deadline: ContinuousClock.Instant)
            /// Somebody who leads; the moderators' digits let in as well.
            case moderator
        }

        let reason: Reason
        /// Keys so far.
        var digits = ""
        /// Wrong PINs so far.
        var failures = 0
    }

    /// Who muted the member, and with which rank: only the same rank or a higher one may lift it.
    struct Mute: Hashable, Sendable {
        let by: MuteSource
        let rank: Rank

        init(by: MuteSource, rank: Rank) {
            (self.by, self.rank) = (by, rank)
        }

        /// nil where there was none.
        init?(_ standing: MemberStanding) {
            guard let by = standing.mutedBy else { return nil }
            self.init(by: by, rank: standing.muteRank ?? .member)
        }
    }

    let id: MemberID
    let identity: Identity
    let callID: String
    let userAgent: String?
    var admitted: ContinuousClock.Instant
    var phase: Phase
    /// The digits that came with the call were not right, and some are needed.
    var lacksPIN = false
    /// What a moderator, or the moderators' PIN, made of it.
    var grant: MemberRole?
    var mute: Mute?
    var isHeld = false
    /// It wants to say something.
    var handIsRaised = false
    var isTalking = false
    /// The roster says that it talks.
    var isShownTalking = false
    var media: MediaReport?
    /// nil until something was measured.
    var quality: CallQuality?
    /// The focus has called it.
    let isInvited: Bool
    var menu = TouchToneMenu()
    /// Decibels by which it is louder in the room.
    var volume = 0
    /// Steps by which it hears the others louder.
    var hearing = 0

    init(id: MemberID, request: JoinRequest, now: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
        self.id = id
        identity = request.identity
        callID = request.callID
        userAgent = request.userAgent
        isInvited = request.isInvited && request.standing == nil
        admitted = now
        phase = .joining(deadline: deadline)
    }

    /// The same call, in another room. Rights and a raised hand belong to the room that it comes from.
    init(moving member: Member, now: ContinuousClock.Instant) {
        self = member
        admitted = now
        phase = .joining(deadline: now)
        grant = nil
        // What a room has muted by its rules is its own affair.
        if member.mute?.by == .rules { mute = nil }
        handIsRaised = false
        isTalking = false
        isShownTalking = false
        menu = TouchToneMenu()
    }

    var isConnected: Bool {
        switch phase {
        case .joining, .waiting: false
        case .connected: true
        }
    }

    var established: ContinuousClock.Instant? {
        switch phase {
        case .joining, .waiting: nil
        case .connected(let since): since
        }
    }

    /// When it must have come in.
    var deadline: ContinuousClock.Instant? {
        switch phase {
        case .joining(let deadline): deadline
        case .waiting(let wait): if case .pin(let deadline) = wait.reason { deadline } else { nil }
        case .connected: nil
        }
    }

    /// Whether its call is up and it is not in the room yet.
    var isWaiting: Bool {
        if case .waiting = phase { true } else { false }
    }

    /// Whether it has all that it needs but somebody who leads.
    var waitsForModerator: Bool {
        if case .waiting(let wait) = phase { wait.reason == .moderator } else { false }
    }

    /// Whether what it sends is kept out of the mix.
    var isSilenced: Bool { isHeld || mute != nil }
}

/// Who muted a member.
package enum MuteSource: Hashable, Sendable {
    case oneself
    /// The rules of the room: newcomers, or an audience.
    case rules
    /// As reasons and logs name who it was.
    case person(String)

    /// For people.
    package var words: String {
        switch self {
        case .oneself: "self"
        case .rules: "the room"
        case .person(let name): name
        }
    }

    /// For the journal: a person may have any name.
    package var code: String {
        switch self {
        case .oneself: "self"
        case .rules: "rules"
        case .person(let name): "by \(name)"
        }
    }

    package init?(code: String) {
        switch code {
        case "self": self = .oneself
        case "rules": self = .rules
        case _ where code.hasPrefix("by "): self = .person(String(code.dropFirst(3)))
        default: return nil
        }
    }
}
