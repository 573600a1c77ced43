// SPDX-License-Identifier: GPL-3.0-or-later

/// The non-INVITE server transaction (RFC 3261 §17.2.2, Figure 8, as changed by RFC 4320).
///
///     Trying ---100---> Proceeding ---200-699---> Completed ---J---> Terminated
///        '---------------200-699------------------^
///
/// RFC 4320 §4: no provisional response but 100, that one not before a client's Timer E reached T2 over an unreliable
/// transport, and at that moment without being asked; no 408; nothing at all once the client has given up, so Trying
/// and Proceeding end 64*T1 after the request.
struct NonInviteServerTransaction: Sendable {
    private enum State: Sendable {
        case trying(trying: ContinuousClock.Instant, giveUp: ContinuousClock.Instant)
        case proceeding(SIPResponse, giveUp: ContinuousClock.Instant)
        case completed(SIPResponse, until: ContinuousClock.Instant)
        case terminated
    }

    let request: SIPRequest
    private let timers: SIPTimers
    private let reliable: Bool
    private var state: State

    init(request: SIPRequest, timers: SIPTimers, reliable: Bool, now: ContinuousClock.Instant) {
        self.request = request
        self.timers = timers
        self.reliable = reliable
        state = .trying(trying: now + timers.nonInviteTrying, giveUp: now + timers.transaction)
    }

    var isTerminated: Bool {
        if case .terminated = state { true } else { false }
    }

    /// Whether its final response was given, or is wanted no longer.
    var isAnswered: Bool {
        switch state {
        case .trying, .proceeding: false
        case .completed, .terminated: true
        }
    }

    var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .trying(let trying, let giveUp): min(trying, giveUp)
        case .proceeding(_, let giveUp): giveUp
        case .completed(_, let until): until
        case .terminated: nil
        }
    }

    mutating func receivedRetransmission() -> [ServerTransactionAction] {
        switch state {
        case .trying, .terminated: []
        case .proceeding(let response, _), .completed(let response, _): [.transmit(response)]
        }
    }

    mutating func respond(_ response: SIPResponse, now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        switch state {
        case .trying(let trying, let giveUp):
            guard response.isFinal else {
                guard response.status == 100, reliable || now >= trying else { return [] }
                state = .proceeding(response, giveUp: giveUp)
                return [.transmit(response)]
            }
            return finish(response, now)
        case .proceeding(_, let giveUp):
            guard response.isFinal else {
                guard response.status == 100 else { return [] }
                state = .proceeding(response, giveUp: giveUp)
                return [.transmit(response)]
            }
            return finish(response, now)
        case .completed, .terminated:
            return []
        }
    }

    private mutating func finish(_ response: SIPResponse, _ now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        guard response.status != 408 else {
            state = .terminated
            return []
        }
        // Timer J is zero over a reliable transport.
        state = reliable ? .terminated : .completed(response, until: now + timers.transaction)
        return [.transmit(response)]
    }

    mutating func fire(now: ContinuousClock.Instant) -> [ServerTransactionAction] {
        switch state {
        case .trying(let trying, let giveUp):
            guard now < giveUp else {
                state = .terminated
                return []
            }
            guard trying <= now else { return [] }
            let response = SIPResponse(to: request, status: 100)
            state = .proceeding(response, giveUp: giveUp)
            return [.transmit(response)]
        case .proceeding(_, let until), .completed(_, let until):
            if until <= now { state = .terminated }
            return []
        case .terminated:
            return []
        }
    }
}
