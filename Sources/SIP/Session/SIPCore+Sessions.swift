// SPDX-License-Identifier: GPL-3.0-or-later

// Sessions: their verbs, and what they want done.
extension SIPCore {
    /// Sends an INVITE. Its end comes as an event whatever happens.
    package mutating func invite(_ invite: SessionInvite, now: ContinuousClock.Instant) -> SessionID {
        let id = reserveSession()
        self.invite(invite, as: id, now: now)
        return id
    }

    /// The name of a session that is yet to begin, for who has to know it before.
    package mutating func reserveSession() -> SessionID { SessionID(number: nextNumber()) }

    /// Sends the INVITE of a reserved session.
    package mutating func invite(_ invite: SessionInvite, as id: SessionID, now: ContinuousClock.Instant) {
        var request = SIPRequest(method: .invite, uri: invite.target)
        // What a URI may carry elsewhere but not as a Request-URI (RFC 3261 §19.1.1).
        request.uri.headers = []
        request.uri.parameters.remove("method")
        var from = invite.from
        from.tag = makeTag()
        let callID = invite.callID ?? makeCallID()
        request.headers.set("Max-Forwards", "70")
        request.headers.set("From", from.description)
        request.headers.set("To", (invite.to ?? NameAddress(uri: request.uri)).description)
        request.headers.set("Call-ID", callID)
        request.headers.set("CSeq", CSeq(number: UInt32(randomNumber() % 10_000) + 1, method: .invite).description)
        for field in invite.headers.fields { request.headers.add(field.name, field.value) }
        var session = InviteSession(
            id: id, role: .client, contact: invite.contact, environment: environment, seed: randomNumber())
        session.start(request, invite, now: now)
        if let leg = session.callLeg { callLegs[leg] = id }
        sessions[id] = session
        perform(id, now: now)
    }

    /// Sends a 1xx above 100; see `InviteSession.progress`.
    package mutating func progress(
        _ id: SessionID, status: Int, body: [UInt8]? = nil, reliable: Bool = false, now: ContinuousClock.Instant
    ) {
        sessions[id]?.progress(status: status, body: body, reliable: reliable, now: now)
        perform(id, now: now)
    }

    /// Accepts an INVITE: `body` is our answer, or our offer where the INVITE had none.
    package mutating func accept(
        _ id: SessionID, body: [UInt8]?, headers: SIPHeaders = SIPHeaders(), now: ContinuousClock.Instant
    ) {
        sessions[id]?.accept(body: body, headers: headers, now: now)
        perform(id, now: now)
    }

    /// Refuses an INVITE with a status of 300 or more.
    package mutating func reject(
        _ id: SessionID, status: Int, reason: String? = nil, headers: SIPHeaders = SIPHeaders(),
        now: ContinuousClock.Instant
    ) {
        sessions[id]?.reject(status: status, reason: reason, headers: headers, end: .byLocal, now: now)
        perform(id, now: now)
    }

    /// Offers anew: re-INVITE, or UPDATE while the dialog is early. What cannot go now waits.
    package mutating func modify(_ id: SessionID, offer: [UInt8], now: ContinuousClock.Instant) {
        sessions[id]?.modify(offer: offer, now: now)
        perform(id, now: now)
    }

    /// Answers the last `offer` or `offerWanted`; a status of 300 or more refuses it and leaves the session as it was.
    package mutating func answer(
        _ id: SessionID, body: [UInt8]?, status: Int = 200, now: ContinuousClock.Instant
    ) {
        sessions[id]?.answer(body: body, status: status, now: now)
        perform(id, now: now)
    }

    /// Ends a session by BYE, CANCEL or a final response. `ended(.byLocal)` comes at once.
    package mutating func terminate(_ id: SessionID, reason: SIPReason? = nil, now: ContinuousClock.Instant) {
        sessions[id]?.terminate(reason.map { [$0] } ?? [], now: now)
        perform(id, now: now)
    }

    /// Sends the INVITE again after `challenged`, with these headers (Authorization, Proxy-Authorization).
    package mutating func resend(_ id: SessionID, headers: SIPHeaders, now: ContinuousClock.Instant) {
        sessions[id]?.resend(headers: headers, now: now)
        perform(id, now: now)
    }

    /// Sets our Contact in a session from its next message on: a factory's INVITE is answered with the new room's URI.
    package mutating func setContact(_ id: SessionID, _ contact: ContactIdentity) {
        sessions[id]?.contact = contact
    }

    /// Sends INFO, MESSAGE, NOTIFY, REFER and their like in the dialog of a session. What comes of it is an output; without
    /// a dialog that is `transportError`.
    package mutating func request(
        _ id: SessionID, method: SIPMethod, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = [],
        now: ContinuousClock.Instant
    ) -> InDialogRequestID {
        let request = InDialogRequestID(number: nextNumber())
        let application = ApplicationRequest(id: request, method: method, headers: headers, body: body)
        if sessions[id]?.request(application) != true {
            output(.sessionResponse(id, request, .transportError))
        }
        perform(id, now: now)
        return request
    }

    // MARK: What sessions want done

    mutating func perform(_ id: SessionID, now: ContinuousClock.Instant) {
        while let actions = sessions[id]?.takeActions(), !actions.isEmpty {
            for action in actions { perform(action, of: id, now: now) }
        }
        deadlines.set(sessions[id]?.nextDeadline, for: id)
        drainTransactions(now: now)
    }

    private mutating func perform(_ action: SessionAction, of id: SessionID, now: ContinuousClock.Instant) {
        let contact = sessions[id]?.contact ?? ContactIdentity()
        switch action {
        case .send(let request, let token, let route):
            send(request, owner: .session(id, token), contact: contact, route: route, now: now)
        case .acknowledge(let request, let route):
            send(request, owner: .nobody, contact: contact, route: route, acknowledges: id, now: now)
        case .repeatAck(let request, let flow):
            transactions.sendOutsideTransaction(.request(request), over: flow)
        case .cancel(let token, let reasons):
            sendCancel(.session(id, token), reasons, now: now)
        case .respond(let response, let transaction):
            if response.isFinal { servers[transaction] = nil }
            transactions.respond(response, to: transaction, now: now)
        case .event(let event):
            output(.session(id, event))
        case .outcome(let request, let outcome):
            output(.sessionResponse(id, request, outcome))
        case .bind(let dialog):
            dialogs[dialog] = id
        case .unbind(let dialog):
            dialogs[dialog] = nil
        case .over:
            forget(id, now: now)
        }
    }

    private mutating func forget(_ id: SessionID, now: ContinuousClock.Instant) {
        guard let session = sessions.removeValue(forKey: id) else { return }
        if let leg = session.callLeg, callLegs.removeValue(forKey: leg) != nil {
            formerLegs.insert(leg, for: FormerCallLegs.branchLife + configuration.timers.t1 * 64, now: now)
        }
        deadlines.set(nil, for: id)
    }
}
