// SPDX-License-Identifier: GPL-3.0-or-later

/// The reliable provisional responses of one INVITE that we answer (RFC 3262 §3): one is outstanding, the others wait.
///
///     idle -- send --> outstanding -- PRACK --> idle, or outstanding with the next one
///                       |   ^  T1, 2*T1, 4*T1 ... (no cap): retransmit
///                       |   +--+
///                       +-- 64*T1 --> gave up
struct ReliableProvisionalSender: Sendable {
    enum Due: Sendable {
        case retransmit(SIPResponse)
        case gaveUp
    }

    enum Acknowledgement: Sendable {
        /// The PRACK fits: answer it with 2xx; `next` is now to be sent.
        case matched(acknowledged: SIPResponse, next: SIPResponse?)
        /// No such response: 481.
        case unknown
    }

    private enum State: Sendable {
        case idle
        case outstanding(
            SIPResponse, number: UInt32, interval: Duration, sendAt: ContinuousClock.Instant,
            giveUpAt: ContinuousClock.Instant)
        /// A final response went out: no more retransmissions, but a late PRACK is still answered.
        case closed(SIPResponse, number: UInt32)
        case gaveUp
    }

    private let t1: Duration
    private let inviteCSeq: CSeq
    private var state: State = .idle
    private var waiting: [SIPResponse] = []
    private var lastNumber: UInt32

    /// - Parameter firstNumber: the first RSeq, random in 1...2^31-1.
    init(inviteCSeq: CSeq, firstNumber: UInt32, t1: Duration) {
        self.inviteCSeq = inviteCSeq
        self.t1 = t1
        lastNumber = max(firstNumber, 1) - 1
    }

    var nextDeadline: ContinuousClock.Instant? {
        guard case .outstanding(_, _, _, let sendAt, let giveUpAt) = state else { return nil }
        return min(sendAt, giveUpAt)
    }

    /// Whether a response with a session description waits for its PRACK: a 2xx has to wait too (RFC 3262 §5).
    var holdsDescription: Bool {
        if case .outstanding(let response, _, _, _, _) = state, !response.body.isEmpty { return true }
        return waiting.contains { !$0.body.isEmpty }
    }

    /// Whether the PRACK of a response that a final one has overtaken may still come (RFC 3262 §3).
    var awaitsLatePrack: Bool {
        if case .closed = state { true } else { false }
    }

    /// Makes `response` reliable; the result is to be sent now, nil when it waits for an earlier one's PRACK.
    mutating func send(_ response: SIPResponse, now: ContinuousClock.Instant) -> SIPResponse? {
        switch state {
        case .idle:
            return start(response, now: now)
        case .outstanding:
            waiting.append(response)
            return nil
        case .closed, .gaveUp:
            return nil
        }
    }

    private mutating func start(_ response: SIPResponse, now: ContinuousClock.Instant) -> SIPResponse {
        var reliable = response
        lastNumber += 1
        reliable.headers.add("Require", "100rel")
        reliable.headers.set("RSeq", String(lastNumber))
        state = .outstanding(
            reliable, number: lastNumber, interval: t1, sendAt: now + t1, giveUpAt: now + t1 * 64)
        return reliable
    }

    /// Matches the RAck of a PRACK.
    mutating func acknowledge(_ rack: RAck, now: ContinuousClock.Instant) -> Acknowledgement {
        guard rack.cSeq == inviteCSeq else { return .unknown }
        switch state {
        case .outstanding(let response, rack.responseNumber, _, _, _):
            state = .idle
            let next = waiting.isEmpty ? nil : start(waiting.removeFirst(), now: now)
            return .matched(acknowledged: response, next: next)
        case .closed(let response, rack.responseNumber):
            state = .gaveUp
            return .matched(acknowledged: response, next: nil)
        case .idle, .outstanding, .closed, .gaveUp:
            return .unknown
        }
    }

    /// Says that a final response goes out.
    mutating func close() {
        waiting.removeAll()
        switch state {
        case .outstanding(let response, let number, _, _, _):
            state = .closed(response, number: number)
        case .idle:
            state = .gaveUp
        case .closed, .gaveUp:
            break
        }
    }

    mutating func fire(now: ContinuousClock.Instant) -> Due? {
        guard case .outstanding(let response, let number, let interval, let sendAt, let giveUpAt) = state else {
            return nil
        }
        if now >= giveUpAt {
            state = .gaveUp
            return .gaveUp
        }
        guard now >= sendAt else { return nil }
        state = .outstanding(
            response, number: number, interval: interval * 2, sendAt: now + interval * 2, giveUpAt: giveUpAt)
        return .retransmit(response)
    }
}

/// The order of the reliable provisional responses that one early dialog of ours receives (RFC 3262 §4).
struct ReliableProvisionalReceiver: Hashable, Sendable {
    enum Verdict: Hashable, Sendable {
        /// New and in order: process it, send PRACK.
        case inOrder
        /// Seen before, or a gap before it: drop it.
        case drop
    }

    private var last: UInt32?

    mutating func receive(_ number: UInt32) -> Verdict {
        if let last, number != last &+ 1 { return .drop }
        last = number
        return .inOrder
    }
}
