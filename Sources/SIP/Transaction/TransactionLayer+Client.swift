// SPDX-License-Identifier: GPL-3.0-or-later

extension TransactionLayer {
    enum ClientMachine: Sendable {
        case invite(InviteClientTransaction)
        case nonInvite(NonInviteClientTransaction)

        var isTerminated: Bool {
            switch self {
            case .invite(let machine): machine.isTerminated
            case .nonInvite(let machine): machine.isTerminated
            }
        }

        var nextDeadline: ContinuousClock.Instant? {
            switch self {
            case .invite(let machine): machine.nextDeadline
            case .nonInvite(let machine): machine.nextDeadline
            }
        }
    }

    struct ClientEntry: Sendable {
        var machine: ClientMachine
        let key: ClientTransactionKey?
        let flow: Flow
        /// Whether its outcome is among `outcomes`.
        var isCounted = false
        /// Earliest entry in the heap.
        var scheduled: ContinuousClock.Instant?
    }

    /// Starts a client transaction and sends the request. Its top Via has to be there, with a branch that no other
    /// request has; a CANCEL has its INVITE's (`SIPRequest(cancelling:)`). The ACK of a failed INVITE is made inside;
    /// other ACKs go by `sendOutsideTransaction`.
    ///
    /// - Parameter patience: How long it waits for any response, in place of timers B and F.
    package mutating func send(
        _ request: SIPRequest, over flow: Flow, patience: Duration? = nil, now: ContinuousClock.Instant
    ) -> ClientTransactionID {
        precondition(request.method != .ack, "an ACK starts no transaction")
        let serial = makeSerial()
        let key = ClientTransactionKey(request)
        let reliable = flow.kind.isReliable
        let machine: ClientMachine =
            request.method == .invite
            ? .invite(
                InviteClientTransaction(
                    request: request, timers: timers, reliable: reliable, patience: patience, now: now))
            : .nonInvite(
                NonInviteClientTransaction(
                    request: request, timers: timers, reliable: reliable, patience: patience, now: now))
        let scheduled = schedule(.client(serial), machine.nextDeadline, scheduled: nil)
        clients[serial] = ClientEntry(machine: machine, key: key, flow: flow, scheduled: scheduled)
        if let key { clientKeys[key] = serial }
        register(.client(serial), on: flow)
        emit(.transmit(.request(request), flow))
        if request.method == .cancel { cancelSent(request, now: now) }
        return ClientTransactionID(serial: serial)
    }

    private mutating func cancelSent(_ cancel: SIPRequest, now: ContinuousClock.Instant) {
        guard let key = ClientTransactionKey(cancel)?.ofCancelledInvite, let serial = clientKeys[key] else { return }
        step(serial) { machine in
            guard case .invite(var invite) = machine else { return [] }
            invite.cancelSent(now: now)
            machine = .invite(invite)
            return []
        }
    }

    mutating func receive(_ response: SIPResponse, over flow: Flow, now: ContinuousClock.Instant) {
        // More than one Via means that it was never for us (RFC 3261 §8.1.3.3).
        guard response.headers.count("Via") == 1, let key = ClientTransactionKey(response) else { return }
        guard let serial = clientKeys[key] else {
            if key.method == .invite, response.isSuccess { emit(.strayResponse(response, flow)) }
            return
        }
        step(serial, arrivedOver: flow) { machine in
            switch machine {
            case .invite(var invite):
                let actions = invite.receive(response, now: now)
                machine = .invite(invite)
                return actions
            case .nonInvite(var other):
                let actions = other.receive(response, now: now)
                machine = .nonInvite(other)
                return actions
            }
        }
    }

    mutating func fireClient(_ serial: UInt64, _ deadline: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        guard clients[serial]?.scheduled == deadline else { return }
        clients[serial]?.scheduled = nil
        step(serial) { machine in
            switch machine {
            case .invite(var invite):
                let actions = invite.fire(now: now)
                machine = .invite(invite)
                return actions
            case .nonInvite(var other):
                let actions = other.fire(now: now)
                machine = .nonInvite(other)
                return actions
            }
        }
    }

    mutating func clientTransportFailed(_ serial: UInt64, now: ContinuousClock.Instant) {
        step(serial) { machine in
            switch machine {
            case .invite(var invite):
                let actions = invite.transportFailed()
                machine = .invite(invite)
                return actions
            case .nonInvite(var other):
                let actions = other.transportFailed()
                machine = .nonInvite(other)
                return actions
            }
        }
    }

    /// Lets one machine take an input, then does what it wants and keeps its timer and life in the books.
    private mutating func step(
        _ serial: UInt64, arrivedOver flow: Flow? = nil, _ input: (inout ClientMachine) -> [ClientTransactionAction]
    ) {
        guard var entry = clients[serial] else { return }
        let id = ClientTransactionID(serial: serial)
        for action in input(&entry.machine) {
            switch action {
            case .transmit(let request): emit(.transmit(.request(request), entry.flow))
            case .deliver(let response):
                if response.isFinal, !entry.isCounted {
                    entry.isCounted = true
                    count(response, of: response.cSeq?.method ?? SIPMethod(rawValue: ""))
                }
                emit(.response(response, id, flow ?? entry.flow))
            case .timeout: emit(.timeout(id))
            case .transportError: emit(.transportError(id))
            }
        }
        guard !entry.machine.isTerminated else { return removeClient(serial, entry) }
        entry.scheduled = schedule(.client(serial), entry.machine.nextDeadline, scheduled: entry.scheduled)
        clients[serial] = entry
    }

    private mutating func removeClient(_ serial: UInt64, _ entry: ClientEntry) {
        clients[serial] = nil
        if let key = entry.key, clientKeys[key] == serial { clientKeys[key] = nil }
        unregister(.client(serial), from: entry.flow)
    }
}
