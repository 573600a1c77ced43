// SPDX-License-Identifier: GPL-3.0-or-later

// Our re-INVITE and UPDATE (RFC 3261 §14.1, RFC 3311, RFC 6141, RFC 4028 §10).
extension InviteSession {
    /// Offers anew: by re-INVITE, or by UPDATE while the dialog is early. What cannot go now goes as soon as it can; a
    /// newer offer takes the place of one that waits.
    mutating func modify(offer: [UInt8], now: ContinuousClock.Instant) {
        guard phase != .closing, phase != .closed else { return }
        if case .waiting(let modification, _, _) = change, !modification.isRefresh { change = .none }
        queuedChange = Modification(offer: offer, isRefresh: false)
        drive(now: now)
    }

    /// Sends what waits, when nothing stands in its way.
    mutating func drive(now: ContinuousClock.Instant) {
        guard case .none = change, peerChange == nil, owedAck == nil, let modification = queuedChange, let leg,
            leg.offerAnswer.isStable
        else { return }
        switch phase {
        case .established:
            guard acceptedResponse == nil else { return }
        case .calling, .ringing:
            guard modification.offer != nil, leg.offerAnswer.hasSession, leg.owedPrack == nil,
                serverInvite?.reliable.holdsDescription != true, peerAllows(.update) == true
            else { return }
        case .challenged, .accepting, .closing, .closed:
            return
        }
        queuedChange = nil
        run(modification)
    }

    private mutating func run(_ modification: Modification) {
        let early = phase != .established
        let usesUpdate = early || (modification.isRefresh && peerAllows(.update) == true)
        guard var request = makeRequest(usesUpdate ? .update : .invite), let sequence = request.cSeq?.number else {
            return
        }
        var modification = modification
        modification.attempts += 1
        // A refreshing re-INVITE repeats what was agreed, its origin line unchanged (RFC 4028 §7.4).
        let description = modification.offer ?? (usesUpdate ? nil : localDescription)
        if let description, leg?.offerAnswer.sendOffer() == true {
            request.setDescription(description)
            openOffer = description
        }
        if !early { addTimer(to: &request) }
        let token = send(request, usesUpdate ? .update : .reInvite)
        change = .running(
            modification, token, method: request.method, sequence: sequence, ReliableProvisionalReceiver())
    }

    /// The session timer wants a refresh.
    mutating func refresh(now: ContinuousClock.Instant) {
        // Any re-INVITE or UPDATE refreshes; one is under way or will be.
        guard case .none = change, queuedChange == nil else { return }
        queuedChange = Modification(offer: nil, isRefresh: true)
        drive(now: now)
    }

    // MARK: Responses

    mutating func receivedChangeResponse(
        _ response: SIPResponse, _ token: RequestToken, now: ContinuousClock.Instant
    ) {
        guard case .running(let modification, token, let method, let sequence, var provisional) = change else {
            receivedStrayChangeResponse(response, token)
            return
        }
        guard response.isFinal else {
            if method == .invite, response.supportsReliable, let number = response.rSeq, let cSeq = response.cSeq,
                provisional.receive(number) == .inOrder
            {
                change = .running(modification, token, method: method, sequence: sequence, provisional)
                sendPrack(RAck(responseNumber: number, cSeq: cSeq), body: nil)
            }
            return
        }
        settle(token)
        change = .none
        if response.isSuccess {
            succeeded(modification, response, method: method, sequence: sequence, now: now)
        } else {
            // Our PRACK is later too: whose 1xx we have was not overtaken.
            let isOvertaken = provisional == ReliableProvisionalReceiver() && wasOvertaken(response, number: sequence)
            failed(modification, response, method: method, isOvertaken: isOvertaken, now: now)
        }
    }

    /// The session ended while our re-INVITE was under way: a 2xx to it still wants its ACK.
    private mutating func receivedStrayChangeResponse(_ response: SIPResponse, _ token: RequestToken) {
        guard response.isFinal else { return }
        if response.isSuccess, let cSeq = response.cSeq, cSeq.method == .invite {
            acknowledge(number: cSeq.number, body: nil)
        }
        settle(token)
        closeIfDone()
    }

    private mutating func succeeded(
        _ modification: Modification, _ response: SIPResponse, method: SIPMethod, sequence: UInt32,
        now: ContinuousClock.Instant
    ) {
        learn(from: response)
        leg?.dialog.refreshTarget(response.contacts)
        if method == .invite { acknowledge(number: sequence, body: nil) }
        if phase == .established { timer.receivedSuccess(response.sessionTimerFields, now: now) }
        if leg?.offerAnswer.awaitsAnswer == true {
            guard let body = SessionBody(of: response).bytes, leg?.offerAnswer.receiveAnswer() == true else {
                end(.protocolError("2xx without answer"), sending: [SIPReason(cause: 488, text: "No answer")], now: now)
                return
            }
            let isNew = body != remoteDescription
            settled(local: openOffer, remote: body)
            if !modification.isRefresh || isNew { emit(.answer(body)) }
        }
        if modification.isRefresh { emit(.refreshed) }
        drive(now: now)
    }

    private mutating func failed(
        _ modification: Modification, _ response: SIPResponse, method: SIPMethod, isOvertaken: Bool,
        now: ContinuousClock.Instant
    ) {
        if leg?.offerAnswer.awaitsAnswer == true { leg?.offerAnswer.rollBack() }
        openOffer = nil
        let mayRetry = modification.attempts < ReInviteGlare.attemptLimit
        switch response.status {
        case 408 where phase == .established, 481 where phase == .established:
            end(
                .dialogLost(status: response.status),
                sending: [SIPReason(cause: response.status, text: response.reason)], now: now)
            return
        case 491 where mayRetry:
            let pause = ReInviteGlare.backOff(ownsCallID: role == .client, random: random.next())
            change = .waiting(modification, until: now + pause, exchanges: exchangeCount)
            return
        case 500 where mayRetry && isOvertaken:
            queuedChange = queuedChange ?? modification
            drive(now: now)
            return
        case 500 where mayRetry:
            if let wait = response.deltaSeconds("Retry-After"), wait <= 60 {
                change = .waiting(
                    modification, until: now + .seconds(Int64(wait)) + .milliseconds(10), exchanges: exchangeCount)
                return
            }
        case 422 where mayRetry:
            if timer.receivedTooSmall(minimumInterval: response.deltaSeconds("Min-SE").map(Int.init)) {
                queuedChange = queuedChange ?? modification
                drive(now: now)
                return
            }
        case 405, 501:
            if method == .update, mayRetry {
                peerAllows = (peerAllows ?? []).filter { $0 != SIPMethod.update.rawValue }
                queuedChange = queuedChange ?? modification
                drive(now: now)
                return
            }
        default:
            break
        }
        changeFailed(modification, status: response.status, isAnswered: true, now: now)
    }

    private mutating func changeFailed(
        _ modification: Modification, status: Int, isAnswered: Bool, now: ContinuousClock.Instant
    ) {
        if modification.isRefresh {
            timer.refreshFailed(isAnswered: isAnswered, now: now)
        } else {
            emit(.modifyFailed(status: status))
        }
        drive(now: now)
    }

    /// Our re-INVITE or UPDATE got no answer: the dialog is lost (RFC 3261 §12.2.1.2). One that could not even be sent
    /// counts as 503 and leaves the session as it was; the session timer decides what becomes of it.
    mutating func changeUnanswered(_ token: RequestToken, timedOut: Bool, now: ContinuousClock.Instant) {
        settle(token)
        guard case .running(let modification, token, _, _, _) = change else { return closeIfDone() }
        change = .none
        if leg?.offerAnswer.awaitsAnswer == true { leg?.offerAnswer.rollBack() }
        openOffer = nil
        if timedOut, phase == .established {
            end(.dialogLost(status: 408), sending: [SIPReason(cause: 408, text: "Request Timeout")], now: now)
        } else {
            changeFailed(modification, status: 503, isAnswered: false, now: now)
        }
    }

    /// The wait after glare is over.
    mutating func endWait(now: ContinuousClock.Instant) {
        guard case .waiting(let modification, _, let exchanges) = change else { return }
        change = .none
        if queuedChange == nil {
            if modification.offer != nil, exchanges != exchangeCount {
                emit(.modifyOutdated)
            } else {
                queuedChange = modification
            }
        }
        drive(now: now)
    }
}

extension SIPResponse {
    /// Whether this 1xx is to be acknowledged by PRACK.
    var supportsReliable: Bool {
        status > 100 && status < 200 && require.contains { $0.equalsIgnoringCase("100rel") }
    }
}
