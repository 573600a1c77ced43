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
    enum Wait: Hashable, Sendable {
        /// The right digits, so many keys so far, after so many failures.
        case pin(digits: String, failures: Int, deadline: ContinuousClock.Instant)
        case moderator
    }

    /// Who muted the member, and with which rank: only the same rank or a higher one may lift it.
    struct Mute: Hashable, Sendable {
        let by: String
        let rank: Rank
    }

    let id: MemberID
    let identity: Identity
    let callID: String
    let userAgent: String?
    let admitted: ContinuousClock.Instant
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
    var media: MediaReport?
    var menu = TouchToneMenu()

    init(id: MemberID, request: JoinRequest, now: ContinuousClock.Instant, deadline: ContinuousClock.Instant) {
        self.id = id
        identity = request.identity
        callID = request.callID
        userAgent = request.userAgent
        admitted = now
        phase = .joining(deadline: deadline)
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
        case .joining(let deadline), .waiting(.pin(_, _, let deadline)): deadline
        case .waiting(.moderator), .connected: nil
        }
    }

    /// Whether its call is up and it is not in the room yet.
    var isWaiting: Bool {
        if case .waiting = phase { true } else { false }
    }

    /// Whether what it sends is kept out of the mix.
    var isSilenced: Bool { isHeld || mute != nil }
}
