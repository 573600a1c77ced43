// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import SIP

// Text beside a call (RFC 3428), in envelopes (RFC 3862) where the other side is a conference.
extension UserAgent {
    /// Media types of INVITE bodies and messages that we read: for the Accept of our INVITEs.
    static let accepted = "application/sdp, \(CPIMMessage.contentType), text/plain"

    func send(_ id: SessionID, _ text: String, to recipient: String?) async throws(UserAgentError) {
        guard let state = calls[id], state.end == nil else { throw .wrongState("the call is over") }
        guard let text = ChatText.clean(Array(text.utf8)) else { throw .wrongState("there is nothing to send") }
        guard text.utf8.count <= ChatText.longest else {
            throw .wrongState("a message has at most \(ChatText.longest) bytes; this has \(text.utf8.count)")
        }
        // A command is for the focus itself, and the same as any telephone would send it.
        guard let description = state.description, description.isFocus, !text.hasPrefix("/") else {
            try await requestInside(
                id, .message, headers: ["Content-Type": "text/plain;charset=UTF-8"], body: Array(text.utf8))
            return
        }
        guard let own = endpoint.core.session(id)?.dialog?.localParty else { throw .wrongState("the call is over") }
        let message = CPIMMessage(
            from: CPIMMessage.Party(name: own.displayName, uri: own.uri.description),
            to: [CPIMMessage.Party(uri: recipient ?? description.remote)], sent: Date(), text: text)
        try await requestInside(
            id, .message, headers: ["Content-Type": CPIMMessage.contentType], body: message.bytes)
    }

    func receiveMessage(_ request: SIPRequest, _ transaction: ServerTransactionID, in session: SessionID?) {
        guard let call = (session ?? caller(of: request)).flatMap({ calls[$0]?.call }) else {
            return respond(transaction, to: request, 480)
        }
        let type = (request.contentType ?? "text/plain").prefix { $0 != ";" }.lowercased()
        switch type {
        case "text/plain":
            respond(transaction, to: request, 200)
            guard let text = ChatText.clean(request.body) else { return }
            call.tell(.chat(ChatLine(name: nil, uri: nil, sent: Date(), text: text, isPrivate: false)))
        case CPIMMessage.contentType:
            guard let message = CPIMMessage(request.body), message.contentType == "text/plain" else {
                return respond(transaction, to: request, 415, headers: [("Accept", "text/plain")])
            }
            respond(transaction, to: request, 200)
            guard let text = ChatText.clean(message.content) else { return }
            let conference = (try? SIPURI(parsing: call.remote))?.user
            let isOurs =
                message.to.first.flatMap { try? SIPURI(parsing: $0.uri) }.map { $0.user != conference } ?? false
            // An envelope to nobody is the conference's own answer to us.
            call.tell(
                .chat(
                    ChatLine(
                        name: message.to.isEmpty ? nil : message.from?.name, uri: message.from?.uri,
                        sent: message.sent ?? Date(), text: text, isPrivate: isOurs || message.to.isEmpty)))
        case "application/im-iscomposing+xml", "message/imdn+xml":
            respond(transaction, to: request, 200)
        default:
            respond(transaction, to: request, 415, headers: [("Accept", Self.accepted)])
        }
    }

    /// The call with whoever sent a request outside of it.
    private func caller(of request: SIPRequest) -> SessionID? {
        guard let from = request.from?.uri else { return nil }
        return calls.first { entry in
            guard let remote = try? SIPURI(parsing: entry.value.call.remote) else { return false }
            return remote.user == from.user && remote.host.lowercased() == from.host.lowercased()
        }?.key
    }
}

extension Call {
    /// Writes something: to everybody in the conference, or to the other side of an ordinary call. What begins with a slash is a command to
    /// the conference, which answers it; `/help` says what there is.
    ///
    /// - Parameter recipient: SIP address of the one member that it is for; nil for all.
    /// - Throws: `UserAgentError.refused` where the other side takes none, `wrongState` for an empty or too long text.
    public func send(_ text: String, to recipient: String? = nil) async throws(UserAgentError) {
        try await agent.send(id, text, to: recipient)
    }
}
