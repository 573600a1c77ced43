// SPDX-License-Identifier: GPL-3.0-or-later
public import FoundationEssentials

/// Something written in a conference.
public struct ChatLine: Hashable, Sendable {
    /// Who wrote it; nil for the conference itself, and where the other side does not say.
    public var name: String?
    /// SIP address of who wrote it.
    public var uri: String?
    /// When it was written.
    public var sent: Date
    public var text: String
    /// For us alone.
    public var isPrivate: Bool

    public init(name: String?, uri: String?, sent: Date, text: String, isPrivate: Bool) {
        self.name = name
        self.uri = uri
        self.sent = sent
        self.text = text
        self.isPrivate = isPrivate
    }
}
