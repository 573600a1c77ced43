// SPDX-License-Identifier: GPL-3.0-or-later

// An INVITE of the peer and our responses, its PRACK, ACK and CANCEL (RFC 3261 §13.3, RFC 3262 §3).
extension InviteSession {
    /// Takes the first INVITE.
    mutating func start(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, dialog: Dialog,
        now: ContinuousClock.Instant
    ) {
        let offer = SessionBody(of: request).bytes
        var offerAnswer = OfferAnswerState()
        if let offer {
            _ = offerAnswer.receiveOffer()
            remoteDescription = offer
        }
        learn(from: request)
        learnFlow(from: request, over: flow)
        leg = Leg(dialog: dialog, offerAnswer: offerAnswer)
        let cSeq = request.cSeq ?? CSeq(number: 0, method: .invite)
        serverInvite = ServerInvite(
            request: request, transaction: transaction, flow: flow,
            reliable: ReliableProvisionalSender(
                inviteCSeq: cSeq, firstNumber: UInt32(random.next() % 0x7FFF_FFFF) + 1, t1: environment.timers.t1),
            expiresAt: request.expires.map { now + .seconds(Int64($0)) })
        actions.append(.bind(dialog.id))
        emit(.incoming(request, offer: offer, flow))
    }

    mutating func learnFlow(from request: SIPRequest, over flow: Flow) {
        // More than one Via means that a proxy brought it, which did not ask to stay on the path.
        directFlow = request.vias.count == 1 ? flow : nil
    }

    /// Sends a 1xx above 100. It is reliable when the peer requires that, or supports it and `reliable` or a body ask for it
    /// (RFC 3262 §3). An offer of ours can only travel reliably; otherwise it is left out and has to be given to `accept`.
    mutating func progress(status: Int, body: [UInt8]?, reliable: Bool, now: ContinuousClock.Instant) {
        guard phase == .ringing, let invite = serverInvite, (101..<200).contains(status) else { return }
        let isRequired = invite.request.require.contains { $0.equalsIgnoringCase("100rel") }
        let isReliable = isRequired || (invite.request.supports("100rel") && (reliable || body != nil))
        var response = makeResponse(status, to: invite.request, over: invite.flow)
        if let body, let state = leg?.offerAnswer, !state.hasSession {
            if state.owesAnswer {
                response.setDescription(body)
                if isReliable {
                    _ = leg?.offerAnswer.sendAnswer()
                    settled(local: body, remote: nil)
                }
            } else if isReliable, leg?.offerAnswer.sendOffer() == true {
                response.setDescription(body)
                openOffer = body
            }
        }
        serverInvite?.lastProvisional = status
        let interval = environment.configuration.provisionalInterval
        serverInvite?.repeatAt = now + interval
        if !isReliable {
            actions.append(.respond(response, invite.transaction))
        } else if let ready = serverInvite?.reliable.send(response, now: now) {
            actions.append(.respond(ready, invite.transaction))
        }
    }

    /// Sends 200, or holds it until the PRACK of a 1xx with a description has come.
    mutating func accept(body: [UInt8]?, headers: SIPHeaders, now: ContinuousClock.Instant) {
        guard phase == .ringing else { return }
        serverInvite?.heldAccept = ServerInvite.HeldAccept(body: body, headers: headers)
        phase = .accepting
        sendHeldAccept(now: now)
    }

    mutating func sendHeldAccept(now: ContinuousClock.Instant) {
        guard phase == .accepting, peerChange == nil, let invite = serverInvite, let held = invite.heldAccept,
            !invite.reliable.holdsDescription, let state = leg?.offerAnswer, let number = invite.request.cSeq?.number
        else { return }
        var response = makeResponse(200, to: invite.request, over: invite.flow)
        for field in held.headers.fields { response.headers.add(field.name, field.value) }
        var carriesOffer = false
        if state.owesAnswer {
            response.setDescription(held.body)
            _ = leg?.offerAnswer.sendAnswer()
            settled(local: held.body, remote: nil)
        } else if !state.hasSession, leg?.offerAnswer.sendOffer() == true {
            response.setDescription(held.body)
            openOffer = held.body
            carriesOffer = held.body != nil
        }
        addTimer(to: &response, answering: invite.request, now: now)
        leg?.dialog.confirm()
        acceptedResponse = AcceptedResponse(
            response, sequenceNumber: number, transaction: invite.transaction, carriesOffer: carriesOffer,
            isInitial: true, timers: environment.timers, now: now)
        serverInvite?.reliable.close()
        serverInvite?.heldAccept = nil
        serverInvite?.repeatAt = nil
        serverInvite?.expiresAt = nil
        phase = .established
        actions.append(.respond(response, invite.transaction))
    }

    /// Sends a final response of 300 or more; the session is over.
    mutating func reject(
        status: Int, reason: String?, headers: SIPHeaders, end: SessionEnd, now: ContinuousClock.Instant
    ) {
        guard phase == .ringing || phase == .accepting, let invite = serverInvite else { return }
        refusePeerChange()
        var response = makeResponse(max(status, 300), to: invite.request, reason: reason, over: invite.flow)
        for field in headers.fields { response.headers.add(field.name, field.value) }
        serverInvite?.reliable.close()
        actions.append(.respond(response, invite.transaction))
        emitEnd(end)
        phase = .closing
        closeIfDone()
    }

    /// CANCEL for the first INVITE or a later one; the transaction layer has answered the CANCEL itself.
    mutating func cancelled(
        _ transaction: ServerTransactionID, _ cancel: SIPRequest, now: ContinuousClock.Instant
    ) {
        if serverInvite?.transaction == transaction {
            reject(status: 487, reason: nil, headers: SIPHeaders(), end: .cancelled(cancel.reasons), now: now)
        } else if let pending = peerChange, pending.transaction == transaction {
            peerChange = nil
            leg?.offerAnswer.rollBack()
            respond(487, to: pending.request, pending.transaction, over: pending.flow)
            emit(.offerWithdrawn)
            drive(now: now)
        }
    }

    // MARK: ACK and PRACK

    /// The ACK to our 2xx.
    mutating func receivedAck(_ request: SIPRequest, over flow: Flow, now: ContinuousClock.Instant) {
        guard let accepted = acceptedResponse, request.cSeq?.number == accepted.sequenceNumber else { return }
        acceptedResponse = nil
        if leg?.dialog.routeSet.isEmpty == true { learnFlow(from: request, over: flow) }
        if let reasons = byeAfterAck {
            sendBye(reasons)
            return
        }
        guard phase == .established else { return closeIfDone() }
        forgetAnsweredInvite()
        if accepted.carriesOffer {
            guard let body = SessionBody(of: request).bytes, leg?.offerAnswer.receiveAnswer() == true else {
                end(.protocolError("ACK without answer"), sending: [SIPReason(cause: 488, text: "No answer")], now: now)
                return
            }
            settled(local: openOffer, remote: body)
            emit(.answer(body))
        }
        if accepted.isInitial { becameEstablished(now: now) } else { drive(now: now) }
    }

    /// PRACK: an answer in it settles an offer of ours; an offer in it goes to the user, whose answer travels in the 2xx to
    /// the PRACK (RFC 3262 §5).
    mutating func receivedPrack(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        guard let rack = request.headers.first("RAck").flatMap(RAck.init(parsing:)),
            case .matched(let acknowledged, let next)? = serverInvite?.reliable.acknowledge(rack, now: now)
        else {
            respond(481, to: request, transaction, over: flow)
            return
        }
        if let next, let invite = serverInvite { actions.append(.respond(next, invite.transaction)) }
        let body = SessionBody(of: request).bytes
        if !acknowledged.body.isEmpty, leg?.offerAnswer.awaitsAnswer == true {
            guard let body else {
                respond(400, to: request, transaction, over: flow)
                reject(
                    status: 400, reason: "No answer in PRACK", headers: SIPHeaders(),
                    end: .protocolError("PRACK without answer"), now: now)
                return
            }
            _ = leg?.offerAnswer.receiveAnswer()
            settled(local: openOffer, remote: body)
            respond(200, to: request, transaction, over: flow)
            emit(.answer(body))
        } else if let body, phase == .ringing || phase == .accepting || phase == .established {
            receivedOffer(body, PeerChange(kind: .prack, request: request, transaction: transaction, flow: flow))
        } else {
            respond(200, to: request, transaction, over: flow)
        }
        sendHeldAccept(now: now)
        forgetAnsweredInvite()
    }

    /// The ACK may come before a PRACK, whose datagram was lost or late: both are waited for.
    private mutating func forgetAnsweredInvite() {
        guard phase == .established, acceptedResponse == nil, serverInvite?.reliable.awaitsLatePrack != true else {
            return
        }
        serverInvite = nil
    }
}
