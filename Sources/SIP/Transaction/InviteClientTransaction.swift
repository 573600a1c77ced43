// SPDX-License-Identifier: GPL-3.0-or-later

/// What a client transaction wants done, in order.
enum ClientTransactionAction: Hashable, Sendable {
    case transmit(SIPRequest)
    case deliver(SIPResponse)
    case timeout
    case transportError
}

/// The INVITE client transaction (RFC 3261 §17.1.1 as changed by RFC 6026, Figure 5).
///
///     Calling ---1xx---> Proceeding ---300-699: ACK---> Completed ---D---> Terminated
///        |  \----------------300-699: ACK----------------^
///        |--2xx--> Accepted (from Proceeding too) ---M---> Terminated
///        '--B or transport error--> Terminated
///
/// Two additions: after a CANCEL, Proceeding ends 64*T1 later if nothing final comes (§9.1), and a transport error ends
/// Proceeding too, since a peer whose connection died would otherwise leave a call ringing for good.
struct InviteClientTransaction: Sendable {
    private enum State: Sendable {
        case calling(retransmit: ContinuousClock.Instant?, interval: Duration, giveUp: ContinuousClock.Instant)
        case proceeding(giveUp: ContinuousClock.Instant?)
        case completed(ack: SIPRequest, until: ContinuousClock.Instant)
        case accepted(until: ContinuousClock.Instant)
        case terminated
    }

    let request: SIPRequest
    private let timers: SIPTimers
    private let reliable: Bool
    private var state: State

    /// The request has to be transmitted by the caller once.
    init(
        request: SIPRequest, timers: SIPTimers, reliable: Bool, patience: Duration? = nil, now: ContinuousClock.Instant
    ) {
        self.request = request
        self.timers = timers
        self.reliable = reliable
        state = .calling(
            retransmit: reliable ? nil : now + timers.t1, interval: timers.t1,
            giveUp: now + (patience ?? timers.transaction))
    }

    var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .calling(let retransmit, _, let giveUp): min(retransmit ?? giveUp, giveUp)
        case .proceeding(let giveUp): giveUp
        case .completed(_, let until): until
        case .accepted(let until): until
        case .terminated: nil
        }
    }

    mutating func receive(_ response: SIPResponse, now: ContinuousClock.Instant) -> [ClientTransactionAction] {
        switch state {
        case .calling:
            return receiveFirst(response, giveUp: nil, now)
        case .proceeding(let giveUp):
            return receiveFirst(response, giveUp: giveUp, now)
        case .completed(let ack, _):
            return response.status >= 300 ? [.transmit(ack)] : []
        case .accepted:
            return response.isSuccess ? [.deliver(response)] : []
        case .terminated:
            return []
        }
    }

    private mutating func receiveFirst(
        _ response: SIPResponse, giveUp: ContinuousClock.Instant?, _ now: ContinuousClock.Instant
    ) -> [ClientTransactionAction] {
        switch response.status {
        case ..<200:
            state = .proceeding(giveUp: giveUp)
            return [.deliver(response)]
        case 200..<300:
            state = .accepted(until: now + timers.transaction)
            return [.deliver(response)]
        default:
            let ack = SIPRequest(acknowledging: response, to: request)
            // Timer D is zero over a reliable transport.
            state = reliable ? .terminated : .completed(ack: ack, until: now + timers.d)
            return [.transmit(ack), .deliver(response)]
        }
    }

    /// A CANCEL for this INVITE was sent.
    mutating func cancelSent(now: ContinuousClock.Instant) {
        guard case .proceeding(nil) = state else { return }
        state = .proceeding(giveUp: now + timers.transaction)
    }

    mutating func fire(now: ContinuousClock.Instant) -> [ClientTransactionAction] {
        switch state {
        case .calling(let retransmit, let interval, let giveUp):
            guard now < giveUp else {
                state = .terminated
                return [.timeout]
            }
            guard let retransmit, retransmit <= now else { return [] }
            state = .calling(retransmit: now + interval * 2, interval: interval * 2, giveUp: giveUp)
            return [.transmit(request)]
        case .proceeding(let giveUp):
            guard let giveUp, giveUp <= now else { return [] }
            state = .terminated
            return [.timeout]
        case .completed(_, let until), .accepted(let until):
            if until <= now { state = .terminated }
            return []
        case .terminated:
            return []
        }
    }

    mutating func transportFailed() -> [ClientTransactionAction] {
        switch state {
        case .calling, .proceeding, .completed:
            state = .terminated
            return [.transportError]
        case .accepted, .terminated:
            return []
        }
    }
}
