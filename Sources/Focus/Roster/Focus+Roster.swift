// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import MediaServer
import NIOCore
import SIP

// Subscriptions to a room's roster and to the list of rooms: SUBSCRIBE in, NOTIFY out.
extension Focus {
    static let eventPackage = "conference"
    static let listOption = "eventlist"

    func receiveSubscribe(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity
    ) {
        let event = HeaderFieldParameters(parsing: request.headers.first("Event") ?? "")
        guard event.value.lowercased() == Self.eventPackage else {
            return respond(transaction, to: request, 489, headers: [("Allow-Events", Self.eventPackage)])
        }
        if registry.isDraining { return respond(transaction, to: request, 503, headers: [("Retry-After", "60")]) }
        let existing = session.flatMap { endpoint.core.session($0)?.dialog?.id } ?? DialogID(incoming: request)
        if session == nil, let existing {
            guard roster.ownDialog(existing) != nil else { return respond(transaction, to: request, 481) }
            let isInOrder = roster.receive(
                existing, sequence: request.cSeq?.number ?? 0, contacts: request.contacts,
                isDirect: Self.isDirect(request, roster.ownDialog(existing)?.dialog))
            guard isInOrder else { return respond(transaction, to: request, 500) }
        }
        let eventID = event.parameter("id")
        let known = existing.flatMap { roster.subscription(RosterNotifier.Key(dialog: $0, eventID: eventID)) }
        let sharer = sharer(identity, over: flow)
        if known == nil, let shortage = roster.shares.shortage(for: sharer) {
            noPlace(.subscriptions, shortage, for: sharer, request)
            return respond(transaction, to: request, 503, headers: [("Retry-After", "60")])
        }
        do throws(Refusal) {
            let subject =
                if let known {
                    known.subject
                } else { try self.subject(of: request, over: flow, in: session, from: identity) }
            if let (status, headers) = Self.refusal(of: request, to: subject, isRefresh: known != nil) {
                return respond(transaction, to: request, status, headers: headers)
            }
            subscribe(
                request, transaction, over: flow, in: session, from: identity, to: subject, dialog: existing,
                eventID: eventID)
        } catch {
            respond(transaction, to: request, error)
        }
    }

    private func subscribe(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity, to subject: RosterNotifier.Subject, dialog existing: DialogID?, eventID: String?
    ) {
        let asked = request.expires.map(Int.init) ?? RosterNotifier.defaultExpiry
        let seconds = min(asked, RosterNotifier.longestExpiry)
        let tag = request.to?.tag ?? endpoint.core.makeTag()
        let id: DialogID
        if let existing {
            id = existing
        } else if let dialog = Dialog(server: request, localTag: tag) {
            id = dialog.id
            roster.open(dialog, isDirect: Self.isDirect(request, dialog))
            endpoint.core.adoptDialog(callID: id.callID, localTag: id.localTag)
        } else {
            return respond(transaction, to: request, 400, warning: "A SUBSCRIBE needs a Contact")
        }
        var response = SIPResponse(to: request, status: 200, toTag: tag)
        response.headers.set("Expires", "\(seconds)")
        if subject == .list { response.headers.set("Require", Self.listOption) }
        let now = ContinuousClock.now
        let place = session.flatMap { calls[$0]?.place } ?? place(request.uri, over: flow)
        let sharer = sharer(identity, over: flow)
        roster.subscribe(
            RosterNotifier.Key(dialog: id, eventID: eventID), over: flow, expires: now + .seconds(seconds)
        ) {
            RosterNotifier.Subscription(
                subject: subject, session: session, viewer: identity, sharer: sharer,
                contactUser: request.uri.user, place: place, flow: flow, now: now)
        }
        withCore { core, now in core.respond(transaction, response, now: now) }
        sendRosters(now: now)
    }

    /// What the SUBSCRIBE lacks: an Accept of what it would be sent, and for a list the extension (RFC 4662 §4.1, §4.2).
    static func refusal(
        of request: SIPRequest, to subject: RosterNotifier.Subject, isRefresh: Bool
    ) -> (status: Int, headers: [(String, String)])? {
        let isList = subject == .list
        if isList, !isRefresh, !request.supported.contains(where: { $0.lowercased() == listOption }) {
            return (421, [("Require", listOption)])
        }
        let type = isList ? "multipart/related" : ConferenceInfo.contentType
        return request.accepts(type) ? nil : (406, [("Accept", type)])
    }

    /// Whether no proxy stands between the sender of `request`, in `dialog` where it is known, and us.
    private static func isDirect(_ request: SIPRequest, _ dialog: Dialog?) -> Bool {
        request.vias.count == 1 && (dialog?.routeSet ?? request.recordRoutes).isEmpty
    }

    private func subject(
        of request: SIPRequest, over flow: Flow, in session: SessionID?, from identity: Identity
    ) throws(Refusal) -> RosterNotifier.Subject {
        if let session, let call = calls[session] {
            return .room(try registry.room(call.roomName).name)
        }
        switch try registry.policy.destination(conferenceAddress(request.uri, over: flow)) {
        case .list: return .list
        case .factory: throw Refusal(.unknownRoom, "The conference factory has no roster")
        case .room(let name):
            let room = try registry.room(name)
            guard room.isOpenToView || room.member(identity) != nil || room.isAtTheDoor(identity) else {
                throw Refusal(.forbidden, "Only members of conference \(room.name) see who is in it")
            }
            return .room(room.name)
        }
    }

    /// Whether a subscriber sees who is in a room.
    private enum View {
        case all
        /// It waits outside: it will, once it is in.
        case pending
        /// It was in, and is not any more.
        case none
    }

    private func view(of subscription: RosterNotifier.Subscription) -> View {
        guard case .room(let name) = subscription.subject, let room = try? registry.room(name), !room.isOpenToView
        else {
            return .all
        }
        if let session = subscription.session {
            return calls[session].map { room.isConnected($0.member) } == true ? .all : .pending
        }
        guard let viewer = subscription.viewer else { return .none }
        return room.member(viewer) != nil ? .all : room.isAtTheDoor(viewer) ? .pending : .none
    }

    // MARK: Notifying

    /// Sends what is due, and sees to it that the rest is sent in its time.
    func sendRosters(now: ContinuousClock.Instant) {
        for key in roster.takeDue(now: now) {
            guard let subscription = roster.subscription(key) else { continue }
            let left = now.duration(to: subscription.expires).components.seconds
            let isOver = now >= subscription.expires
            notify(key, subscription, isOver ? "terminated;reason=timeout" : "active;expires=\(left)", now: now)
            if isOver { roster.remove(key) }
        }
        releaseDialogs()
        guard let next = roster.nextDeadline(now: now) else { return }
        if let wake = roster.wake, wake > now, wake <= next { return }
        roster.wake = next
        let delay = max(now.duration(to: next), .milliseconds(1))
        eventLoop.scheduleTask(in: TimeAmount(delay)) { [weak self] in
            self?.assumeIsolated { $0.sendRosters(now: .now) }
        }
    }

    /// The room is over: subscribers are told so and forgotten (RFC 6665 §4.1.3: `noresource`), and the list is without it.
    func endRoster(of room: String) {
        let now = ContinuousClock.now
        end(.room(room), "noresource", now: now)
        roster.changed(room)
        sendRosters(now: now)
    }

    /// The focus shuts down: whoever follows the list may ask again elsewhere (RFC 6665 §4.1.3: `deactivated`).
    func endLists() {
        end(.list, "deactivated", now: .now)
        releaseDialogs()
    }

    private func end(_ subject: RosterNotifier.Subject, _ reason: String, now: ContinuousClock.Instant) {
        for key in roster.followers(of: subject) {
            guard let subscription = roster.subscription(key) else { continue }
            notify(key, subscription, "terminated;reason=\(reason)", now: now)
            roster.remove(key)
        }
    }

    private func releaseDialogs() {
        for dialog in roster.takeGone() {
            endpoint.core.releaseDialog(callID: dialog.callID, localTag: dialog.localTag)
        }
    }

    private func notify(
        _ key: RosterNotifier.Key, _ subscription: RosterNotifier.Subscription, _ state: String,
        now: ContinuousClock.Instant
    ) {
        var fields = SIPHeaders()
        fields.set("Event", Self.eventPackage + (key.eventID.map { ";id=\($0)" } ?? ""))
        let body: [UInt8]
        var known: UInt64?
        var part: RoomList.Part?
        // Who waits outside sees nobody yet (RFC 6665 §4.1.2): the state says so, and changes when it comes in.
        let view = view(of: subscription)
        switch view {
        case .all: fields.set("Subscription-State", state)
        case .pending: fields.set("Subscription-State", state.replacing("active", with: "pending"))
        case .none: fields.set("Subscription-State", "terminated;reason=rejected")
        }
        switch subscription.subject {
        case .room where view != .all: body = []
        case .room(let name):
            fields.set("Content-Type", ConferenceInfo.contentType)
            (body, known) = document(of: name, for: subscription)
        case .list:
            fields.set("Require", Self.listOption)
            fields.set("Content-Type", RoomList.contentType)
            (body, part) = list(for: subscription)
        }
        let made = roster.notify(key, known: known, size: body.count, now: now)
        if let part { roster.listed(part, to: key) }
        if let session = subscription.session {
            let id = endpoint.core.request(session, method: .notify, headers: fields, body: body, now: now)
            roster.sent(key, as: .inside(id))
        } else if var notify = made, let own = roster.ownDialog(key.dialog) {
            for field in fields.fields { notify.headers.set(field.name, field.value) }
            notify.body = body
            let hop = FlowTarget(own.dialog.nextHop)
            let route = own.isDirect ? RequestRoute.flow(subscription.flow, otherwise: hop) : .automatic
            let contact = ContactIdentity(user: subscription.contactUser, isFocus: true)
            let id = endpoint.core.request(
                outOfDialog: OutOfDialogRequest(
                    notify, contact: contact, route: route,
                    mayBeLongDatagram: subscription.mayBeSentAsDatagram(bytes: body.count)), now: now)
            roster.sent(key, as: .outside(id))
        }
        if view == .none { roster.remove(key) }
        settle()
    }

    /// The first version of a list is 0 (RFC 4662 §5.2).
    private func list(for subscription: RosterNotifier.Subscription) -> (body: [UInt8], part: RoomList.Part?) {
        let form = RoomList.Form(user: registry.policy.listUser, place: subscription.place)
        if subscription.isTrimmed {
            let part = RoomList.part(
                of: registry.allRooms, knowing: subscription.listed, form, version: subscription.version,
                mayBeLong: subscription.mayBeLong)
            return (part.body, part)
        }
        let list = roster.lists[form] ?? RoomList(rooms: registry.allRooms, form)
        roster.lists[form] = list
        return (list.body(version: subscription.version), nil)
    }

    /// The next document of a room's roster for that subscriber, and the roster version that it leads to; an empty room's for one that
    /// is gone.
    private func document(
        of name: String, for subscription: RosterNotifier.Subscription
    ) -> (body: [UInt8], version: UInt64?) {
        let entity = subscription.place.uri(name)
        let number = subscription.version &+ 1
        guard let room = try? registry.room(name) else {
            let info = ConferenceInfo(entity: entity, version: number, userCount: 0, active: false)
            return (Array(info.serialized().utf8), nil)
        }
        var documents = roster.rosters.removeValue(forKey: name) ?? RoomRoster()
        documents.update(to: room) { member, known in seat(of: member, in: room, known) }
        let content =
            subscription.isTrimmed
            ? documents.summary(since: subscription.known) : documents.content(since: subscription.known)
        roster.rosters[name] = documents
        let opening = ConferenceInfo(entity: entity, scope: content.scope, version: number).opening
        return (Array(opening.utf8) + content.bytes, room.version)
    }

    /// What the roster says of a member; nil for one who is not in it.
    private func seat(of id: MemberID, in room: Room, _ known: RoomRoster.Seat?) -> RoomRoster.Seat? {
        guard let member = room.detail(of: id, .now), member.state == .connected else { return nil }
        let call = call(of: id)
        let isAnonymous = (try? SIPURI(parsing: member.uri)).map { Identity($0).isAnonymous } ?? true
        var contact = call.flatMap { endpoint.core.session($0.session)?.dialog?.remoteTarget }
        // Telephones that hide their name in From have it in Contact.
        if isAnonymous, contact.map({ !Identity($0).isAnonymous }) == true { contact = nil }
        let direction = member.held ? "inactive" : member.muted ? "recvonly" : "sendrecv"
        let audio = ConferenceInfo.Media(
            id: "1", type: "audio", label: "1", sourceID: call?.wire.sourceID, status: direction)
        let status: ConferenceInfo.Endpoint.Status = member.held ? .onHold : member.muted ? .mutedViaFocus : .connected
        let joined: String = known?.endpoint.joined ?? Date.ISO8601FormatStyle().format(member.joined)
        let user = isAnonymous ? id.anonymousURI : member.uri
        var seat = RoomRoster.Seat(
            user: user,
            displayText: member.displayName, role: member.role.rawValue,
            endpoint: ConferenceInfo.Endpoint(
                entity: contact?.description ?? "\(user);member=\(member.id)", displayText: member.displayName,
                status: status,
                joiningMethod: member.wasCalled == true ? "dialed-out" : "dialed-in", joined: joined,
                media: [audio] + (call.map { videoMedia(of: $0, isHeld: member.held) } ?? []), mutedBy: member.mutedBy))
        seat.endpoint.handIsRaised = member.handRaised == true
        seat.endpoint.isTalking = room.showsTalking(id)
        // What is well need not be said: one change is to fit a datagram.
        seat.endpoint.quality = member.quality == .good ? nil : member.quality
        return seat
    }
}
