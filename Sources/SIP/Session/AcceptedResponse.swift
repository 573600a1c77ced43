// SPDX-License-Identifier: GPL-3.0-or-later

/// A 2xx of ours to an INVITE, sent again until its ACK comes, over every transport (RFC 3261 §13.3.1.4).
///
///     waiting -- ACK --> done
///      |  ^ T1, 2*T1 ... at most T2: retransmit
///      +--+
///      +-- 64*T1 --> gave up (then BYE)
struct AcceptedResponse: Sendable {
    enum Due: Sendable {
        case retransmit(SIPResponse)
        case gaveUp
    }

    let response: SIPResponse
    /// The number of the INVITE, and so of the ACK.
    let sequenceNumber: UInt32
    /// The transaction of the INVITE.
    let transaction: ServerTransactionID
    /// Whether the 2xx carried an offer, so that the ACK has to bring the answer.
    let carriesOffer: Bool
    /// Whether this was the first INVITE of the session.
    let isInitial: Bool

    private let t2: Duration
    private var interval: Duration
    private var sendAt: ContinuousClock.Instant
    private let giveUpAt: ContinuousClock.Instant

    init(
        _ response: SIPResponse, sequenceNumber: UInt32, transaction: ServerTransactionID, carriesOffer: Bool,
        isInitial: Bool, timers: SIPTimers, now: ContinuousClock.Instant
    ) {
        self.response = response
        self.sequenceNumber = sequenceNumber
        self.transaction = transaction
        self.carriesOffer = carriesOffer
        self.isInitial = isInitial
        t2 = timers.t2
        interval = timers.t1
        sendAt = now + timers.t1
        giveUpAt = now + timers.t1 * 64
    }

    var nextDeadline: ContinuousClock.Instant {
        min(sendAt, giveUpAt)
    }

    mutating func fire(now: ContinuousClock.Instant) -> Due? {
        if now >= giveUpAt { return .gaveUp }
        guard now >= sendAt else { return nil }
        interval = min(interval * 2, t2)
        sendAt = now + interval
        return .retransmit(response)
    }
}
