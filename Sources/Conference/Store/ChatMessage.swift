// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// One message of a room's chat, as everybody gets it.
package struct ChatMessage: Hashable, Sendable, Codable {
    package var room: String
    /// Counts up by one in each room while it stands, over restarts too: the order that everybody sees.
    package var number: UInt64
    package var sent: Date
    /// Address of record of the sender.
    package var sender: String
    package var senderName: String
    /// Address of record of the one member that it is for; nil for all.
    package var recipient: String?
    package var text: String

    package init(
        room: String, number: UInt64, sent: Date, sender: String, senderName: String, recipient: String? = nil,
        text: String
    ) {
        self.room = room
        self.number = number
        self.sent = sent
        self.sender = sender
        self.senderName = senderName
        self.recipient = recipient
        self.text = text
    }
}
