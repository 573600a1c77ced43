// SPDX-License-Identifier: GPL-3.0-or-later

// What comes from the transport and through the transactions.
extension SIPCore {
    /// Takes a message that arrived.
    package mutating func receive(_ message: SIPMessage, over flow: Flow, now: ContinuousClock.Instant) {
        transactions.receive(message, over: flow, now: now)
        drainTransactions(now: now)
    }

    /// Takes the end of a flow: its transactions fail, and what has another way goes there.
    package mutating func closed(_ flow: Flow, now: ContinuousClock.Instant) {
        transactions.transportFailed(flow, now: now)
        drainTransactions(now: now)
    }

    /// Takes word that nobody listens by UDP at an address (RFC 3261 §18.4).
    package mutating func datagramsRefused(by remote: SIPAddress, now: ContinuousClock.Instant) {
        transactions.datagramsRefused(by: remote, now: now)
        drainTransactions(now: now)
    }

    /// Takes back a message that did not go out; its transaction alone fails, and another way is tried if there is one. A response that
    /// is lost so is asked for again, or not.
    package mutating func unsent(_ bytes: [UInt8], now: ContinuousClock.Instant) {
        // Its length may be what was wrong with it.
        var limits = SIPMessageLimits()
        limits.messageBytes = max(limits.messageBytes, bytes.count)
        guard case .message(.request(let request)) = SIPParser.parse(bytes, limits: limits) else { return }
        transactions.transportFailed(request, now: now)
        drainTransactions(now: now)
    }

    mutating func drainTransactions(now: ContinuousClock.Instant) {
        while let output = transactions.nextOutput() {
            switch output {
            case .transmit(let message, let flow):
                self.output(.transmit(message.serialized(), flow))
            case .request(let request, let transaction, let flow):
                received(request, transaction, over: flow, now: now)
            case .ack(let request, let flow):
                receivedAck(request, over: flow, now: now)
            case .response(let response, let transaction, let flow):
                received(response, transaction, over: flow, now: now)
            case .strayResponse(let response, let flow):
                receivedStray(response, over: flow, now: now)
            case .cancelled(let transaction, let cancel):
                if let id = servers[transaction] {
                    sessions[id]?.cancelled(transaction, cancel, now: now)
                    perform(id, now: now)
                }
            case .timeout(let transaction):
                timedOut(transaction, now: now)
            case .transportError(let transaction):
                transportFailed(transaction, now: now)
            case .undeliverable:
                // The client may come back over another connection; if not, no ACK comes and the session ends by that.
                break
            case .ended(let transaction, _):
                servers[transaction] = nil
                foreignRequests[transaction] = nil
            }
        }
    }

    // MARK: Requests

    private mutating func received(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        if let (status, headers) = RequestInspection.refusal(of: request, configuration) {
            refuse(request, transaction, status, headers, over: flow, now: now)
        } else if let dialog = DialogID(incoming: request) {
            received(request, transaction, in: dialog, over: flow, now: now)
        } else {
            switch request.method {
            case .invite:
                receivedInvite(request, transaction, over: flow, now: now)
            case .bye, .prack, .update, .cancel:
                refuse(request, transaction, 481, SIPHeaders(), over: flow, now: now)
            default:
                hand(request, transaction, over: flow, to: nil)
            }
        }
    }

    private mutating func received(
        _ request: SIPRequest, _ transaction: ServerTransactionID, in dialog: DialogID, over flow: Flow,
        now: ContinuousClock.Instant
    ) {
        if let id = dialogs[dialog] {
            if request.method == .invite { servers[transaction] = id }
            let isHandled = sessions[id]?.received(request, transaction, over: flow, now: now) ?? true
            if !isHandled { hand(request, transaction, over: flow, to: id) }
            perform(id, now: now)
        } else if foreignDialogs.contains(CallLeg(dialog)), request.method != .invite {
            hand(request, transaction, over: flow, to: nil)
        } else {
            refuse(request, transaction, 481, SIPHeaders(), over: flow, now: now)
        }
    }

    /// An INVITE outside every dialog: the beginning of a session.
    private mutating func receivedInvite(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        let isFull = configuration.sessionLimit.map { sessions.count >= $0 } ?? false
        if let wait = overloadRetryAfter ?? (isFull ? configuration.retryAfter : nil) {
            refuse(request, transaction, 503, ["Retry-After": String(wait)], over: flow, now: now)
            return
        }
        let timer = SessionTimer(settings: configuration.sessionTimer)
        if let minimum = timer.refusal(of: request.sessionTimerFields) {
            refuse(request, transaction, 422, ["Min-SE": String(minimum)], over: flow, now: now)
            return
        }
        guard let dialog = Dialog(server: request, localTag: makeTag()) else {
            refuse(request, transaction, 400, SIPHeaders(), over: flow, now: now)
            return
        }
        let id = SessionID(number: nextNumber())
        var session = InviteSession(
            id: id, role: .server, contact: ContactIdentity(user: request.uri.user), environment: environment,
            seed: randomNumber())
        session.start(request, transaction, over: flow, dialog: dialog, now: now)
        sessions[id] = session
        servers[transaction] = id
        perform(id, now: now)
    }

    private mutating func receivedAck(_ request: SIPRequest, over flow: Flow, now: ContinuousClock.Instant) {
        guard let dialog = DialogID(incoming: request), let id = dialogs[dialog] else { return }
        sessions[id]?.receivedAck(request, over: flow, now: now)
        perform(id, now: now)
    }

    private mutating func refuse(
        _ request: SIPRequest, _ transaction: ServerTransactionID, _ status: Int, _ headers: SIPHeaders,
        over flow: Flow,
        now: ContinuousClock.Instant
    ) {
        var response = SIPResponse(to: request, status: status, toTag: makeTag())
        for field in headers.fields { response.headers.add(field.name, field.value) }
        configuration.complete(&response, to: request.method, contact: ContactIdentity(), over: flow)
        transactions.respond(response, to: transaction, now: now)
    }

    // MARK: Requests for the user of the core

    private mutating func hand(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, to session: SessionID?
    ) {
        let contact = session.flatMap { sessions[$0]?.contact } ?? ContactIdentity(user: request.uri.user)
        foreignRequests[transaction] = ForeignRequest(method: request.method, flow: flow, contact: contact)
        output(.request(request, transaction, flow, session: session))
    }

    /// Answers a request that came as `SIPCoreOutput.request`. Server, a To tag, and for 2xx Contact, Allow, Supported, Accept
    /// and Allow-Events are added where they are missing and belong.
    package mutating func respond(
        _ transaction: ServerTransactionID, _ response: SIPResponse, now: ContinuousClock.Instant
    ) {
        guard let foreign = foreignRequests[transaction] else { return }
        if response.isFinal { foreignRequests[transaction] = nil }
        var response = response
        if response.status > 100, var to = response.to, to.tag == nil {
            to.tag = makeTag()
            response.to = to
        }
        configuration.complete(&response, to: foreign.method, contact: foreign.contact, over: foreign.flow)
        transactions.respond(response, to: transaction, now: now)
        drainTransactions(now: now)
    }

    /// Lets requests in a dialog of another usage, a subscription for instance, come as outputs instead of getting 481:
    /// those with this Call-ID and our tag. The user keeps the `Dialog` and makes requests with it.
    package mutating func adoptDialog(callID: String, localTag: String) {
        foreignDialogs.insert(CallLeg(callID: callID, localTag: localTag))
    }

    /// Undoes `adoptDialog`.
    package mutating func releaseDialog(callID: String, localTag: String) {
        foreignDialogs.remove(CallLeg(callID: callID, localTag: localTag))
    }

    // MARK: Responses

    private mutating func received(
        _ response: SIPResponse, _ transaction: ClientTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        guard let client = clients[transaction] else {
            receivedStray(response, over: flow, now: now)
            return
        }
        if response.isFinal {
            clients[transaction] = nil
            if turnsAway(client, response, now: now) { return }
        } else if response.status == 100 {
            clients[transaction]?.isTried = true
        } else {
            clients[transaction]?.retry = nil
        }
        switch client.owner {
        case .session(let id, let token):
            sessions[id]?.received(response, token, over: flow, now: now)
            perform(id, now: now)
        case .outOfDialog(let id):
            output(.response(id, .response(response)))
        case .nobody:
            break
        }
    }

    /// A response without a transaction: a 2xx to an INVITE, once more or from another fork (RFC 3261 §13.2.2.4, RFC 6026).
    private mutating func receivedStray(_ response: SIPResponse, over flow: Flow, now: ContinuousClock.Instant) {
        guard response.isSuccess, let cSeq = response.cSeq, cSeq.method == .invite,
            let dialog = DialogID(incoming: response)
        else { return }
        if let id = callLegs[CallLeg(dialog)] ?? dialogs[dialog] {
            sessions[id]?.receivedLaterSuccess(response)
            perform(id, now: now)
            return
        }
        // The session is gone, the peer thinks it stands: say goodbye. To a call that never was nothing is said.
        guard formerLegs.contains(CallLeg(dialog), now: now), let target = response.contacts.first?.uri,
            var stray = Dialog(
                client: SIPRequest(method: .invite, uri: target, headers: ["CSeq": cSeq.description]),
                response: response)
        else { return }
        let route = FlowTarget(stray.nextHop).map { RequestRoute.flow(flow, otherwise: $0) } ?? .automatic
        let way: RequestRoute = stray.routeSet.isEmpty ? route : .automatic
        send(stray.makeAck(number: cSeq.number), owner: .nobody, contact: ContactIdentity(), route: way, now: now)
        send(stray.makeRequest(.bye), owner: .nobody, contact: ContactIdentity(), route: way, now: now)
    }
}
