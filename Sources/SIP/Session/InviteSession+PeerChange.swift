// SPDX-License-Identifier: GPL-3.0-or-later

// The peer's requests in the dialog: re-INVITE and UPDATE (RFC 3261 §14.2, RFC 3311 §5.2), and our answers.
extension InviteSession {
    /// A request in one of the dialogs of the session, ACK and CANCEL excepted.
    /// - Returns: false when it is for the user: INFO, MESSAGE, REFER, NOTIFY, SUBSCRIBE and unknown methods.
    mutating func received(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) -> Bool {
        guard let remoteTag = DialogID(incoming: request)?.remoteTag, select(remoteTag),
            let number = request.cSeq?.number
        else {
            respond(481, to: request, transaction, over: flow)
            return true
        }
        guard leg?.dialog.receive(number) == true else {
            respond(500, to: request, transaction, over: flow)
            return true
        }
        learn(from: request)
        if leg?.dialog.routeSet.isEmpty == true { learnFlow(from: request, over: flow) }
        switch request.method {
        case .bye: receivedBye(request, transaction, over: flow, now: now)
        case .prack: receivedPrack(request, transaction, over: flow, now: now)
        case .update: receivedUpdate(request, transaction, over: flow, now: now)
        case .invite: receivedReInvite(request, transaction, over: flow, now: now)
        case .options: actions.append(.respond(makeResponse(200, to: request, over: flow), transaction))
        default:
            guard !hasEnded else {
                respond(481, to: request, transaction, over: flow)
                return true
            }
            return false
        }
        return true
    }

    private mutating func receivedUpdate(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        guard !hasEnded else { return respond(481, to: request, transaction, over: flow) }
        if peerChange?.kind == .update { return respondOverlap(to: request, transaction, over: flow) }
        guard !refuseTimer(request, transaction, over: flow) else { return }
        switch SessionBody(of: request) {
        case .unsupported:
            respond(415, to: request, transaction, over: flow)
        case .none:
            leg?.dialog.refreshTarget(request.contacts)
            var response = makeResponse(200, to: request, over: flow)
            if phase == .established { addTimer(to: &response, answering: request, now: now) }
            actions.append(.respond(response, transaction))
            if phase == .established { emit(.refreshed) }
        case .description(let offer):
            receivedOffer(offer, PeerChange(kind: .update, request: request, transaction: transaction, flow: flow))
        }
    }

    /// An offer in UPDATE, PRACK or re-INVITE: to the user, unless another one is open.
    mutating func receivedOffer(_ offer: [UInt8], _ change: PeerChange) {
        guard peerChange == nil else {
            return respondOverlap(to: change.request, change.transaction, over: change.flow)
        }
        switch leg?.offerAnswer.receiveOffer() {
        case .accept:
            if change.kind != .prack { leg?.dialog.refreshTarget(change.request.contacts) }
            peerChange = change
            emit(.offer(offer))
        case .glare:
            respond(491, to: change.request, change.transaction, over: change.flow)
        case .overlap, nil:
            respondOverlap(to: change.request, change.transaction, over: change.flow)
        }
    }

    private mutating func receivedReInvite(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        switch phase {
        case .calling, .challenged:
            return respond(491, to: request, transaction, over: flow)
        case .ringing, .accepting:
            return respondOverlap(to: request, transaction, over: flow)
        case .closing, .closed:
            return respond(481, to: request, transaction, over: flow)
        case .established:
            break
        }
        if case .running(_, _, .invite, _, _) = change { return respond(491, to: request, transaction, over: flow) }
        guard peerChange == nil, owedAck == nil else {
            return respondOverlap(to: request, transaction, over: flow)
        }
        if let accepted = acceptedResponse {
            if accepted.carriesOffer { return respond(491, to: request, transaction, over: flow) }
            // The peer would not come with a new INVITE had it not got our 2xx: its ACK was lost.
            acceptedResponse = nil
            if accepted.isInitial { becameEstablished(now: now) }
        }
        guard !refuseTimer(request, transaction, over: flow) else { return }
        var pending = PeerChange(kind: .reInvite, request: request, transaction: transaction, flow: flow)
        switch SessionBody(of: request) {
        case .unsupported:
            respond(415, to: request, transaction, over: flow)
        case .description(let offer):
            receivedOffer(offer, pending)
        case .none:
            guard leg?.offerAnswer.isStable == true else { return respond(491, to: request, transaction, over: flow) }
            leg?.dialog.refreshTarget(request.contacts)
            pending.kind = .reInviteWithoutOffer
            peerChange = pending
            emit(.offerWanted)
        }
    }

    /// 422 when the session interval asked for is too small.
    private mutating func refuseTimer(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow
    ) -> Bool {
        guard let minimum = timer.refusal(of: request.sessionTimerFields) else { return false }
        respond(422, to: request, transaction, over: flow, headers: ["Min-SE": String(minimum)])
        return true
    }

    // MARK: Our answer

    /// Answers the last `offer` or `offerWanted` event.
    mutating func answer(body: [UInt8]?, status: Int, now: ContinuousClock.Instant) {
        let isSuccess = (200..<300).contains(status)
        if let pending = peerChange {
            peerChange = nil
            if isSuccess { agree(to: pending, body, now: now) } else { refuse(pending, status: status) }
        } else if let rack = leg?.owedPrack {
            leg?.owedPrack = nil
            _ = leg?.offerAnswer.sendAnswer()
            settled(local: body, remote: nil)
            sendPrack(rack, body: body)
            if !isSuccess { terminate([SIPReason(cause: status, text: nil)], now: now) }
        } else if let number = owedAck {
            owedAck = nil
            _ = leg?.offerAnswer.sendAnswer()
            settled(local: body, remote: nil)
            acknowledge(number: number, body: body)
            // An offer cannot be refused in an ACK: the session stands, and is ended at once (RFC 3261 §13.2.2.4).
            if isSuccess {
                becameEstablished(now: now)
            } else {
                terminate([SIPReason(cause: status, text: SIPResponse.reasonPhrase(status))], now: now)
            }
        }
        sendHeldAccept(now: now)
        drive(now: now)
    }

    private mutating func agree(to pending: PeerChange, _ body: [UInt8]?, now: ContinuousClock.Instant) {
        var response = makeResponse(200, to: pending.request, over: pending.flow)
        response.setDescription(body)
        if phase == .established, pending.kind != .prack {
            addTimer(to: &response, answering: pending.request, now: now)
        }
        if pending.kind == .reInviteWithoutOffer {
            if leg?.offerAnswer.sendOffer() == true { openOffer = body }
        } else {
            _ = leg?.offerAnswer.sendAnswer()
            settled(local: body, remote: SessionBody(of: pending.request).bytes)
        }
        if pending.kind == .reInvite || pending.kind == .reInviteWithoutOffer,
            let number = pending.request.cSeq?.number
        {
            acceptedResponse = AcceptedResponse(
                response, sequenceNumber: number, transaction: pending.transaction,
                carriesOffer: pending.kind == .reInviteWithoutOffer && body != nil, isInitial: false,
                timers: environment.timers, now: now)
        }
        actions.append(.respond(response, pending.transaction))
    }

    private mutating func refuse(_ pending: PeerChange, status: Int) {
        if leg?.offerAnswer.owesAnswer == true { leg?.offerAnswer.rollBack() }
        respond(status < 300 ? 488 : status, to: pending.request, pending.transaction, over: pending.flow)
    }
}
