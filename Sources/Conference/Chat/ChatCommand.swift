// SPDX-License-Identifier: GPL-3.0-or-later

/// A command in a chat: the same words from any telephone that can send text.
package enum ChatCommand: Hashable, Sendable {
    case help
    case who
    case list
    case create(String)
    case cancel
    /// nil: oneself.
    case mute(String?)
    case unmute(String?)
    case kick(String)
    case ban(String)
    case muteAll
    case lock
    case unlock
    /// Raises one's own hand.
    case hand
    /// Lowers a hand; nil: one's own.
    case lower(String?)
    case role(of: String, MemberRole)
    /// To one member alone.
    case whisper(to: String, String)
    /// A command that does not exist, or lacks something: what to say.
    case mistaken(String)

    /// - Returns: nil for a text that is no command. Two slashes at the beginning are one that is meant.
    package init?(_ text: String) {
        guard text.hasPrefix("/"), !text.hasPrefix("//") else { return nil }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let rest = words.count > 1 ? String(words[1].trimmingASCIISpace()) : ""
        switch words.first?.lowercased() ?? "" {
        case "help", "?": self = .help
        case "who": self = .who
        case "list": self = .list
        case "create": self = rest.isEmpty ? .mistaken("/create needs a name: /create NAME") : .create(rest)
        case "cancel": self = .cancel
        case "mute": self = .mute(rest.isEmpty ? nil : rest)
        case "unmute": self = .unmute(rest.isEmpty ? nil : rest)
        case "kick": self = rest.isEmpty ? .mistaken("/kick needs a member: /kick NAME") : .kick(rest)
        case "ban": self = rest.isEmpty ? .mistaken("/ban needs a member: /ban NAME") : .ban(rest)
        case "muteall", "mute-all": self = .muteAll
        case "hand": self = .hand
        case "lower": self = .lower(rest.isEmpty ? nil : rest)
        case "moderator", "presenter", "attendee":
            let role = MemberRole(rawValue: words.first?.lowercased() ?? "") ?? .attendee
            self =
                rest.isEmpty
                ? .mistaken("/\(role.rawValue) needs a member: /\(role.rawValue) NAME") : .role(of: rest, role)
        case "lock": self = .lock
        case "unlock": self = .unlock
        case "msg": self = Self.whisper(rest)
        case let word: self = .mistaken("There is no /\(word.prefix(32)). /help says what there is.")
        }
    }

    /// A name of several words stands in quotes.
    private static func whisper(_ text: String) -> ChatCommand {
        let usage = ChatCommand.mistaken("/msg needs a member and a text: /msg NAME TEXT, or /msg \"TWO WORDS\" TEXT")
        let quoted = text.hasPrefix("\"")
        let parts = (quoted ? text.dropFirst() : text[...]).split(
            separator: quoted ? "\"" : " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard parts.count == 2 else { return usage }
        let said = parts[1].description.trimmingASCIISpace()
        return said.isEmpty ? usage : .whisper(to: String(parts[0]), String(said))
    }

    /// What `/help` answers.
    package static let explanation = """
        Anything you write goes to everybody here. Commands are answered to you alone:
        /who - who is here
        /msg NAME TEXT - to one member alone
        /mute, /unmute - yourself
        /hand, /lower - you want to say something, or no more
        /list - the rooms here; /create NAME - a new one
        For moderators: /mute NAME, /unmute NAME, /muteall, /lower NAME, /kick NAME, /ban NAME, /lock, /unlock,
        /moderator NAME, /presenter NAME, /attendee NAME
        For the creator: /cancel
        """
}
