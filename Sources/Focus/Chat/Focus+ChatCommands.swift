// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Logging
import SIP

// Commands in a chat: the words that work from any telephone. Only who gave one reads what came of it.
extension Focus {
    func obey(_ command: ChatCommand, of author: ChatAuthor) {
        logger.info(
            "chat command",
            metadata: metadata(
                of: author.member, in: author.room,
                ["by": "\(author.identity.uri)", "command": "\(command.word)"]))
        guard case .room(.invite(let address)) = command, let room = author.room,
            let search = searchHosts(of: [address], in: room, by: author.requester)
        else { return obey(command, of: author, CallTerms()) }
        Task {
            let hosts = await search.hosts.value
            obey(command, of: author, CallTerms(found: hosts[address]))
        }
    }

    private func obey(_ command: ChatCommand, of author: ChatAuthor, _ terms: CallTerms) {
        do throws(Refusal) {
            answer(author, try perform(command, of: author, terms))
        } catch {
            answer(author, error.text + ".")
        }
    }

    /// - Returns: what to answer.
    private func perform(
        _ command: ChatCommand, of author: ChatAuthor, _ terms: CallTerms
    ) throws(Refusal) -> String {
        switch command {
        case .help: return ChatCommand.explanation
        case .mistaken(let text): return text
        case .list: return list(at: author.place)
        case .create(let name):
            perform(try registry.create(name, by: .person(author.identity), now: .now))
            return "Dial \(author.place.uri(name)): the conference is yours, and waits ten minutes for you."
        case .who:
            let room = try registry.room(room(author))
            guard author.member != nil || room.isOpenToView else { throw Self.notIn(room.name) }
            return who(room)
        case .whisper(let name, let text):
            let room = try registry.room(room(author))
            guard author.member != nil else { throw Self.notIn(room.name) }
            let member = try room.resolve(name)
            try requireReader(member, in: room)
            say(text, by: author, to: member, in: room.name)
            return "To \(name) alone: sent."
        case .upload(let name): return try ticket(for: name, of: author)
        case .room(let command):
            let room = try room(author)
            // Who cancels the conference, or leaves it, loses the call that the answer goes by.
            let endsCall =
                switch command {
                case .cancel, .kick(.oneself): true
                default: false
                }
            let outcome = try self.command(command, in: room, by: author.requester, terms) {
                if endsCall { answer(author, CommandText.done(command, room: room, nil)) }
                return nil
            }
            guard outcome.changed else { return "It is so already." }
            return endsCall ? "" : CommandText.done(command, room: room, outcome)
        }
    }

    private func answer(_ author: ChatAuthor, _ text: String) {
        guard !text.isEmpty else { return }
        if let member = author.member, sessions[member] != nil, !chat.delivery.isDeaf(member) {
            return tell(member, text)
        }
        var request = SIPRequest(method: .message, uri: SIPURI(user: author.identity.user, host: author.identity.host))
        let from = author.place.uri(author.room ?? registry.policy.listUser)
        request.from = try? NameAddress(parsing: "<\(from)>")
        request.headers.set("To", "<\(author.identity.uri)>")
        request.headers.set("Content-Type", "text/plain;charset=UTF-8")
        request.body = Array(text.utf8)
        _ = withCore { core, now in
            core.request(
                outOfDialog: OutOfDialogRequest(request, route: .flow(author.flow, otherwise: nil)), now: now)
        }
    }

    private func room(_ author: ChatAuthor) throws(Refusal) -> String {
        guard let room = author.room else {
            throw Refusal(.unknownRoom, "That is for a conference: write it there")
        }
        return room
    }

    private static func notIn(_ room: String) -> Refusal {
        Refusal(.forbidden, "Only members of conference \(room) can do that: dial it first")
    }

    private func list(at place: RoomPlace) -> String {
        let rooms = registry.allRooms.filter(\.settings.isListed).map { $0.summary(.now) }
        guard !rooms.isEmpty else { return "There are no conferences now." }
        var lines = rooms.prefix(40).map { room in
            "\(place.uri(room.name)) - \(room.members) \(room.members == 1 ? "member" : "members")"
                + (room.locked ? ", locked" : "")
        }
        if rooms.count > lines.count { lines.append("… and \(rooms.count - lines.count) more") }
        return lines.joined(separator: "\n")
    }

    private func who(_ room: Room) -> String {
        let members = room.detail(.now).members.filter { $0.state == .connected }
        var lines = members.prefix(60).map { member in
            var signs: [String] = []
            if member.role != .member { signs.append(member.role.rawValue) }
            if member.handRaised == true { signs.append("hand raised") }
            if member.talking { signs.append("talking") }
            if member.muted { signs.append("muted") }
            if member.held { signs.append("on hold") }
            let name = MemberID(member.id).flatMap { room.identity(of: $0)?.label } ?? member.uri
            return signs.isEmpty ? name : "\(name) (\(signs.joined(separator: ", ")))"
        }
        if members.count > lines.count { lines.append("… and \(members.count - lines.count) more") }
        return lines.isEmpty ? "Nobody is here." : lines.joined(separator: "\n")
    }
}

extension ChatCommand {
    /// For the log: what people write is not for it.
    fileprivate var word: String {
        switch self {
        case .help: "help"
        case .who: "who"
        case .list: "list"
        case .create: "create"
        case .upload: "upload"
        case .room(let command): command.word
        case .whisper: "msg"
        case .mistaken: "unknown"
        }
    }
}
