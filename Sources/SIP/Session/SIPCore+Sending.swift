// SPDX-License-Identifier: GPL-3.0-or-later

// The way of our requests: next hop, flow, Via, and the move from UDP to TCP (RFC 3261 §8.1.1.7, §8.1.2, §18.1.1).
extension SIPCore {
    /// Sends a request outside every session. What comes of it is an output.
    package mutating func request(outOfDialog: OutOfDialogRequest, now: ContinuousClock.Instant) -> OutOfDialogRequestID
    {
        let id = OutOfDialogRequestID(number: nextNumber())
        var request = outOfDialog.request
        request.headers.setIfAbsent("Max-Forwards", "70")
        if var from = request.from {
            if from.tag == nil {
                from.tag = makeTag()
                request.from = from
            }
        } else {
            var uri = SIPURI(host: "anonymous.invalid")
            uri.user = "anonymous"
            var from = NameAddress(displayName: "Anonymous", uri: uri)
            from.tag = makeTag()
            request.from = from
        }
        request.headers.setIfAbsent("To", "<\(request.uri)>")
        if request.callID == nil { request.callID = makeCallID() }
        if request.cSeq == nil { request.cSeq = CSeq(number: 1, method: request.method) }
        send(
            request, owner: .outOfDialog(id), contact: outOfDialog.contact, route: outOfDialog.route,
            mayBeLongDatagram: outOfDialog.mayBeLongDatagram, now: now)
        drainTransactions(now: now)
        return id
    }

    /// Answers `SIPCoreOutput.findFlow`: the flow, or nil when there is none to be had.
    package mutating func found(_ id: FlowRequestID, _ flow: Flow?, now: ContinuousClock.Instant) {
        guard var outgoing = waiting.removeValue(forKey: id) else { return }
        if let flow { outgoing.attempts.insert(.flow(flow), at: 0) } else { noteStreamless(outgoing, now: now) }
        advance(outgoing, now: now)
        drainTransactions(now: now)
    }

    /// Answers `SIPCoreOutput.findFlow` for a name: the numeric places to try, in order; none where the name leads nowhere.
    package mutating func located(_ id: FlowRequestID, _ targets: [FlowTarget], now: ContinuousClock.Instant) {
        guard var outgoing = waiting.removeValue(forKey: id) else { return }
        outgoing.alternatives = tried(targets, now: now) + outgoing.alternatives
        advance(outgoing, now: now)
        drainTransactions(now: now)
    }

    /// Servers that lately did not answer come last.
    private func tried(_ targets: [FlowTarget], now: ContinuousClock.Instant) -> [FlowTarget] {
        let isSilent = { (target: FlowTarget) in
            silent.contains(SIPAddress(host: target.host, port: target.port), now: now)
        }
        return targets.filter { !isSilent($0) } + targets.filter(isSilent)
    }

    mutating func send(
        _ request: SIPRequest, owner: ClientOwner, contact: ContactIdentity, route: RequestRoute,
        acknowledges: SessionID? = nil, mayBeLongDatagram: Bool = true, now: ContinuousClock.Instant
    ) {
        var attempts: [OutgoingRequest.Attempt] = []
        var alternatives: [FlowTarget] = []
        switch route {
        case .flow(let flow, let otherwise):
            attempts.append(.flow(flow))
            if let otherwise { attempts.append(.target(otherwise)) }
        case .targets(let targets):
            alternatives = tried(targets, now: now)
        case .automatic:
            if let target = FlowTarget(request.routes.first?.uri ?? request.uri) { attempts.append(.target(target)) }
        }
        advance(
            OutgoingRequest(
                request: request, owner: owner, contact: contact, acknowledges: acknowledges, attempts: attempts,
                alternatives: alternatives, mayBeLongDatagram: mayBeLongDatagram),
            now: now)
    }

    /// Tries the next way.
    private mutating func advance(_ outgoing: OutgoingRequest, now: ContinuousClock.Instant) {
        var outgoing = outgoing
        guard isWanted(outgoing), !outgoing.attempts.isEmpty || outgoing.turnsToNextServer() else {
            fail(outgoing.owner, timedOut: false, now: now)
            return
        }
        switch outgoing.attempts.removeFirst() {
        case .target(let target):
            let id = FlowRequestID(number: nextNumber())
            waiting[id] = outgoing
            output(.findFlow(id, target))
        case .flow(let flow):
            var complete = outgoing.request
            configuration.complete(&complete, contact: outgoing.contact, over: flow)
            complete.headers.prepend("Via", makeVia(over: flow).description)
            let triesStream = !outgoing.movedToStream && !streamless.contains(flow.remote, now: now)
            if flow.kind == .udp, triesStream || !outgoing.mayBeLongDatagram,
                complete.serialized().count > configuration.datagramLimit
            {
                // Too long for a datagram: TCP first, and UDP after all when the peer takes no TCP, if it may.
                if triesStream {
                    outgoing.movedToStream = true
                    outgoing.attempts.insert(.flow(flow), at: 0)
                    outgoing.attempts.insert(.target(FlowTarget(flow.remote, kind: .tcp)), at: 0)
                }
                advance(outgoing, now: now)
            } else {
                transmit(complete, outgoing, over: flow, now: now)
            }
        }
    }

    /// A request that was moved to TCP did not get there; what is left to try is the datagram.
    private mutating func noteStreamless(_ outgoing: OutgoingRequest, now: ContinuousClock.Instant) {
        guard outgoing.movedToStream, case .flow(let flow) = outgoing.attempts.first, flow.kind == .udp else { return }
        streamless.insert(flow.remote, now: now)
    }

    private mutating func transmit(
        _ request: SIPRequest, _ outgoing: OutgoingRequest, over flow: Flow, now: ContinuousClock.Instant
    ) {
        if request.method == .ack {
            transactions.sendOutsideTransaction(.request(request), over: flow)
            if let id = outgoing.acknowledges { sessions[id]?.sentAck(request, over: flow) }
            return
        }
        // Where there is another server, nobody waits for half a minute.
        let patience = outgoing.alternatives.isEmpty ? nil : configuration.timers.t1 * 8
        let id = transactions.send(request, over: flow, patience: patience, now: now)
        clients[id] = ClientRequest(
            owner: outgoing.owner, retry: outgoing.isLast ? nil : outgoing,
            invite: request.method == .invite ? request : nil, flow: flow)
        if case .session(let session, let token) = outgoing.owner, request.method == .invite {
            sessions[session]?.inviteTransactions[token] = id
        }
    }

    private mutating func makeVia(over flow: Flow) -> Via {
        let address = configuration.advertisedAddress(flow)
        var via = Via(transport: flow.kind.viaName, host: address.host, port: address.port, branch: makeBranch())
        via.parameters.set("rport")
        return via
    }

    /// An INVITE whose session was given up before there was a flow is not sent at all.
    private func isWanted(_ outgoing: OutgoingRequest) -> Bool {
        guard case .session(let id, let token) = outgoing.owner, outgoing.request.method == .invite else { return true }
        guard let session = sessions[id], session.purpose(of: token) == .invite else { return true }
        return session.phase == .calling
    }

    /// Sends the CANCEL of an INVITE (RFC 3261 §9.1).
    mutating func sendCancel(_ owner: ClientOwner, _ reasons: [SIPReason], now: ContinuousClock.Instant) {
        guard case .session(let id, let token) = owner, let transaction = sessions[id]?.inviteTransactions[token],
            let client = clients[transaction], let invite = client.invite
        else { return }
        var cancel = SIPRequest(cancelling: invite)
        for reason in reasons { cancel.headers.add("Reason", reason.description) }
        configuration.complete(&cancel, contact: ContactIdentity(), over: client.flow)
        let cancelID = transactions.send(cancel, over: client.flow, now: now)
        clients[cancelID] = ClientRequest(owner: .nobody, retry: nil, invite: nil, flow: client.flow)
    }

    /// A client transaction failed; another way is tried if there is one.
    mutating func transportFailed(_ id: ClientTransactionID, now: ContinuousClock.Instant) {
        guard let client = clients.removeValue(forKey: id) else { return }
        guard let retry = client.retry else { return fail(client.owner, timedOut: false, now: now) }
        if client.isTried { return fail(client.owner, timedOut: false, now: now) }
        if client.flow.kind == .tcp { noteStreamless(retry, now: now) }
        if retry.attempts.isEmpty { silent.insert(client.flow.remote, now: now) }
        advance(retry, now: now)
    }

    /// Whether nothing at all has come back to the INVITE of a session yet.
    package func awaitsFirstResponse(_ id: SessionID) -> Bool {
        guard let session = sessions[id], session.phase == .calling else { return false }
        return session.clientInvite?.hasProvisional != true
    }

    /// Where the INVITE of a session went by datagram, as long as nothing at all has come back; nil over TCP, and when something has.
    package func silentServer(of id: SessionID) -> SIPAddress? {
        guard let session = sessions[id], session.phase == .calling, let invite = session.clientInvite,
            let client = session.inviteTransactions[invite.token].flatMap({ clients[$0] }),
            !client.isTried, !invite.hasProvisional, client.flow.kind == .udp
        else { return nil }
        return client.flow.remote
    }

    /// Nothing came in time; another server of the domain is tried if there is one.
    mutating func timedOut(_ id: ClientTransactionID, now: ContinuousClock.Instant) {
        guard let client = clients.removeValue(forKey: id) else { return }
        guard !client.isTried, let retry = client.retry, !retry.alternatives.isEmpty else {
            return fail(client.owner, timedOut: true, now: now)
        }
        if retry.attempts.isEmpty { silent.insert(client.flow.remote, now: now) }
        advance(retry, now: now)
    }

    /// Turns to another server where this one says that it cannot serve (RFC 3263 §4.3); false where the response is to be taken.
    mutating func turnsAway(_ client: ClientRequest, _ response: SIPResponse, now: ContinuousClock.Instant) -> Bool {
        guard response.status == 503, var retry = client.retry, retry.turnsToNextServer() else { return false }
        if let wait = response.deltaSeconds("Retry-After") {
            silent.insert(client.flow.remote, for: .seconds(Int64(min(wait, 3600))), now: now)
        }
        advance(retry, now: now)
        return true
    }

    mutating func fail(_ owner: ClientOwner, timedOut: Bool, now: ContinuousClock.Instant) {
        switch owner {
        case .session(let id, let token):
            sessions[id]?.failed(token, timedOut: timedOut, now: now)
            perform(id, now: now)
        case .outOfDialog(let id):
            output(.response(id, timedOut ? .timeout : .transportError))
        case .nobody:
            break
        }
    }
}
