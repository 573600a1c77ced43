// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import SIP

/// Writes what a member is to read, in the form that it understands.
struct ChatWriter {
    let room: String
    let place: RoomPlace

    /// - Returns: Content-Type and body.
    func write(_ item: ChatDelivery.Item, as form: ChatDelivery.Form, now: Date) -> (type: String, body: [UInt8]) {
        switch form {
        case .cpim: (CPIMMessage.contentType, envelope(item, now).bytes)
        case .plain: ("text/plain;charset=UTF-8", Array(plain(item, now).utf8))
        }
    }

    private func envelope(_ item: ChatDelivery.Item, _ now: Date) -> CPIMMessage {
        let here = CPIMMessage.Party(name: room, uri: place.uri(room))
        switch item {
        case .message(let message, _):
            let author = CPIMMessage.Party(name: message.senderName, uri: message.sender)
            let to = message.recipient.map { CPIMMessage.Party(uri: $0) } ?? here
            return CPIMMessage(from: author, to: [to], sent: message.sent, text: message.text)
        case .notice(let text):
            return CPIMMessage(from: here, to: [], sent: now, text: text)
        }
    }

    /// A telephone shows all messages of a call as the room's: the author stands in the text, and when, if that was a while ago.
    private func plain(_ item: ChatDelivery.Item, _ now: Date) -> String {
        guard case .message(let message, _) = item else {
            if case .notice(let text) = item { return text }
            return ""
        }
        let isPrivate = message.recipient != nil ? " (to you alone)" : ""
        let age = now.timeIntervalSince(message.sent)
        let time = age > 60 ? message.sent.formatted(.iso8601.time(includingFractionalSeconds: false)) + " " : ""
        // Further lines are set in: none of them passes for another member's message.
        let text = message.text.replacing("\n", with: "\n  ")
        return "\(time)\(message.senderName)\(isPrivate): \(text)"
    }
}

/// What a MESSAGE says.
struct SaidText {
    /// nil where there is nothing to forward: somebody types (RFC 3994), a receipt, blanks.
    let text: String?
    /// It came in an envelope (RFC 3862), which its author will understand too.
    let isEnvelope: Bool
    /// Addresses in the envelope.
    let to: [String]

    /// - Returns: nil for content that is not understood.
    init?(_ request: SIPRequest) {
        let type = (request.contentType ?? "text/plain").prefix { $0 != ";" }.lowercased().filter { $0 != " " }
        switch type {
        case "text/plain":
            text = ChatText.clean(request.body)
            isEnvelope = false
            to = []
        case CPIMMessage.contentType:
            guard let envelope = CPIMMessage(request.body) else { return nil }
            isEnvelope = true
            to = envelope.to.map(\.uri)
            switch envelope.contentType {
            case "text/plain": text = ChatText.clean(envelope.content)
            case _ where Self.isPassedOver(envelope.contentType): text = nil
            default: return nil
            }
        case _ where Self.isPassedOver(type):
            text = nil
            isEnvelope = false
            to = []
        default:
            return nil
        }
    }

    private static func isPassedOver(_ type: String) -> Bool {
        type == "application/im-iscomposing+xml" || type == "message/imdn+xml"
    }
}
