// SPDX-License-Identifier: GPL-3.0-or-later

/// The non-INVITE client transaction (RFC 3261 §17.1.2, Figure 6).
///
///     Trying ---1xx---> Proceeding ---200-699---> Completed ---K---> Terminated
///        |  \------------200-699-----------------^
///        '--F or transport error--> Terminated (from Proceeding too)
struct NonInviteClientTransaction: Sendable {
    private struct Waiting: Sendable {
        var retransmit: ContinuousClock.Instant?
        var interval: Duration
        var giveUp: ContinuousClock.Instant

        var deadline: ContinuousClock.Instant { min(retransmit ?? giveUp, giveUp) }
    }

    private enum State: Sendable {
        case trying(Waiting)
        case proceeding(Waiting)
        case completed(until: ContinuousClock.Instant)
        case terminated
    }

    let request: SIPRequest
    private let timers: SIPTimers
    private let reliable: Bool
    private let timerF: ContinuousClock.Instant
    private var state: State

    /// The request has to be transmitted by the caller once.
    init(
        request: SIPRequest, timers: SIPTimers, reliable: Bool, patience: Duration? = nil, now: ContinuousClock.Instant
    ) {
        self.request = request
        self.timers = timers
        self.reliable = reliable
        timerF = now + timers.transaction
        state = .trying(
            Waiting(
                retransmit: reliable ? nil : now + timers.t1, interval: timers.t1,
                giveUp: patience.map { now + $0 } ?? timerF))
    }

    var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .trying(let waiting), .proceeding(let waiting): waiting.deadline
        case .completed(let until): until
        case .terminated: nil
        }
    }

    mutating func receive(_ response: SIPResponse, now: ContinuousClock.Instant) -> [ClientTransactionAction] {
        switch state {
        case .trying(var waiting), .proceeding(var waiting):
            if response.isProvisional {
                waiting.giveUp = timerF
                state = .proceeding(waiting)
            } else {
                state = reliable ? .terminated : .completed(until: now + timers.t4)
            }
            return [.deliver(response)]
        case .completed, .terminated:
            return []
        }
    }

    mutating func fire(now: ContinuousClock.Instant) -> [ClientTransactionAction] {
        switch state {
        case .trying(var waiting):
            guard now < waiting.giveUp else { return timeOut() }
            guard let retransmit = waiting.retransmit, retransmit <= now else { return [] }
            waiting.interval = min(waiting.interval * 2, timers.t2)
            waiting.retransmit = now + waiting.interval
            state = .trying(waiting)
            return [.transmit(request)]
        case .proceeding(var waiting):
            guard now < waiting.giveUp else { return timeOut() }
            guard let retransmit = waiting.retransmit, retransmit <= now else { return [] }
            waiting.interval = timers.t2
            waiting.retransmit = now + waiting.interval
            state = .proceeding(waiting)
            return [.transmit(request)]
        case .completed(let until):
            if until <= now { state = .terminated }
            return []
        case .terminated:
            return []
        }
    }

    private mutating func timeOut() -> [ClientTransactionAction] {
        state = .terminated
        return [.timeout]
    }

    mutating func transportFailed() -> [ClientTransactionAction] {
        switch state {
        case .trying, .proceeding:
            state = .terminated
            return [.transportError]
        case .completed, .terminated:
            return []
        }
    }
}
