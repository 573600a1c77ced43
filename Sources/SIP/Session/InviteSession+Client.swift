// SPDX-License-Identifier: GPL-3.0-or-later

// An INVITE of ours, its responses and its CANCEL (RFC 3261 §9.1, §13.2).
extension InviteSession {
    /// Sends the first INVITE.
    /// - Parameter request: complete but for Via and Contact; its From has our tag.
    mutating func start(_ request: SIPRequest, _ invite: SessionInvite, now: ContinuousClock.Instant) {
        var request = request
        addTimer(to: &request)
        request.setDescription(invite.offer)
        request.add(invite.parts)
        openOffer = invite.offer
        if let callID = request.callID, let tag = request.from?.tag {
            callLeg = CallLeg(callID: callID, localTag: tag)
        }
        let token = send(request, .invite, invite.route)
        clientInvite = ClientInvite(
            request: request, token: token, route: invite.route, wantsChallenges: invite.wantsChallenges,
            followsRedirect: invite.followsRedirect,
            deadline: now + (invite.ringingTimeout ?? environment.configuration.ringingTimeout))
    }

    /// Sends the INVITE again after 401 or 407, with these headers in place of their namesakes.
    mutating func resend(headers: SIPHeaders, now: ContinuousClock.Instant) {
        guard phase == .challenged else { return }
        phase = .calling
        resendInvite { request in
            for name in Set(headers.fields.map(\.name)) { request.headers.remove(name) }
            for field in headers.fields { request.headers.add(field.name, field.value) }
        }
    }

    /// The same Call-ID, To and From, the next number (RFC 3261 §8.1.3.5, RFC 4028 §7.3).
    private mutating func resendInvite(route: RequestRoute? = nil, _ edit: (inout SIPRequest) -> Void) {
        guard var invite = clientInvite, let cSeq = invite.request.cSeq else { return }
        for leg in otherLegs.values { actions.append(.unbind(leg.dialog.id)) }
        if let leg { actions.append(.unbind(leg.dialog.id)) }
        leg = nil
        otherLegs = [:]
        invite.request.headers.set("CSeq", CSeq(number: cSeq.number + 1, method: .invite).description)
        edit(&invite.request)
        addTimer(to: &invite.request)
        if let route { invite.route = route }
        invite.hasProvisional = false
        invite.resendCount += 1
        invite.token = send(invite.request, .invite, invite.route)
        clientInvite = invite
    }

    // MARK: Responses

    mutating func receivedInviteResponse(
        _ response: SIPResponse, _ token: RequestToken, over flow: Flow, now: ContinuousClock.Instant
    ) {
        guard clientInvite?.token == token else {
            if response.isFinal { settle(token) }
            return
        }
        switch response.status {
        case ..<200: receivedProvisional(response, over: flow, now: now)
        case ..<300:
            settle(token)
            receivedSuccess(response, over: flow, now: now)
        default:
            settle(token)
            receivedRefusal(response, now: now)
        }
    }

    private mutating func receivedProvisional(
        _ response: SIPResponse, over flow: Flow, now: ContinuousClock.Instant
    ) {
        if clientInvite?.hasProvisional == false {
            clientInvite?.hasProvisional = true
            if case .wanted(let reasons) = clientInvite?.cancellation { sendCancel(reasons, now: now) }
        }
        guard phase == .calling, response.status > 100 else { return }
        learn(from: response)
        let number = response.require.contains { $0.equalsIgnoringCase("100rel") } ? response.rSeq : nil
        guard let tag = response.to?.tag, openLeg(tag, response) else {
            // No dialog, so nothing to acknowledge or to agree on.
            emit(.progress(response, body: nil))
            return
        }
        if let number {
            guard leg?.provisional.receive(number) == .inOrder else { return }
            receivedReliable(response, number: number)
        } else {
            let isPreview = leg?.offerAnswer.awaitsAnswer == true
            emit(.progress(response, body: isPreview ? SessionBody(of: response).bytes : nil))
        }
    }

    /// Finds the early dialog of that tag or makes it (RFC 3261 §12.1.2); it is then the one in use.
    private mutating func openLeg(_ tag: String, _ response: SIPResponse) -> Bool {
        guard let invite = clientInvite else { return false }
        if select(tag) { return true }
        guard let dialog = Dialog(client: invite.request, response: response) else { return false }
        var offerAnswer = OfferAnswerState()
        if !invite.request.body.isEmpty { _ = offerAnswer.sendOffer() }
        if let leg { otherLegs[leg.dialog.id.remoteTag] = leg }
        leg = Leg(dialog: dialog, offerAnswer: offerAnswer)
        actions.append(.bind(dialog.id))
        return true
    }

    /// A reliable 1xx (RFC 3262 §4, §5): its description is final. An offer in it is answered in the PRACK.
    private mutating func receivedReliable(_ response: SIPResponse, number: UInt32) {
        guard let cSeq = response.cSeq else { return }
        let rack = RAck(responseNumber: number, cSeq: cSeq)
        let body = SessionBody(of: response).bytes
        emit(.progress(response, body: nil))
        if let body, let state = leg?.offerAnswer, state.awaitsAnswer, !state.hasSession {
            _ = leg?.offerAnswer.receiveAnswer()
            settled(local: openOffer, remote: body)
            emit(.answer(body))
        } else if let body, leg?.offerAnswer.hasSession == false, leg?.offerAnswer.receiveOffer() == .accept {
            leg?.owedPrack = rack
            remoteDescription = body
            emit(.offer(body))
            return
        }
        sendPrack(rack, body: nil)
    }

    mutating func sendPrack(_ rack: RAck, body: [UInt8]?) {
        guard var request = makeRequest(.prack) else { return }
        request.headers.set("RAck", rack.description)
        request.setDescription(body)
        send(request, .prack)
    }

    private mutating func receivedSuccess(_ response: SIPResponse, over flow: Flow, now: ContinuousClock.Instant) {
        guard let invite = clientInvite, let number = response.cSeq?.number else { return }
        if invite.isAnswered {
            receivedLaterSuccess(response)
            return
        }
        guard let tag = response.to?.tag, openLeg(tag, response) else {
            emitEnd(.protocolError("2xx without To tag"))
            phase = .closing
            closeIfDone()
            return
        }
        clientInvite?.isAnswered = true
        clientInvite?.deadline = nil
        clientInvite?.request.body = []
        leg?.dialog.confirm(by: response)
        for other in otherLegs.values { actions.append(.unbind(other.dialog.id)) }
        otherLegs = [:]
        learn(from: response)
        if phase == .closing {
            // CANCEL crossed the 2xx: the session stands and has to be ended (RFC 3261 §9.1, §15).
            acknowledge(number: number, body: nil)
            sendBye(byeReasons)
            return
        }
        phase = .established
        timer.receivedSuccess(response.sessionTimerFields, now: now)
        completeExchange(number: number, body: SessionBody(of: response).bytes, now: now)
    }

    /// Sends the ACK of a 2xx to the first INVITE, now or when its offer is answered.
    private mutating func completeExchange(number: UInt32, body: [UInt8]?, now: ContinuousClock.Instant) {
        guard let state = leg?.offerAnswer else { return }
        if state.hasSession {
            // Agreed in reliable provisional responses; a description in the 2xx says nothing new.
            acknowledge(number: number, body: nil)
            becameEstablished(now: now)
        } else if state.awaitsAnswer {
            acknowledge(number: number, body: nil)
            guard let body else {
                end(.protocolError("2xx without answer"), sending: [SIPReason(cause: 488, text: "No answer")], now: now)
                return
            }
            _ = leg?.offerAnswer.receiveAnswer()
            settled(local: openOffer, remote: body)
            emit(.answer(body))
            becameEstablished(now: now)
        } else if let body, leg?.offerAnswer.receiveOffer() == .accept {
            owedAck = number
            remoteDescription = body
            emit(.offer(body))
        } else {
            acknowledge(number: number, body: nil)
            end(.protocolError("2xx without offer"), sending: [SIPReason(cause: 488, text: "No offer")], now: now)
        }
    }

    mutating func becameEstablished(now: ContinuousClock.Instant) {
        guard let target = leg?.dialog.remoteTarget else { return }
        emit(.established(remoteContact: target, supportsUpdate: peerAllows(.update) ?? false))
        drive(now: now)
    }

    mutating func acknowledge(number: UInt32, body: [UInt8]?) {
        guard let dialog = leg?.dialog else { return }
        var request = dialog.makeAck(number: number)
        request.setDescription(body)
        actions.append(.acknowledge(request, route(of: dialog)))
    }

    /// Keeps the ACK as it went out.
    mutating func sentAck(_ request: SIPRequest, over flow: Flow) {
        guard let tag = request.to?.tag, let number = request.cSeq?.number else { return }
        sentAcks[tag] = SentAck(number: number, request: request, flow: flow)
    }

    /// A 2xx to an INVITE whose transaction has its answer already: the same once more gets the same ACK; one of another
    /// fork gets ACK and BYE (RFC 3261 §13.2.2.4).
    mutating func receivedLaterSuccess(_ response: SIPResponse) {
        guard let tag = response.to?.tag, let number = response.cSeq?.number else { return }
        if let ack = sentAcks[tag], ack.number == number {
            actions.append(.repeatAck(ack.request, ack.flow))
            return
        }
        guard let invite = clientInvite, invite.request.cSeq?.number == number, tag != leg?.dialog.id.remoteTag,
            sentAcks[tag] == nil, var loser = Dialog(client: invite.request, response: response)
        else { return }
        actions.append(.acknowledge(loser.makeAck(number: number), route(of: loser)))
        send(loser.makeRequest(.bye), .bye, route(of: loser))
    }

    private mutating func receivedRefusal(_ response: SIPResponse, now: ContinuousClock.Instant) {
        guard phase == .calling, let invite = clientInvite else {
            closeIfDone()
            return
        }
        let mayResend = invite.resendCount < 5
        switch response.status {
        case 401, 407:
            if invite.wantsChallenges, mayResend {
                phase = .challenged
                emit(.challenged(response))
                return
            }
        case 422:
            let wanted = response.deltaSeconds("Min-SE").map(Int.init)
            if mayResend, timer.receivedTooSmall(minimumInterval: wanted) {
                resendInvite { _ in }
                return
            }
        case 415:
            // It does not take bodies apart: what stood beside the offer was for whoever can.
            if mayResend, let openOffer, invite.request.mediaType?.hasPrefix("multipart/") == true {
                resendInvite { $0.setDescription(openOffer) }
                return
            }
        case 300..<400:
            if invite.followsRedirect, let target = response.contacts.first?.uri, target.scheme == "sip" {
                clientInvite?.followsRedirect = false
                resendInvite(route: .automatic) { $0.uri = target }
                return
            }
        default:
            break
        }
        emitEnd(.rejected(response))
        phase = .closing
        closeIfDone()
    }

    /// The INVITE got no final response, or could not be sent.
    mutating func inviteFailed(_ end: SessionEnd, _ token: RequestToken) {
        settle(token)
        guard clientInvite?.token == token, clientInvite?.isAnswered == false else { return closeIfDone() }
        emitEnd(end)
        phase = .closing
        closeIfDone()
    }

    // MARK: CANCEL

    var byeReasons: [SIPReason] {
        byeAfterAck ?? []
    }

    /// Cancels the INVITE as soon as that is allowed (RFC 3261 §9.1).
    mutating func cancelInvite(_ reasons: [SIPReason], now: ContinuousClock.Instant) {
        phase = .closing
        byeAfterAck = reasons
        refusePeerChange()
        if clientInvite?.hasProvisional == true {
            sendCancel(reasons, now: now)
        } else {
            clientInvite?.cancellation = .wanted(reasons)
            clientInvite?.deadline = nil
        }
    }

    private mutating func sendCancel(_ reasons: [SIPReason], now: ContinuousClock.Instant) {
        guard let token = clientInvite?.token, clientInvite?.cancellation != .sent else { return }
        clientInvite?.cancellation = .sent
        let deadline = now + environment.timers.t1 * 64
        clientInvite?.deadline = deadline
        actions.append(.cancel(token, reasons))
    }
}

extension SIPMessageFields {
    var rSeq: UInt32? { headers.first("RSeq").flatMap { UInt32($0) } }
}
