// SPDX-License-Identifier: GPL-3.0-or-later

// The end of a session, by either side (RFC 3261 §9, §15), and what the clock brings.
extension InviteSession {
    /// Ends the session as its state demands: CANCEL, a final response, BYE now, or BYE after the ACK.
    mutating func terminate(_ reasons: [SIPReason], now: ContinuousClock.Instant) {
        switch phase {
        case .calling:
            emitEnd(.byLocal)
            cancelInvite(reasons, now: now)
        case .challenged:
            emitEnd(.byLocal)
            phase = .closing
            closeIfDone()
        case .ringing, .accepting:
            let status = reasons.first { $0.protocolName == "SIP" }?.cause ?? 480
            var headers = SIPHeaders()
            for reason in reasons { headers.add("Reason", reason.description) }
            reject(
                status: (300..<700).contains(status) ? status : 480, reason: nil, headers: headers, end: .byLocal,
                now: now)
        case .established:
            end(.byLocal, sending: reasons, now: now)
        case .closing, .closed:
            break
        }
    }

    /// Ends an established session with BYE.
    mutating func end(_ end: SessionEnd, sending reasons: [SIPReason], now: ContinuousClock.Instant) {
        guard phase == .established else { return }
        emitEnd(end)
        phase = .closing
        refusePeerChange()
        if let number = owedAck {
            owedAck = nil
            acknowledge(number: number, body: nil)
        }
        if acceptedResponse?.isInitial == true {
            byeAfterAck = reasons
        } else {
            acceptedResponse = nil
            sendBye(reasons)
        }
    }

    mutating func sendBye(_ reasons: [SIPReason]) {
        byeAfterAck = nil
        guard var request = makeRequest(.bye) else { return closeIfDone() }
        for reason in reasons { request.headers.add("Reason", reason.description) }
        send(request, .bye)
    }

    /// 487 to a request that the end of the session overtakes (RFC 3261 §15.1.2).
    mutating func refusePeerChange() {
        guard let pending = peerChange else { return }
        peerChange = nil
        respond(487, to: pending.request, pending.transaction, over: pending.flow)
    }

    mutating func receivedBye(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, now: ContinuousClock.Instant
    ) {
        respond(200, to: request, transaction, over: flow)
        let end = SessionEnd.byRemote(request.reasons)
        switch phase {
        case .ringing, .accepting:
            reject(status: 487, reason: nil, headers: SIPHeaders(), end: end, now: now)
        case .calling, .challenged:
            // Only the caller may send BYE in an early dialog, but one who says goodbye is believed.
            emitEnd(end)
            cancelInvite([], now: now)
        case .established, .closing:
            refusePeerChange()
            owedAck = nil
            // The peer has what it needs: no more 2xx, and a BYE of ours has lost its point.
            acceptedResponse = nil
            byeAfterAck = nil
            emitEnd(end)
            phase = .closing
            closeIfDone()
        case .closed:
            break
        }
    }

    // MARK: Time

    /// When `fire(now:)` has something to do.
    package var nextDeadline: ContinuousClock.Instant? {
        var deadlines: [ContinuousClock.Instant] = []
        if let deadline = clientInvite?.deadline { deadlines.append(deadline) }
        if let invite = serverInvite, phase == .ringing || phase == .accepting {
            for deadline in [invite.reliable.nextDeadline, invite.repeatAt, invite.expiresAt] {
                if let deadline { deadlines.append(deadline) }
            }
        }
        if let deadline = acceptedResponse?.nextDeadline { deadlines.append(deadline) }
        if case .waiting(_, let until, _) = change { deadlines.append(until) }
        if phase == .established, let deadline = timer.nextDeadline { deadlines.append(deadline) }
        return deadlines.min()
    }

    mutating func fire(now: ContinuousClock.Instant) {
        fireInvite(now: now)
        fireAccepted(now: now)
        if case .waiting(_, let until, _) = change, now >= until { endWait(now: now) }
        guard phase == .established else { return }
        switch timer.fire(now: now) {
        case .refresh:
            refresh(now: now)
        case .expired:
            end(.sessionExpired, sending: [SIPReason(cause: 408, text: "Session expired")], now: now)
        case nil:
            break
        }
    }

    private mutating func fireInvite(now: ContinuousClock.Instant) {
        if let deadline = clientInvite?.deadline, now >= deadline {
            clientInvite?.deadline = nil
            switch phase {
            case .calling:
                emitEnd(.timeout)
                cancelInvite([SIPReason(cause: 408, text: "No answer")], now: now)
            case .challenged:
                emitEnd(.timeout)
                phase = .closing
                closeIfDone()
            case .closing:
                // No final response to a cancelled INVITE: it counts as gone (RFC 3261 §9.1).
                if let token = clientInvite?.token { settle(token) }
                closeIfDone()
            case .ringing, .accepting, .established, .closed:
                break
            }
        }
        guard phase == .ringing || phase == .accepting, let invite = serverInvite else { return }
        switch serverInvite?.reliable.fire(now: now) {
        case .retransmit(let response):
            actions.append(.respond(response, invite.transaction))
        case .gaveUp:
            reject(status: 504, reason: "No PRACK", headers: SIPHeaders(), end: .timeout, now: now)
            return
        case nil:
            break
        }
        if let expiresAt = invite.expiresAt, now >= expiresAt {
            reject(status: 487, reason: nil, headers: SIPHeaders(), end: .cancelled([]), now: now)
        } else if let repeatAt = invite.repeatAt, now >= repeatAt {
            let interval = environment.configuration.provisionalInterval
            serverInvite?.repeatAt = now + interval
            if phase == .ringing, let status = invite.lastProvisional {
                progress(status: status, body: nil, reliable: false, now: now)
            }
        }
    }

    private mutating func fireAccepted(now: ContinuousClock.Instant) {
        guard let accepted = acceptedResponse else { return }
        switch acceptedResponse?.fire(now: now) {
        case .retransmit(let response):
            actions.append(.respond(response, accepted.transaction))
        case .gaveUp:
            // No ACK: the session is ended (RFC 3261 §13.3.1.4).
            acceptedResponse = nil
            if let reasons = byeAfterAck {
                sendBye(reasons)
            } else {
                end(.timeout, sending: [SIPReason(cause: 408, text: "No ACK")], now: now)
            }
        case nil:
            break
        }
    }

    // MARK: Requests of ours

    /// A response to the request of that token.
    mutating func received(
        _ response: SIPResponse, _ token: RequestToken, over flow: Flow, now: ContinuousClock.Instant
    ) {
        switch purpose(of: token) {
        case .invite:
            receivedInviteResponse(response, token, over: flow, now: now)
        case .reInvite, .update:
            receivedChangeResponse(response, token, now: now)
        case .prack:
            guard response.isFinal else { return }
            settle(token)
            closeIfDone()
        case .bye:
            guard response.isFinal else { return }
            settle(token)
            closeIfDone()
        case .application(let request):
            if response.isFinal { settle(token) }
            if let number = response.cSeq?.number, wasOvertaken(response, number: number), request.isWorthRepeating,
                self.request(request)
            {
                break
            }
            actions.append(.outcome(request.id, .response(response)))
            // A peer without this dialog says so to an INFO; for a method with a usage of its own it may mean that one.
            if response.status == 481, response.cSeq?.method == .info {
                end(.dialogLost(status: 481), sending: [SIPReason(cause: 481)], now: now)
            }
            closeIfDone()
        case nil:
            break
        }
        if phase == .established { drive(now: now) } else { closeIfDone() }
    }

    /// No response came to the request of that token, or it could not be sent.
    mutating func failed(_ token: RequestToken, timedOut: Bool, now: ContinuousClock.Instant) {
        switch purpose(of: token) {
        case .invite:
            inviteFailed(timedOut ? .timeout : .transportError, token)
        case .reInvite, .update:
            changeUnanswered(token, timedOut: timedOut, now: now)
        case .prack, .bye:
            settle(token)
            closeIfDone()
        case .application(let request):
            settle(token)
            actions.append(.outcome(request.id, timedOut ? .timeout : .transportError))
            closeIfDone()
        case nil:
            break
        }
        closeIfDone()
    }

    /// Sends a request of the user in the dialog; false when there is no dialog any more, or yet.
    mutating func request(_ application: ApplicationRequest) -> Bool {
        guard !hasEnded, var request = makeRequest(application.method) else { return false }
        for field in application.headers.fields { request.headers.add(field.name, field.value) }
        request.body = application.body
        var application = application
        application.attempts += 1
        send(request, .application(application))
        return true
    }

    /// Whether it refuses a request because a later one came first (RFC 3261 §12.2.2: 500): that one went by another way, or the first
    /// datagram of this one was lost. It wants to be sent again, with a new number.
    ///
    /// - Parameter number: of the request's CSeq.
    func wasOvertaken(_ response: SIPResponse, number: UInt32) -> Bool {
        guard response.status == 500, response.headers.first("Retry-After") == nil, let leg else { return false }
        return number < leg.dialog.localSequence
    }
}
