// SPDX-License-Identifier: GPL-3.0-or-later

/// What a server transaction wants done, in order.
enum ServerTransactionAction: Hashable, Sendable {
    case transmit(SIPResponse)
    /// An ACK that came while a 2xx is out: it belongs to the dialog (RFC 6026 §7.1).
    case deliverACK(SIPRequest)
    /// No ACK came for a final response other than 2xx (timer H).
    case unacknowledged
}

/// The INVITE server transaction (RFC 3261 §17.2.1 as changed by RFC 6026, Figure 7).
///
///     Proceeding ---300-699---> Completed ---ACK---> Confirmed ---I---> Terminated
///         |                         '--H--> Terminated
///         '--2xx--> Accepted ---L---> Terminated
///
/// A transport error changes no state (RFC 6026 §7.1). Retransmissions of a 2xx come from the user of the transaction.
struct InviteServerTransaction: Sendable {
    private enum State: Sendable {
        /// `trying`: when a 100 is due if the user stays silent.
        case proceeding(last: SIPResponse?, trying: ContinuousClock.Instant?)
        case completed(
            SIPResponse, retransmit: ContinuousClock.Instant?, interval: Duration, giveUp: ContinuousClock.Instant)
        case confirmed(until: ContinuousClock.Instant)
        case accepted(until: ContinuousClock.Instant)
        case terminated
    }

    let request: SIPRequest
    private let timers: SIPTimers
    private let reliable: Bool
    private var state: State
    /// The To tag of the last response that had one, for the answer to a CANCEL.
    private(set) var toTag: String?

    init(request: SIPRequest, timers: SIPTimers, reliable: Bool, now: ContinuousClock.Instant) {
        self.request = request
        self.timers = timers
        self.reliable = reliable
        state = .proceeding(last: nil, trying: now + timers.trying)
    }

    var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether a final response is still to come, so that a CANCEL has an effect (§9.2).
    var isProceeding: Bool {
        if case .proceeding = state { true } else { false }
    }

    var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .proceeding(_, let trying): trying
        case .completed(_, let retransmit, _, let giveUp): min(retransmit ?? giveUp, giveUp)
        case .confirmed(let until): until
        case .accepted(let until): until
        case .terminated: nil
        }
    }

    mutating func receivedRetransmission() -> [ServerTransactionAction] {
        switch state {
        case .proceeding(let last, _): last.map { [.transmit($0)] } ?? []
        case .completed(let response, _, _, _): [.transmit(response)]
        case .confirmed, .accepted, .terminated: []
        }
    }

    mutating func receivedACK(_ ack: SIPRequest, now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        switch state {
        case .completed:
            // Timer I is zero over a reliable transport.
            state = reliable ? .terminated : .confirmed(until: now + timers.t4)
            return []
        case .accepted:
            return [.deliverACK(ack)]
        case .proceeding, .confirmed, .terminated:
            return []
        }
    }

    mutating func respond(_ response: SIPResponse, now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        switch state {
        case .proceeding:
            if let tag = response.to?.tag { toTag = tag }
            switch response.status {
            case ..<200:
                state = .proceeding(last: response, trying: nil)
            case 200..<300:
                state = .accepted(until: now + timers.transaction)
            default:
                state = .completed(
                    response, retransmit: reliable ? nil : now + timers.t1, interval: timers.t1,
                    giveUp: now + timers.transaction)
            }
            return [.transmit(response)]
        case .accepted:
            return response.isSuccess ? [.transmit(response)] : []
        case .completed, .confirmed, .terminated:
            return []
        }
    }

    mutating func fire(now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        switch state {
        case .proceeding(let last, let trying):
            guard let trying, trying <= now else { return [] }
            let response = last ?? SIPResponse(to: request, status: 100)
            state = .proceeding(last: response, trying: nil)
            return [.transmit(response)]
        case .completed(let response, let retransmit, let interval, let giveUp):
            guard now < giveUp else {
                state = .terminated
                return [.unacknowledged]
            }
            guard let retransmit, retransmit <= now else { return [] }
            let next = min(interval * 2, timers.t2)
            state = .completed(response, retransmit: now + next, interval: next, giveUp: giveUp)
            return [.transmit(response)]
        case .confirmed(let until), .accepted(let until):
            if until <= now { state = .terminated }
            return []
        case .terminated:
            return []
        }
    }
}
