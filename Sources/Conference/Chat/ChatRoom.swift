// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// The chat of one room: numbers what is said and remembers the end of it. Everybody gets messages in the order of their numbers.
package struct ChatRoom: Hashable, Sendable {
    /// Messages that are remembered.
    package static let remembered = 200

    package let room: String
    package private(set) var messages: [ChatMessage]
    private var last: UInt64

    /// - Parameter kept: what was said in the room before, oldest first.
    package init(room: String, kept: [ChatMessage] = []) {
        self.room = room
        messages = kept.suffix(Self.remembered)
        last = kept.last?.number ?? 0
    }

    /// Takes what a member says.
    ///
    /// - Parameter recipient: address of record of the one member that it is for; nil for all.
    package mutating func say(
        _ text: String, by sender: Identity, to recipient: String? = nil, at time: Date
    ) -> ChatMessage {
        last += 1
        let message = ChatMessage(
            room: room, number: last, sent: time, sender: sender.shownURI, senderName: sender.label,
            recipient: recipient,
            text: text)
        if messages.count >= 2 * Self.remembered { messages.removeFirst(Self.remembered) }
        messages.append(message)
        return message
    }

    /// The last messages that somebody who comes in may read: said to all.
    package func latest(_ count: Int) -> [ChatMessage] { messages.filter { $0.recipient == nil }.suffix(count) }
}
