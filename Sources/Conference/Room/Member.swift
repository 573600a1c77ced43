// SPDX-License-Identifier: GPL-3.0-or-later

/// One call in a room. Hidden inside `Room`; the outside sees `MemberDetail`.
struct Member: Hashable, Sendable {
    enum Phase: Hashable, Sendable {
        /// Admitted; the call is not established yet. Has a seat, but nobody sees it.
        case joining(deadline: ContinuousClock.Instant)
        /// In the room since then.
        case connected(since: ContinuousClock.Instant)
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
    var mute: Mute?
    var isHeld = false
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
        case .joining: false
        case .connected: true
        }
    }

    var established: ContinuousClock.Instant? {
        switch phase {
        case .joining: nil
        case .connected(let since): since
        }
    }

    /// Whether what it sends is kept out of the mix.
    var isSilenced: Bool { isHeld || mute != nil }
}
