// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import SIP

/// The chats of all rooms, and what is on its way to members.
struct FocusChat {
    var rooms: [String: ChatRoom] = [:]
    var delivery = ChatDelivery()
    /// MESSAGE requests under way, and whom they are for.
    var requests: [InDialogRequestID: MemberID] = [:]
    /// How fast each member talks; `AdmissionRate` holds a second's worth.
    var rates: [MemberID: AdmissionRate] = [:]
    /// Of those who are in no room.
    var outsiders = SharedRate(perSecond: 50)

    /// Messages a second that are taken from one member.
    static let perSecond = 10
}

// The chat of a room (RFC 3428): MESSAGE in, inside a call or outside of it; MESSAGE out, inside the calls.
extension Focus {
    /// Content types that are understood.
    static let chatTypes = "text/plain, \(CPIMMessage.contentType)"

    func receiveMessage(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?,
        from identity: Identity
    ) {
        guard configuration.chat.enabled else {
            return respond(transaction, to: request, 403, warning: "There is no chat here")
        }
        if registry.isDraining { return respond(transaction, to: request, 503, headers: [("Retry-After", "60")]) }
        guard request.body.count <= 2 * ChatText.longest else {
            return respond(transaction, to: request, 413, warning: "At most \(ChatText.longest) bytes of text")
        }
        guard let said = SaidText(request) else {
            return respond(transaction, to: request, 415, headers: [("Accept", Self.chatTypes)])
        }
        let author: ChatAuthor
        do throws(Refusal) {
            author = try self.author(of: request, over: flow, in: session, identity)
        } catch {
            return respond(transaction, to: request, error)
        }
        if let member = author.member, said.isEnvelope { chat.delivery.understands(.cpim, member) }
        guard let text = said.text else { return respond(transaction, to: request, 200) }
        guard text.utf8.count <= ChatText.longest else {
            return respond(transaction, to: request, 413, warning: "At most \(ChatText.longest) bytes of text")
        }
        guard admits(author, request) else {
            return respond(transaction, to: request, 503, headers: [("Retry-After", "1")])
        }
        if let command = ChatCommand(text) {
            respond(transaction, to: request, 200)
            return obey(command, of: author)
        }
        guard let room = author.room, author.member != nil else {
            let warning = author.room.map { "Only members of conference \($0) write to it: dial it first" }
            return respond(
                transaction, to: request, 403,
                warning: warning ?? "Nobody reads this: /help says what can be asked here")
        }
        do throws(Refusal) {
            let recipients = try recipients(of: said, in: room)
            respond(transaction, to: request, 200)
            guard !recipients.isEmpty else { return say(text, by: author, to: nil, in: room) }
            for recipient in recipients { say(text, by: author, to: recipient, in: room) }
        } catch {
            respond(transaction, to: request, error)
        }
    }

    /// A message goes to everybody in the room but its author, or to one member.
    func say(_ text: String, by author: ChatAuthor, to recipient: MemberID?, in name: String) {
        guard let room = try? registry.room(name) else { return }
        let address = recipient.flatMap { room.identity(of: $0)?.uri }
        // Two slashes at the beginning are one that is meant.
        let meant = text.hasPrefix("//") ? String(text.dropFirst()) : text
        var history = chat.rooms[name] ?? ChatRoom(room: name, kept: keptChat.removeValue(forKey: name) ?? [])
        let message = history.say(meant, by: author.identity, to: address, at: Date())
        chat.rooms[name] = history
        if configuration.chat.keep != nil { store.keep(.chat(message)) }
        counters.messages += 1
        for member in recipient.map({ [$0] }) ?? room.connectedMembers where member != author.member {
            perform(chat.delivery.put(.message(message, by: author.member), for: member))
        }
    }

    /// Tells one member something that nobody else reads.
    func tell(_ member: MemberID, _ text: String) {
        perform(chat.delivery.put(.notice(text), for: member))
    }

    // MARK: Members come and go

    /// A member is there: it may be written to, and reads the last of what was said.
    func joinChat(_ member: MemberID) {
        guard configuration.chat.enabled, let id = sessions[member], let call = calls[id] else { return }
        let allows = endpoint.core.session(id)?.peerAllows(.message) ?? true
        chat.delivery.add(member, form: call.readsCPIM ? .cpim : .plain, takesMessages: allows)
        let kept = chat.rooms[call.roomName] == nil ? keptChat.removeValue(forKey: call.roomName) : nil
        if let kept { chat.rooms[call.roomName] = ChatRoom(room: call.roomName, kept: kept) }
        // Who was here before a crash has read it.
        guard recovering == nil else { return }
        for message in chat.rooms[call.roomName]?.latest(configuration.chat.history) ?? [] {
            perform(chat.delivery.put(.message(message, by: nil), for: member))
        }
    }

    func leaveChat(_ member: MemberID) {
        chat.delivery.remove(member)
        chat.rates[member] = nil
        if !chat.requests.isEmpty { chat.requests = chat.requests.filter { $0.value != member } }
    }

    /// A room is over, and what was said in it is nobody's who opens another one of its name.
    func endChat(of room: String) {
        let wasKept = keptChat.removeValue(forKey: room) != nil
        guard chat.rooms.removeValue(forKey: room) != nil || wasKept else { return }
        store.keep(.chatEnded(room: room))
    }

    /// What was said in rooms that did not come back after a restart is over too.
    func forgetOrphanedChat() {
        for room in keptChat.keys.sorted() where (try? registry.room(room)) == nil { endChat(of: room) }
    }

    // MARK: On the way

    private func perform(_ steps: [ChatDelivery.Step]) {
        for step in steps {
            switch step {
            case .send(let member, let item, let form): send(item, as: form, to: member)
            case .lost(let member, let item): tellLost(item, to: member)
            }
        }
    }

    private func send(_ item: ChatDelivery.Item, as form: ChatDelivery.Form, to member: MemberID) {
        guard let id = sessions[member], let call = calls[id] else { return }
        let (type, body) = ChatWriter(room: call.roomName, place: call.place).write(item, as: form, now: Date())
        let request = endpoint.core.request(
            id, method: .message, headers: ["Content-Type": type], body: body, now: .now)
        chat.requests[request] = member
        settle()
    }

    /// Whether the outcome was that of a MESSAGE of ours.
    func finishedMessage(_ id: InDialogRequestID, _ outcome: RequestOutcome) -> Bool {
        guard let member = chat.requests[id] else { return false }
        guard outcome.isFinal else { return true }
        chat.requests[id] = nil
        perform(chat.delivery.finished(member, ChatDelivery.Outcome(outcome)))
        return true
    }

    /// Whoever wrote it is told, unless that was the room itself.
    private func tellLost(_ item: ChatDelivery.Item, to member: MemberID) {
        guard case .message(let message, let author) = item, let room = registry.room(of: member) else { return }
        counters.messagesLost += 1
        guard let author, let name = room.identity(of: member)?.label else { return }
        tell(author, "\(name) did not get your message \"\(message.text.prefix(40))\".")
    }

    // MARK: Who writes

    private func author(
        of request: SIPRequest, over flow: Flow, in session: SessionID?, _ identity: Identity
    ) throws(Refusal) -> ChatAuthor {
        if let session, let call = calls[session] {
            // Who waits outside hears nothing and says nothing.
            let room = registry.room(of: call.member).flatMap { $0.isConnected(call.member) ? $0 : nil }
            return ChatAuthor(
                identity: room?.identity(of: call.member) ?? identity, member: room.map { _ in call.member },
                room: call.roomName, place: call.place, flow: flow)
        }
        let place = place(request.uri, over: flow)
        switch try registry.policy.destination(conferenceAddress(request.uri, over: flow)) {
        case .room(let name):
            let member = try registry.room(name).member(identity)
            return ChatAuthor(identity: identity, member: member, room: name, place: place, flow: flow)
        case .factory, .list:
            return ChatAuthor(identity: identity, member: nil, room: nil, place: place, flow: flow)
        }
    }

    private func admits(_ author: ChatAuthor, _ request: SIPRequest) -> Bool {
        guard let member = author.member else {
            let sharer = sharer(author.identity, over: author.flow)
            guard let shortage = chat.outsiders.admit(sharer, now: .now) else { return true }
            noPlace(.messages, shortage, for: sharer, request)
            return false
        }
        return chat.rates[member, default: AdmissionRate(perSecond: FocusChat.perSecond)].admit(now: .now)
    }

    /// The members that an envelope is addressed to; none for the whole room. Where one of them is nobody, it is for nobody.
    private func recipients(of said: SaidText, in name: String) throws(Refusal) -> [MemberID] {
        let room = try registry.room(name)
        var recipients: [MemberID] = []
        var isForAll = said.to.isEmpty
        for address in said.to {
            guard let uri = try? SIPURI(parsing: address) else {
                throw Refusal(.unknownMember, "No member \(address.prefix(64)) in conference \(name)")
            }
            if ConferenceAddress(uri).user == name {
                isForAll = true
                continue
            }
            let member = try room.resolve(Identity(uri).uri)
            try requireReader(member, in: room)
            if !recipients.contains(member) { recipients.append(member) }
        }
        return isForAll ? [] : recipients
    }

    /// What is for one alone is refused where it is known that it will not be read.
    func requireReader(_ member: MemberID, in room: Room) throws(Refusal) {
        guard chat.delivery.isDeaf(member) else { return }
        let name = room.identity(of: member)?.label ?? "\(member)"
        throw Refusal(
            .forbidden,
            room.isConnected(member) ? "The telephone of \(name) takes no messages" : "\(name) is not in yet")
    }
}

/// Who wrote.
struct ChatAuthor {
    let identity: Identity
    /// nil for somebody who is in no room, or not in this one.
    let member: MemberID?
    /// The room that was written to; nil for the list of rooms and the factory.
    let room: String?
    let place: RoomPlace
    let flow: Flow

    var requester: Requester { member.map { .member($0) } ?? .person(identity) }
}

extension ChatDelivery.Outcome {
    init(_ outcome: RequestOutcome) {
        guard case .response(let response) = outcome else {
            self = .failed
            return
        }
        switch response.status {
        case 200..<300: self = .delivered
        case 406, 415, 488: self = .unknownForm
        case 400, 403, 405, 481, 489, 501, 603: self = .refused
        default: self = .failed
        }
    }
}
