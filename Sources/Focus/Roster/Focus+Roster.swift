// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import MediaServer
import SIP

// Subscriptions to a room's roster and to the list of rooms: SUBSCRIBE in, NOTIFY out.
extension Focus {
    static let eventPackage = "conference"

    func receiveSubscribe(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?
    ) {
        let event = request.headers.first("Event")?.lowercased() ?? ""
        let package = event.split(separator: ";").first.map { $0.filter { $0 != " " } }
        guard package == Self.eventPackage else {
            return respond(transaction, to: request, 489, headers: [("Allow-Events", Self.eventPackage)])
        }
        let known = DialogID(incoming: request).flatMap { roster.subscription($0) != nil ? $0 : nil }
        if let known, session == nil, !roster.receive(known, sequence: request.cSeq?.number ?? 0) {
            return respond(transaction, to: request, 500)
        }
        if known == nil, session == nil, request.to?.tag != nil { return respond(transaction, to: request, 481) }
        guard known != nil || !roster.isFull else {
            return respond(transaction, to: request, 503, headers: [("Retry-After", "60")])
        }
        let subject: RosterNotifier.Subject
        do throws(Refusal) {
            if let known, let subscription = roster.subscription(known) {
                subject = subscription.subject
            } else {
                subject = try self.subject(of: request, in: session)
            }
        } catch {
            return respond(transaction, to: request, error)
        }
        subscribe(request, transaction, over: flow, in: session, to: subject, known: known)
    }

    private func subscribe(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        to subject: RosterNotifier.Subject, known: DialogID?
    ) {
        let asked = request.expires.map(Int.init) ?? RosterNotifier.defaultExpiry
        let seconds = min(asked, RosterNotifier.longestExpiry)
        let tag = request.to?.tag ?? endpoint.core.makeTag()
        let inherited = session.flatMap { endpoint.core.session($0)?.dialog }
        guard let dialog = inherited ?? Dialog(server: request, localTag: tag) else {
            return respond(transaction, to: request, 400, warning: "A SUBSCRIBE needs a Contact")
        }
        var response = SIPResponse(to: request, status: 200, toTag: tag)
        response.headers.set("Expires", "\(seconds)")
        withCore { core, now in core.respond(transaction, response, now: now) }

        let key = known ?? dialog.id
        if session == nil, known == nil {
            endpoint.core.adoptDialog(callID: dialog.id.callID, localTag: dialog.id.localTag)
        }
        let now = ContinuousClock.now
        roster.subscribe(
            key,
            {
                RosterNotifier.Subscription(
                    subject: subject, session: session, dialog: dialog, flow: flow, contactUser: request.uri.user,
                    eventID: HeaderFieldParameters(parsing: request.headers.first("Event") ?? "").parameter("id"),
                    expires: now)
            }, expires: now + .seconds(seconds))
        sendRosters(now: now)
    }

    private func subject(
        of request: SIPRequest, in session: SessionID?
    ) throws(Refusal) -> RosterNotifier.Subject {
        if let session, let call = calls[session] { return .room(call.roomName) }
        switch try registry.policy.destination(ConferenceAddress(request.uri)) {
        case .list: return .list
        case .factory: throw Refusal(.unknownRoom, "The conference factory has no roster")
        case .room(let name): return .room(try registry.room(name).name)
        }
    }

    // MARK: Notifying

    func sendRosters(now: ContinuousClock.Instant) {
        for key in roster.takeDue(now: now) {
            guard let subscription = roster.subscription(key) else { continue }
            let left = now.duration(to: subscription.expires).components.seconds
            notify(
                key, subscription, state: left > 0 ? "active;expires=\(left)" : "terminated;reason=timeout", now: now)
            if left <= 0 { end(key) }
        }
        for dialog in roster.takeGone() { release(dialog) }
    }

    /// The room is over: subscribers are told so and forgotten (RFC 6665 §4.1.3: `noresource`).
    func endRoster(of room: String) {
        let now = ContinuousClock.now
        for (key, subscription) in roster.subscriptions where subscription.subject == .room(room) {
            notify(key, subscription, state: "terminated;reason=noresource", now: now)
            end(key)
        }
        roster.changed(room)
    }

    private func end(_ key: DialogID) {
        if let dialog = roster.remove(key) { release(dialog) }
    }

    private func release(_ dialog: DialogID) {
        endpoint.core.releaseDialog(callID: dialog.callID, localTag: dialog.localTag)
    }

    private func notify(
        _ key: DialogID, _ subscription: RosterNotifier.Subscription, state: String, now: ContinuousClock.Instant
    ) {
        guard let (version, made) = roster.notify(key, now: now) else { return }
        var fields = SIPHeaders()
        fields.set("Event", Self.eventPackage + (subscription.eventID.map { ";id=\($0)" } ?? ""))
        fields.set("Subscription-State", state)
        let body: [UInt8]
        switch subscription.subject {
        case .room(let name):
            fields.set("Content-Type", ConferenceInfo.contentType)
            body = Array(document(of: name, version: version, host: subscription.flow.local.host).utf8)
        case .list:
            let list = RoomList(rooms: registry.allRooms, host: hostOfURIs(subscription.flow), version: version)
            fields.set("Require", "eventlist")
            fields.set("Content-Type", list.contentType)
            body = list.body
        }
        let request: RosterNotifier.RequestKey
        if let session = subscription.session {
            request = .inside(
                endpoint.core.request(session, method: .notify, headers: fields, body: body, now: now))
        } else {
            var notify = made
            for field in fields.fields { notify.headers.set(field.name, field.value) }
            notify.body = body
            let route = RequestRoute.flow(subscription.flow, otherwise: FlowTarget(subscription.dialog.nextHop))
            let contact = ContactIdentity(user: subscription.contactUser, isFocus: true)
            request = .outside(
                endpoint.core.request(
                    outOfDialog: OutOfDialogRequest(notify, contact: contact, route: route), now: now))
        }
        roster.sent(key, as: request)
        settle()
    }

    private func hostOfURIs(_ flow: Flow) -> String {
        configuration.sip.domains.first ?? endpoint.localAddress(for: flow).host
    }

    /// The room's roster as RFC 4575 has it; an empty room's for one that is gone.
    private func document(of name: String, version: UInt32, host: String) -> String {
        let entity = Identity(user: name, host: configuration.sip.domains.first ?? host).uri
        guard let room = try? registry.room(name) else {
            return ConferenceInfo(entity: entity, version: version, userCount: 0, active: false).serialized()
        }
        let detail = room.detail(.now)
        var users: [ConferenceInfo.User] = []
        var places: [String: Int] = [:]
        for member in detail.members where member.state == .connected {
            let endpoint = describe(member)
            if let place = places[member.uri] {
                users[place].endpoints.append(endpoint)
                continue
            }
            let isAnonymous = (try? SIPURI(parsing: member.uri)).map { Identity($0).isAnonymous } ?? true
            let user = isAnonymous ? "sip:anonymous-\(member.id)@anonymous.invalid" : member.uri
            if !isAnonymous { places[member.uri] = users.count }
            users.append(
                ConferenceInfo.User(
                    entity: user, displayText: member.displayName, roles: [member.role.rawValue],
                    endpoints: [endpoint]))
        }
        return ConferenceInfo(
            entity: entity, version: version, displayText: name, maximumUserCount: room.settings.maxMembers,
            userCount: detail.members.count { $0.state == .connected }, active: true, locked: detail.lockedBy != nil,
            users: users
        ).serialized()
    }

    private func describe(_ member: MemberDetail) -> ConferenceInfo.Endpoint {
        let wire = MemberID(member.id).flatMap { id in self.call(of: id)?.wire }
        let direction = member.held ? "inactive" : member.muted ? "recvonly" : "sendrecv"
        let audio = ConferenceInfo.Media(
            id: "1", type: "audio", label: "1", sourceID: wire?.sourceID, status: direction)
        let status: ConferenceInfo.Endpoint.Status = member.held ? .onHold : member.muted ? .mutedViaFocus : .connected
        let joined: String = Date.ISO8601FormatStyle().format(member.joined)
        return ConferenceInfo.Endpoint(
            entity: "\(member.uri);member=\(member.id)", status: status, joiningMethod: "dialed-in", joined: joined,
            media: [audio], mutedBy: member.mutedBy)
    }
}
