// SPDX-License-Identifier: GPL-3.0-or-later

/// What a transaction came to: its method and final status.
package struct TransactionOutcome: Hashable, Sendable {
    package let method: String
    package let status: Int

    /// In place of a method that no standard has.
    package static let other = "other"
}

/// All transactions of one element (RFC 3261 §17, RFC 6026, RFC 4320), without I/O: give it messages, requests to send,
/// responses and the time; then drain `nextOutput` until it is nil. A message costs one hash lookup and O(log n) at
/// most for its timers.
package struct TransactionLayer: Sendable {
    let timers: SIPTimers
    let limits: TransactionLimits

    enum Owner: Hashable, Sendable {
        case client(UInt64)
        case server(UInt64)
    }

    var clients: [UInt64: ClientEntry] = [:]
    var clientKeys: [ClientTransactionKey: UInt64] = [:]
    var servers: [UInt64: ServerEntry] = [:]
    var serverKeys: [ServerTransactionKey: UInt64] = [:]
    var mergeKeys: [MergedRequestKey: UInt64] = [:]
    private var flows: [Flow: Set<Owner>] = [:]
    private var heap = DeadlineHeap<Owner>()
    private var nextSerial: UInt64 = 1
    private var outputs: [TransactionOutput] = []
    private var firstOutput = 0
    /// How transactions of both sides ended, for metrics: each once, however often its 2xx was sent. A method that the standards do not
    /// have is "other"; statuses of peers are an open set: past `outcomeKinds` of them, the rest is "other" with status 0.
    package private(set) var outcomes: [TransactionOutcome: UInt64] = [:]
    private static let outcomeKinds = 256

    package init(timers: SIPTimers = SIPTimers(), limits: TransactionLimits = TransactionLimits()) {
        self.timers = timers
        self.limits = limits
    }

    /// Transactions that are not terminated.
    package var liveCount: Int { clients.count + servers.count }

    /// When `fire` has to be called next. It may come before any timer is due: timers that were stopped stay in the
    /// heap until their time.
    package var nextDeadline: ContinuousClock.Instant? { heap.earliest }

    /// Heap comparisons and entries, for tests that count work.
    var timerWork: (comparisons: Int, entries: Int) { (heap.comparisons, heap.count) }

    /// The next thing to do, in order; nil when there is none.
    package mutating func nextOutput() -> TransactionOutput? {
        guard firstOutput < outputs.count else {
            outputs.removeAll(keepingCapacity: true)
            firstOutput = 0
            return nil
        }
        defer { firstOutput += 1 }
        return outputs[firstOutput]
    }

    /// Takes a message from the wire.
    package mutating func receive(_ message: SIPMessage, over flow: Flow, now: ContinuousClock.Instant) {
        switch message {
        case .request(let request): receive(request, over: flow, now: now)
        case .response(let response): receive(response, over: flow, now: now)
        }
    }

    /// Sends without a transaction: the ACK of a 2xx, or a 2xx once more after its transaction ended.
    package mutating func sendOutsideTransaction(_ message: SIPMessage, over flow: Flow) {
        emit(.transmit(message, flow))
    }

    /// A message could not be sent over this flow, or its connection closed.
    package mutating func transportFailed(_ flow: Flow, now: ContinuousClock.Instant) {
        let owners = (flows[flow] ?? []).sorted { Self.serial($0) < Self.serial($1) }
        for owner in owners {
            switch owner {
            case .client(let serial): clientTransportFailed(serial, now: now)
            case .server(let serial): serverTransportFailed(serial)
            }
        }
    }

    /// Nobody listens by UDP at this address: what was sent there is lost.
    package mutating func datagramsRefused(by remote: SIPAddress, now: ContinuousClock.Instant) {
        for flow in flows.keys.filter({ $0.kind == .udp && $0.remote == remote }) { transportFailed(flow, now: now) }
    }

    /// This request of ours could not be sent, and nothing is known of others.
    package mutating func transportFailed(_ request: SIPRequest, now: ContinuousClock.Instant) {
        guard let key = ClientTransactionKey(request), let serial = clientKeys[key] else { return }
        clientTransportFailed(serial, now: now)
    }

    /// Fires every timer due at `now`.
    package mutating func fire(now: ContinuousClock.Instant) {
        while let entry = heap.pop(due: now) {
            switch entry.owner {
            case .client(let serial): fireClient(serial, entry.deadline, now: now)
            case .server(let serial): fireServer(serial, entry.deadline, now: now)
            }
        }
    }

    // MARK: Bookkeeping shared by both sides

    mutating func count(_ response: SIPResponse, of method: SIPMethod) {
        var outcome = TransactionOutcome(
            method: method.isStandard ? method.rawValue : TransactionOutcome.other, status: response.status)
        if outcomes[outcome] == nil, outcomes.count >= Self.outcomeKinds {
            outcome = TransactionOutcome(method: TransactionOutcome.other, status: 0)
        }
        outcomes[outcome, default: 0] += 1
    }

    mutating func emit(_ output: TransactionOutput) {
        outputs.append(output)
    }

    mutating func makeSerial() -> UInt64 {
        defer { nextSerial += 1 }
        return nextSerial
    }

    mutating func register(_ owner: Owner, on flow: Flow) {
        flows[flow, default: []].insert(owner)
    }

    mutating func unregister(_ owner: Owner, from flow: Flow) {
        flows[flow]?.remove(owner)
        if flows[flow]?.isEmpty == true { flows[flow] = nil }
    }

    /// Puts `deadline` into the heap unless an earlier entry of the same owner, at `scheduled`, will ask again anyway.
    /// Returns the owner's earliest entry.
    mutating func schedule(
        _ owner: Owner, _ deadline: ContinuousClock.Instant?, scheduled: ContinuousClock.Instant?
    ) -> ContinuousClock.Instant? {
        guard let deadline else { return scheduled }
        if let scheduled, scheduled <= deadline { return scheduled }
        heap.push(deadline, owner)
        return deadline
    }

    private static func serial(_ owner: Owner) -> UInt64 {
        switch owner {
        case .client(let serial), .server(let serial): serial
        }
    }
}
