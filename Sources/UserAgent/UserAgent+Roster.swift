// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import NIOCore
import SIP

// Who is in the conference: SUBSCRIBE out, NOTIFY in.
extension UserAgent {
    /// Follows the roster of the conference that a call is in, in a dialog of its own (RFC 6665 §4.5.2).
    func subscribe(_ id: SessionID, to conference: SIPURI) {
        guard let dialog = endpoint.core.session(id)?.dialog else { return }
        var from = dialog.localParty
        from.tag = nil
        calls[id]?.subscription = subscribe(
            to: conference, from: from, expires: Subscription.expiry, for: .roster(id), route: .automatic)
    }

    /// Sends a first SUBSCRIBE.
    ///
    /// - Returns: its Call-ID.
    @discardableResult
    func subscribe(
        to uri: SIPURI, from: NameAddress, expires: UInt32, for purpose: Subscription.Purpose, route: RequestRoute
    ) -> String {
        let callID = endpoint.core.makeCallID()
        let tag = endpoint.core.makeTag()
        var request = SIPRequest(method: .subscribe, uri: uri)
        var tagged = from
        tagged.tag = tag
        request.headers.set("From", tagged.description)
        request.headers.set("To", "<\(uri)>")
        request.headers.set("Call-ID", callID)
        request.headers.set("CSeq", "1 SUBSCRIBE")
        Subscription.complete(&request, expires: expires)
        // Before the request: the first notification may overtake its response.
        endpoint.core.adoptDialog(callID: callID, localTag: tag)
        subscriptions[callID] = Subscription(purpose: purpose, tag: tag)
        send(request, as: .subscription(callID, request), user: from.uri.user, route: route)
        return callID
    }

    private func send(_ request: SIPRequest, as waiting: OutsideRequest, user: String?, route: RequestRoute) {
        sendOutside(OutOfDialogRequest(request, contact: ContactIdentity(user: user), route: route), as: waiting)
        settle()
    }

    /// What came of a SUBSCRIBE.
    func subscribed(_ callID: String, _ sent: SIPRequest, _ outcome: RequestOutcome) {
        guard let subscription = subscriptions[callID] else { return }
        guard case .response(let response) = outcome, response.isSuccess else {
            if case .response(let response) = outcome, response.status == 481, subscription.dialog != nil {
                return subscribeAnew(callID, subscription.purpose)
            }
            forget(callID, why: outcome.trouble)
            return
        }
        if subscription.dialog == nil {
            subscriptions[callID]?.dialog = Dialog(client: sent, response: response)
        }
        if case .list = subscription.purpose { return }
        let expires = Int64(response.expires ?? Subscription.expiry)
        subscription.timer?.cancel()
        // Early enough for retransmissions, and never in a hurry.
        let delay = TimeAmount.seconds(max(expires - max(32, expires / 10), expires / 2, 5))
        subscriptions[callID]?.timer = eventLoop.scheduleTask(in: delay) { [weak self] in
            self?.assumeIsolated { $0.refresh(callID) }
        }
    }

    /// The other side knows nothing of a subscription that stood: another takes its place.
    private func subscribeAnew(_ callID: String, _ purpose: Subscription.Purpose) {
        switch purpose {
        case .roster(let id):
            forget(callID, why: nil)
            calls[id]?.roster = RosterDocument()
            renewRoster(id)
        case .followedList(let reader):
            release(callID)
            follow(reader)
        case .list: forget(callID, why: nil)
        }
    }

    /// Asks whether the subscription of a call still stands; where it does not, another one is made.
    func renewRoster(_ id: SessionID) {
        guard let state = calls[id], state.description?.isFocus == true else { return }
        if let callID = state.subscription, subscriptions[callID]?.dialog != nil { return refresh(callID) }
        guard state.subscription.map({ subscriptions[$0] == nil }) ?? true else { return }
        if let target = endpoint.core.session(id)?.dialog?.remoteTarget { subscribe(id, to: target) }
    }

    /// A focus takes a call to another conference by a Contact that names it: the roster is that one's now.
    func followMove(_ id: SessionID) {
        guard let state = calls[id], state.description?.isFocus == true,
            let conference = endpoint.core.session(id)?.dialog?.remoteTarget,
            let followed = state.conference, followed.decodedUser != conference.decodedUser
        else { return }
        unsubscribe(id)
        calls[id]?.roster = RosterDocument()
        calls[id]?.conference = conference
        subscribe(id, to: conference)
    }

    /// Asks for the whole again and for more time.
    private func refresh(_ callID: String) {
        guard var dialog = subscriptions[callID]?.dialog else { return }
        var request = dialog.makeRequest(.subscribe)
        subscriptions[callID]?.dialog = dialog
        Subscription.complete(&request, expires: Subscription.expiry)
        send(request, as: .subscription(callID, request), user: dialog.localParty.uri.user, route: .automatic)
    }

    /// The call is over: its subscription ends (RFC 6665 §4.1.2.3).
    func unsubscribe(_ id: SessionID) {
        if let callID = calls[id]?.subscription { unsubscribe(callID) }
    }

    func unsubscribe(_ callID: String) {
        guard let subscription = subscriptions.removeValue(forKey: callID) else { return }
        subscription.timer?.cancel()
        guard var dialog = subscription.dialog else {
            return endpoint.core.releaseDialog(callID: callID, localTag: subscription.tag)
        }
        var request = dialog.makeRequest(.subscribe)
        Subscription.complete(&request, expires: 0)
        send(
            request, as: .farewell(callID: callID, tag: subscription.tag), user: dialog.localParty.uri.user,
            route: .automatic)
    }

    /// There is no subscription any more, or never was.
    func forget(_ callID: String, why: UserAgentError?) {
        guard let purpose = release(callID) else { return }
        switch purpose {
        case .roster(let id):
            if let why { calls[id]?.call.tell(.notice("who is in the conference cannot be shown: \(why)")) }
        case .list(let continuation, let host):
            continuation.resume(returning: .failure(why ?? .noAnswer(from: host)))
        case .followedList(let reader):
            reader.feed.finish(throwing: why ?? .wrongState("\(reader.uri.host) does not tell its list any more"))
        }
        noteQuiet()
    }

    /// Lets go of a subscription without a word to either side.
    ///
    /// - Returns: whom it was for; nil where there is none.
    @discardableResult
    private func release(_ callID: String) -> Subscription.Purpose? {
        guard let subscription = subscriptions.removeValue(forKey: callID) else { return nil }
        subscription.timer?.cancel()
        endpoint.core.releaseDialog(callID: callID, localTag: subscription.tag)
        return subscription.purpose
    }

    // MARK: Notifications

    func receiveNotify(_ request: SIPRequest, _ transaction: ServerTransactionID, in session: SessionID?) {
        let event = HeaderFieldParameters(parsing: request.headers.first("Event") ?? "").value.lowercased()
        // A REFER's progress (RFC 3515 §2.4.4): its response has said enough.
        if session != nil, event == "refer" { return respond(transaction, to: request, 200) }
        guard session == nil, let callID = request.callID, subscriptions[callID] != nil else {
            return respond(transaction, to: request, 481)
        }
        guard event == Subscription.package else { return respond(transaction, to: request, 489) }
        respond(transaction, to: request, 200)
        guard let subscription = subscriptions[callID] else { return }
        switch subscription.purpose {
        case .roster(let id): update(id, from: request, callID: callID)
        case .list: readList(request, callID: callID)
        case .followedList(let reader): update(reader, from: request, callID: callID)
        }
    }

    private func update(_ id: SessionID, from request: SIPRequest, callID: String) {
        let state = HeaderFieldParameters(parsing: request.headers.first("Subscription-State") ?? "")
        let isLast = state.value.lowercased() == "terminated"
        if !request.body.isEmpty {
            do {
                let info = try ConferenceInfo(parsing: request.body)
                // The roster of a conference that is over is empty: the call's end says it better.
                if !isLast || !info.users.isEmpty { take(info, in: id, callID: callID) }
            } catch {
                logger.warning("unreadable roster", metadata: ["reason": "\(error)"])
            }
        }
        if isLast { forget(callID, why: nil) }
    }

    private func take(_ info: ConferenceInfo, in id: SessionID, callID: String) {
        switch calls[id]?.roster.apply(info) {
        case .updated:
            guard let roster = roster(of: id) else { return }
            calls[id]?.call.tell(.roster(roster))
            refreshBoard(id)
            // Whoever talked before being known has a name now.
            let talkers = talkers(of: id)
            if !talkers.isEmpty { calls[id]?.call.tell(.talkers(talkers)) }
        case .incomplete: refresh(callID)
        case .ignored, nil: break
        }
    }

    private func readList(_ request: SIPRequest, callID: String) {
        guard case .list(let continuation, _) = subscriptions[callID]?.purpose, !request.body.isEmpty else { return }
        let result: Result<[ConferenceSummary], UserAgentError>
        do throws(UserAgentError) {
            result = .success(try ConferenceList(contentType: request.contentType ?? "", body: request.body).rooms)
        } catch {
            result = .failure(error)
        }
        release(callID)
        continuation.resume(returning: result)
    }

    private func update(_ reader: ListReader, from request: SIPRequest, callID: String) {
        if !request.body.isEmpty {
            do throws(UserAgentError) {
                let rooms = try ConferenceList(contentType: request.contentType ?? "", body: request.body).rooms
                if rooms != reader.rooms {
                    var reader = reader
                    reader.rooms = rooms
                    subscriptions[callID]?.purpose = .followedList(reader)
                    reader.feed.yield(rooms)
                }
            } catch {
                logger.warning("unreadable list of rooms", metadata: ["reason": "\(error)"])
            }
        }
        let state = HeaderFieldParameters(parsing: request.headers.first("Subscription-State") ?? "")
        guard state.value.lowercased() == "terminated", let purpose = subscriptions[callID]?.purpose else { return }
        // Those two reasons invite to subscribe again at once (RFC 6665 §4.1.3).
        if ["deactivated", "timeout"].contains(state.parameter("reason")?.lowercased()) {
            subscribeAnew(callID, purpose)
        } else {
            forget(callID, why: nil)
        }
    }

    func roster(of id: SessionID) -> Roster? {
        guard let info = calls[id]?.roster.info, let own = endpoint.core.session(id)?.dialog?.localParty.uri else {
            return nil
        }
        return Roster(
            info, ownURI: Identity(user: own.decodedUser, host: own.host, scheme: own.scheme).uri,
            ownContacts: contacts(of: own.user, in: id))
    }

    /// What our Contact in a call may be: its user at each address of ours that the other side reaches.
    private func contacts(of user: String?, in id: SessionID) -> [SIPURI] {
        let source = calls[id].flatMap { SIPEndpoint.sourceHost(toward: $0.peer) }
        return endpoint.addresses.compactMap { binding in
            let isWildcard = ["0.0.0.0", "::"].contains(binding.address.host)
            guard let host = isWildcard ? source : binding.address.host else { return nil }
            return SIPURI(user: user, host: host, port: binding.address.port)
        }
    }
}

extension RequestOutcome {
    /// In words; nil for a success.
    fileprivate var trouble: UserAgentError? {
        switch self {
        case .response(let response): response.isSuccess ? nil : .refused(Refusal(response))
        case .timeout: .noAnswer(from: "the conference")
        case .transportError: .wrongState("nobody takes SIP at the conference's address")
        }
    }
}
