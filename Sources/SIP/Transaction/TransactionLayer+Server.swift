// SPDX-License-Identifier: GPL-3.0-or-later

extension TransactionLayer {
    enum ServerMachine: Sendable {
        case invite(InviteServerTransaction)
        case nonInvite(NonInviteServerTransaction)

        var isTerminated: Bool {
            switch self {
            case .invite(let machine): machine.isTerminated
            case .nonInvite(let machine): machine.isTerminated
            }
        }

        var method: SIPMethod {
            switch self {
            case .invite(let machine): machine.request.method
            case .nonInvite(let machine): machine.request.method
            }
        }

        /// Whether it has had its final response.
        var isAnswered: Bool {
            switch self {
            case .invite(let machine): !machine.isProceeding
            case .nonInvite(let machine): machine.isAnswered
            }
        }

        var nextDeadline: ContinuousClock.Instant? {
            switch self {
            case .invite(let machine): machine.nextDeadline
            case .nonInvite(let machine): machine.nextDeadline
            }
        }
    }

    struct ServerEntry: Sendable {
        var machine: ServerMachine
        let key: ServerTransactionKey
        let mergeKey: MergedRequestKey?
        /// Whether the user of the layer has heard of it.
        let isShown: Bool
        /// Where the request came from last: a retransmission may come over a new connection.
        var flow: Flow
        /// Earliest entry in the heap.
        var scheduled: ContinuousClock.Instant?
    }

    /// Sends a response. Nothing happens if the transaction has ended or has no use for it.
    package mutating func respond(
        _ response: SIPResponse, to id: ServerTransactionID, now: ContinuousClock.Instant
    ) {
        var response = response
        response.explain()
        if response.isFinal, let entry = servers[id.serial], !entry.machine.isAnswered {
            count(response, of: entry.machine.method)
        }
        step(id.serial) { machine in
            switch machine {
            case .invite(var invite):
                let actions = invite.respond(response, now: now)
                machine = .invite(invite)
                return actions
            case .nonInvite(var other):
                let actions = other.respond(response, now: now)
                machine = .nonInvite(other)
                return actions
            }
        }
    }

    mutating func receive(_ request: SIPRequest, over flow: Flow, now: ContinuousClock.Instant) {
        guard let key = ServerTransactionKey(request) else { return }
        if request.method == .ack { return receiveACK(request, key, over: flow, now: now) }
        if let serial = serverKeys[key] { return receiveRetransmission(serial, over: flow) }
        guard !isOverloaded(for: request.method) else { return refuse(request, over: flow) }
        if request.method == .cancel { return receiveCancel(request, key, over: flow, now: now) }
        let mergeKey = MergedRequestKey(request)
        if let mergeKey, mergeKeys[mergeKey] != nil {
            let id = add(request, key, mergeKey: nil, isShown: false, over: flow, now: now)
            let tag = StatelessTag.make(request)
            return respond(SIPResponse(to: request, status: 482, toTag: tag), to: id, now: now)
        }
        let id = add(request, key, mergeKey: mergeKey, isShown: true, over: flow, now: now)
        emit(.request(request, id, flow))
    }

    private mutating func add(
        _ request: SIPRequest, _ key: ServerTransactionKey, mergeKey: MergedRequestKey?, isShown: Bool,
        over flow: Flow, now: ContinuousClock.Instant
    ) -> ServerTransactionID {
        let serial = makeSerial()
        let reliable = flow.kind.isReliable
        let machine: ServerMachine =
            request.method == .invite
            ? .invite(InviteServerTransaction(request: request, timers: timers, reliable: reliable, now: now))
            : .nonInvite(NonInviteServerTransaction(request: request, timers: timers, reliable: reliable, now: now))
        let scheduled = schedule(.server(serial), machine.nextDeadline, scheduled: nil)
        servers[serial] = ServerEntry(
            machine: machine, key: key, mergeKey: mergeKey, isShown: isShown, flow: flow, scheduled: scheduled)
        serverKeys[key] = serial
        if let mergeKey { mergeKeys[mergeKey] = serial }
        register(.server(serial), on: flow)
        return ServerTransactionID(serial: serial)
    }

    // MARK: ACK, CANCEL, retransmissions, overload

    private mutating func receiveACK(
        _ ack: SIPRequest, _ key: ServerTransactionKey, over flow: Flow, now: ContinuousClock.Instant
    ) {
        guard let serial = serverKeys[key] else { return emit(.ack(ack, flow)) }
        step(serial, arrivedOver: flow) { machine in
            guard case .invite(var invite) = machine else { return [] }
            let actions = invite.receivedACK(ack, now: now)
            machine = .invite(invite)
            return actions
        }
    }

    private mutating func receiveRetransmission(_ serial: UInt64, over flow: Flow) {
        if let old = servers[serial]?.flow, old != flow {
            unregister(.server(serial), from: old)
            register(.server(serial), on: flow)
            servers[serial]?.flow = flow
        }
        step(serial) { machine in
            switch machine {
            case .invite(var invite):
                let actions = invite.receivedRetransmission()
                machine = .invite(invite)
                return actions
            case .nonInvite(var other):
                let actions = other.receivedRetransmission()
                machine = .nonInvite(other)
                return actions
            }
        }
    }

    /// RFC 3261 §9.2: the CANCEL is answered here; the INVITE is the user's to answer.
    private mutating func receiveCancel(
        _ cancel: SIPRequest, _ key: ServerTransactionKey, over flow: Flow, now: ContinuousClock.Instant
    ) {
        let id = add(cancel, key, mergeKey: nil, isShown: false, over: flow, now: now)
        let tag = StatelessTag.make(cancel)
        guard let serial = serverKeys[key.ofCancelledInvite], case .invite(let invite) = servers[serial]?.machine else {
            return respond(SIPResponse(to: cancel, status: 481, toTag: tag), to: id, now: now)
        }
        respond(SIPResponse(to: cancel, status: 200, toTag: invite.toTag ?? tag), to: id, now: now)
        if invite.isProceeding { emit(.cancelled(ServerTransactionID(serial: serial), cancel)) }
    }

    private func isOverloaded(for method: SIPMethod) -> Bool {
        liveCount >= (method == .invite ? limits.maximumLive : limits.maximumLive * 2)
    }

    /// Without a transaction: one more is what cannot be afforded. The client's retransmissions get the same answer.
    private mutating func refuse(_ request: SIPRequest, over flow: Flow) {
        var response = SIPResponse(to: request, status: 503, toTag: StatelessTag.make(request))
        response.headers.set("Retry-After", String(limits.retryAfter))
        response.explain()
        emit(.transmit(.response(response), flow))
    }

    // MARK: Timers and transport

    mutating func fireServer(_ serial: UInt64, _ deadline: ContinuousClock.Instant, now: ContinuousClock.Instant) {
        guard servers[serial]?.scheduled == deadline else { return }
        servers[serial]?.scheduled = nil
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

    mutating func serverTransportFailed(_ serial: UInt64) {
        guard let entry = servers[serial], entry.isShown, case .invite = entry.machine else { return }
        emit(.undeliverable(ServerTransactionID(serial: serial)))
    }

    /// Lets one machine take an input, then does what it wants and keeps its timer and life in the books.
    private mutating func step(
        _ serial: UInt64, arrivedOver flow: Flow? = nil, _ input: (inout ServerMachine) -> [ServerTransactionAction]
    ) {
        guard var entry = servers[serial] else { return }
        var end = ServerTransactionEnd.completed
        for action in input(&entry.machine) {
            switch action {
            case .transmit(let response): emit(.transmit(.response(response), entry.flow))
            case .deliverACK(let ack): emit(.ack(ack, flow ?? entry.flow))
            case .unacknowledged: end = .unacknowledged
            }
        }
        guard !entry.machine.isTerminated else { return removeServer(serial, entry, end) }
        entry.scheduled = schedule(.server(serial), entry.machine.nextDeadline, scheduled: entry.scheduled)
        servers[serial] = entry
    }

    private mutating func removeServer(_ serial: UInt64, _ entry: ServerEntry, _ end: ServerTransactionEnd) {
        servers[serial] = nil
        serverKeys[entry.key] = nil
        if let mergeKey = entry.mergeKey { mergeKeys[mergeKey] = nil }
        unregister(.server(serial), from: entry.flow)
        if entry.isShown { emit(.ended(ServerTransactionID(serial: serial), end)) }
    }
}
