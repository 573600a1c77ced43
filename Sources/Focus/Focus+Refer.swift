// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import SIP

// REFER to a room (RFC 4579 §5.5, §5.11, §5.12): somebody is called, a member is removed, or the conference is cancelled.
extension Focus {
    func receiveRefer(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity
    ) {
        if request.require.contains(where: { $0.lowercased() == Self.multipleOption }) {
            return receiveList(request, transaction, over: flow, in: session, from: identity)
        }
        let referTo = request.headers.all("Refer-To")
        guard referTo.count == 1, let field = referTo.first, let target = try? NameAddress(parsing: field) else {
            return respond(transaction, to: request, 400, warning: "A REFER needs one Refer-To")
        }
        guard let room = roomName(of: request, over: flow, in: session) else {
            return respond(transaction, to: request, 404)
        }
        let reference = Reference(request: request, transaction: transaction, flow: flow, session: session)
        let method = target.uri.parameters.value("method")?.uppercased() ?? "INVITE"
        // A request inside a call is proven by its dialog. One outside carries a name that anybody could write: it counts only together
        // with the host that it came from, or with a password (`Identity.source`).
        let requester = session.flatMap { calls[$0] }.map { Requester.member($0.member) } ?? .person(identity)
        let wanted: RoomCommand
        var terms = CallTerms()
        switch method {
        case "BYE":
            let isRoom =
                ConferenceAddress(target.uri).user == room && isOurs(target.uri.host, request, flow, in: session)
            wanted = isRoom ? .cancel : .kick(.named(Identity(target.uri).uri))
        case "INVITE":
            var callee = target.uri
            terms.replaces = callee.replaces
            callee.headers = []
            callee.parameters.remove("method")
            wanted = .invite(callee.description)
        default: return respond(transaction, to: request, 403, warning: "method=INVITE and method=BYE are served")
        }
        guard let address = wanted.callee, let search = searchHosts(of: [address], in: room, by: requester) else {
            return obey(reference, wanted, terms, in: room, by: requester)
        }
        Task { [replaces = terms.replaces] in
            let hosts = await search.hosts.value
            obey(
                reference, wanted, CallTerms(found: hosts[address], replaces: replaces), in: room, by: requester)
        }
    }

    /// Does what a REFER asks for, and answers it.
    private func obey(
        _ reference: Reference, _ wanted: RoomCommand, _ terms: CallTerms, in room: String, by requester: Requester
    ) {
        let isCall = wanted.callee != nil
        do throws(Refusal) {
            try command(wanted, in: room, by: requester, terms) {
                guard var progress = accept(reference) else { return nil }
                notify(&progress, isCall ? "SIP/2.0 100 Trying" : "SIP/2.0 200 OK", isLast: !isCall)
                return isCall ? progress : nil
            }
        } catch {
            logger.info(
                "REFER refused",
                metadata: metadata(
                    callID: reference.request.callID, room: room,
                    member: reference.session.flatMap { calls[$0]?.member },
                    ["status": "\(error.status)", "reason": "\(error.text)"]))
            respond(reference.transaction, to: reference.request, error)
        }
    }

    static let multipleOption = "multiple-refer"

    /// Several are called or removed at once (RFC 5368), as if each had been asked for by itself. No progress is told: the list stands for
    /// many (§6). Who has to be looked for is called after the others.
    private func receiveList(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity
    ) {
        let list = request.bodyPart(ResourceList.contentType).flatMap { ResourceList.addresses(in: $0) } ?? []
        let targets = list.compactMap { try? SIPURI(parsing: $0) }
        guard !targets.isEmpty else {
            return respond(transaction, to: request, 400, warning: "A list of SIP addresses is needed")
        }
        guard let room = roomName(of: request, over: flow, in: session) else {
            return respond(transaction, to: request, 404)
        }
        let requester = session.flatMap { calls[$0] }.map { Requester.member($0.member) } ?? .person(identity)
        let reference = Reference(request: request, transaction: transaction, flow: flow, session: session)
        let entries = targets.map { target in
            var callee = target
            callee.headers = []
            callee.parameters.remove("method")
            let removes = target.parameters.value("method")?.uppercased() == "BYE"
            return ListEntry(
                address: callee.description,
                command: removes ? .kick(.named(Identity(callee).uri)) : .invite(callee.description))
        }
        let search = searchHosts(of: entries.compactMap(\.command.callee), in: room, by: requester)
        let unknown = search?.addresses ?? []
        let isLater = { (entry: ListEntry) -> Bool in entry.command.callee.map { unknown.contains($0) } ?? false }
        let later = entries.filter(isLater)
        let outcome = obey(reference, entries.filter { !isLater($0) }, [:], .nothing, in: room, by: requester)
        guard let lookup = search?.hosts else { return answer(reference, outcome) }
        Task {
            let hosts = await lookup.value
            answer(reference, obey(reference, later, hosts, outcome, in: room, by: requester))
        }
    }

    private struct ListEntry {
        let address: String
        let command: RoomCommand
    }

    private enum ListOutcome {
        case nothing
        /// Nothing of the list was done; the first reason why.
        case refused(Refusal)
        /// Something was, and the REFER has its 202.
        case accepted
    }

    private func obey(
        _ reference: Reference, _ list: [ListEntry], _ hosts: FoundHosts, _ before: ListOutcome, in room: String,
        by requester: Requester
    ) -> ListOutcome {
        var outcome = before
        for entry in list {
            do throws(Refusal) {
                try command(entry.command, in: room, by: requester, CallTerms(found: hosts[entry.address])) {
                    if case .accepted = outcome { return nil }
                    respond(reference.transaction, to: reference.request, 202, headers: [("Refer-Sub", "false")])
                    outcome = .accepted
                    return nil
                }
            } catch {
                if case .nothing = outcome { outcome = .refused(error) }
                logger.info(
                    "REFER refused",
                    metadata: metadata(
                        callID: reference.request.callID, room: room,
                        member: reference.session.flatMap { calls[$0]?.member },
                        ["target": "\(entry.address)", "reason": "\(error.text)"]))
            }
        }
        return outcome
    }

    /// Nothing of the list was done: that is told.
    private func answer(_ reference: Reference, _ outcome: ListOutcome) {
        guard case .refused(let refusal) = outcome else { return }
        respond(reference.transaction, to: reference.request, refusal)
    }

    /// Whether a host in Refer-To means this focus: then the user part names the room, else a member may have it too. In a call that
    /// goes to our Contact, To still says what was dialled.
    private func isOurs(_ host: String, _ request: SIPRequest, _ flow: Flow, in session: SessionID?) -> Bool {
        let dialled = session == nil ? "" : request.to?.uri.host ?? ""
        let ours =
            [request.uri.host, dialled, flow.local.host, configuration.sip.advertised ?? ""] + configuration.sip.domains
        return ours.contains { $0.lowercased() == host.lowercased() }
    }

    /// The room that a request is for: its target, or in a dialog the room of the call.
    func roomName(of request: SIPRequest, over flow: Flow, in session: SessionID?) -> String? {
        if let session, let call = calls[session] { return call.roomName }
        return roomName(at: conferenceAddress(request.uri, over: flow))
    }

    /// nil where an address names no room, or none of ours.
    func roomName(at address: ConferenceAddress) -> String? {
        guard case .room(let name) = try? registry.policy.destination(address) else { return nil }
        return name
    }

    /// 202, and who is to hear what becomes of it, unless the peer wants none (RFC 3515 §2.4.4, RFC 4488).
    ///
    /// - Returns: nil where the peer wants to hear no more of it.
    private func accept(_ reference: Reference) -> ReferProgress? {
        let (request, transaction) = (reference.request, reference.transaction)
        let wantsNone =
            request.headers.first("Refer-Sub")?.lowercased().hasPrefix("false") == true
            || request.require.contains("norefersub")
        let headers: [(String, String)] = wantsNone ? [("Refer-Sub", "false")] : []
        if let session = reference.session {
            respond(transaction, to: request, 202, headers: headers)
            return wantsNone ? nil : ReferProgress(way: .inside(session))
        }
        let tag = endpoint.core.makeTag()
        var response = SIPResponse(to: request, status: 202, toTag: tag)
        for (name, value) in headers { response.headers.set(name, value) }
        withCore { core, now in core.respond(transaction, response, now: now) }
        guard !wantsNone, var dialog = Dialog(server: request, localTag: tag) else { return nil }
        dialog.confirm()
        return ReferProgress(way: .outside(dialog, reference.flow, user: request.uri.user))
    }

    /// Tells who asked what became of it.
    func notify(_ progress: inout ReferProgress, _ status: String, isLast: Bool) {
        var headers = SIPHeaders()
        headers.set("Event", "refer")
        headers.set("Subscription-State", isLast ? "terminated;reason=noresource" : "active;expires=60")
        headers.set("Content-Type", "message/sipfrag;version=2.0")
        let body = Array((status + "\r\n").utf8)
        switch progress.way {
        case .inside(let session):
            withCore { core, now in
                _ = core.request(session, method: .notify, headers: headers, body: body, now: now)
            }
        case .outside(var dialog, let flow, let user):
            var notify = dialog.makeRequest(.notify)
            progress.way = .outside(dialog, flow, user: user)
            for field in headers.fields { notify.headers.set(field.name, field.value) }
            notify.body = body
            let route = RequestRoute.flow(flow, otherwise: FlowTarget(dialog.nextHop))
            let contact = ContactIdentity(user: user, isFocus: true)
            withCore { core, now in
                _ = core.request(outOfDialog: OutOfDialogRequest(notify, contact: contact, route: route), now: now)
            }
        }
    }
}

extension RoomCommand {
    /// Who is to be called.
    fileprivate var callee: String? {
        if case .invite(let address) = self { address } else { nil }
    }
}

/// A REFER that has no answer yet.
private struct Reference {
    let request: SIPRequest
    let transaction: ServerTransactionID
    let flow: Flow
    let session: SessionID?
}

/// Who hears what becomes of a REFER.
struct ReferProgress {
    enum Way {
        case inside(SessionID)
        case outside(Dialog, Flow, user: String?)
    }

    var way: Way
}

extension Identity {
    /// Who a request says it comes from. Behind a proxy every caller has the proxy's host: such a claim is nobody else's equal.
    init(of request: SIPRequest, over flow: Flow) {
        let source = request.vias.count > 1 ? Identity.proxied(request.callID ?? "") : flow.remote.host
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
