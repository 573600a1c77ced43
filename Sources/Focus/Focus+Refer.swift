// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import SIP

// REFER to a room (RFC 4579 §5.11, §5.12): a member is removed, or the conference is cancelled.
extension Focus {
    func receiveRefer(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity
    ) {
        let referTo = request.headers.all("Refer-To")
        guard referTo.count == 1, let field = referTo.first, let target = try? NameAddress(parsing: field) else {
            return respond(transaction, to: request, 400, warning: "A REFER needs one Refer-To")
        }
        guard let room = roomName(of: request, over: flow, in: session) else {
            return respond(transaction, to: request, 404)
        }
        let method = target.uri.parameters.value("method")?.uppercased() ?? "INVITE"
        guard method == "BYE" else {
            return respond(
                transaction, to: request, 403, warning: "Only method=BYE is served: nobody is called from here")
        }
        let now = ContinuousClock.now
        // A request inside a call is proven by its dialog. One outside carries a name that anybody could write: it counts only together
        // with the host that it came from, or with a password (`Identity.source`).
        let requester = session.flatMap { calls[$0] }.map { Requester.member($0.member) } ?? .person(identity)
        do throws(Refusal) {
            let address = ConferenceAddress(target.uri)
            let step: RoomStep?
            if address.user == room, isOurs(address.host, request, flow) {
                step = try registry.cancel(room, by: requester, now: now)
            } else {
                let member = try member(target.uri, in: registry.room(room))
                step = try registry.kick(member, from: room, by: requester, now: now)
            }
            accept(request, transaction, over: flow, in: session)
            if let step { perform(step) }
        } catch {
            logger.info(
                "REFER refused",
                metadata: [
                    "call-id": "\(request.callID ?? "")", "room": "\(room)", "status": "\(error.status)",
                    "reason": "\(error.text)",
                ])
            respond(transaction, to: request, error)
        }
    }

    /// Whether a host in Refer-To means this focus: then the user part names the room, else a member may have it too.
    private func isOurs(_ host: String, _ request: SIPRequest, _ flow: Flow) -> Bool {
        let ours = [request.uri.host, flow.local.host, configuration.sip.advertised ?? ""] + configuration.sip.domains
        return ours.contains { $0.lowercased() == host }
    }

    /// The room that a request is for: its target, or in a dialog the room of the call.
    func roomName(of request: SIPRequest, over flow: Flow, in session: SessionID?) -> String? {
        if let session, let call = calls[session] { return call.roomName }
        let address = conferenceAddress(request.uri, over: flow)
        guard case .room(let name) = try? registry.policy.destination(address) else { return nil }
        return name
    }

    private func member(_ uri: SIPURI, in room: Room) throws(Refusal) -> MemberID {
        let identity = Identity(uri)
        return try room.resolve(identity.uri)
    }

    /// 202 and the notification of success, unless the peer wants none (RFC 3515 §2.4.4, RFC 4488).
    private func accept(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?
    ) {
        let wantsNone =
            request.headers.first("Refer-Sub")?.lowercased().hasPrefix("false") == true
            || request.require.contains("norefersub")
        var headers: [(String, String)] = wantsNone ? [("Refer-Sub", "false")] : []
        var notification = SIPHeaders()
        notification.set("Event", "refer")
        notification.set("Subscription-State", "terminated;reason=noresource")
        notification.set("Content-Type", "message/sipfrag;version=2.0")
        let body = Array("SIP/2.0 200 OK\r\n".utf8)
        if let session {
            respond(transaction, to: request, 202, headers: headers)
            guard !wantsNone else { return }
            withCore { core, now in
                _ = core.request(session, method: .notify, headers: notification, body: body, now: now)
            }
            return
        }
        let tag = endpoint.core.makeTag()
        var response = SIPResponse(to: request, status: 202, toTag: tag)
        for (name, value) in headers { response.headers.set(name, value) }
        headers = []
        withCore { core, now in core.respond(transaction, response, now: now) }
        guard !wantsNone, var dialog = Dialog(server: request, localTag: tag) else { return }
        dialog.confirm()
        var notify = dialog.makeRequest(.notify)
        for field in notification.fields { notify.headers.set(field.name, field.value) }
        notify.body = body
        let route = RequestRoute.flow(flow, otherwise: FlowTarget(dialog.nextHop))
        let contact = ContactIdentity(user: request.uri.user, isFocus: true)
        withCore { core, now in
            _ = core.request(outOfDialog: OutOfDialogRequest(notify, contact: contact, route: route), now: now)
        }
    }
}

extension Identity {
    /// Who a request says it comes from. Behind a proxy every caller has the proxy's host: such a claim is nobody else's equal.
    init(of request: SIPRequest, over flow: Flow) {
        let source = request.vias.count > 1 ? "proxied \(request.callID ?? "")" : flow.remote.host
        guard let from = request.from else {
            self.init(user: nil, host: "anonymous.invalid", source: source)
            return
        }
        self.init(from.uri, displayName: from.displayName, source: source)
    }

    init(_ uri: SIPURI, displayName: String? = nil, source: String? = nil) {
        self.init(
            displayName: displayName, user: uri.decodedUser, host: uri.host, scheme: uri.scheme, source: source)
    }
}

extension ConferenceAddress {
    init(_ uri: SIPURI) {
        self.init(user: uri.decodedUser, host: uri.host)
    }

    /// The room's name as it stands in a URI.
    static func escaped(_ name: String) -> String {
        name.escapedUserPart()
    }
}
