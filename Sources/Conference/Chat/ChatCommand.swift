// SPDX-License-Identifier: GPL-3.0-or-later

/// A command in a chat: the same words from any telephone that can send text.
package enum ChatCommand: Hashable, Sendable {
    case help
    case who
    case list
    case create(String)
    /// Leave to share a file of that name.
    case upload(String)
    /// Something to be done to the room or its members.
    case room(RoomCommand)
    /// To one member alone.
    case whisper(to: String, String)
    /// A command that does not exist, or lacks something: what to say.
    case mistaken(String)

    /// - Returns: nil for a text that is no command. Two slashes at the beginning are one that is meant.
    package init?(_ text: String) {
        guard text.hasPrefix("/"), !text.hasPrefix("//") else { return nil }
        let words = text.dropFirst().split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        let rest = words.count > 1 ? String(words[1].trimmingASCIISpace()) : ""
        let word = words.first?.lowercased() ?? ""
        switch word {
        case "help", "?": self = .help
        case "who": self = .who
        case "list": self = .list
        case "create": self = rest.isEmpty ? .mistaken("/create needs a name: /create NAME") : .create(rest)
        case "msg": self = Self.whisper(rest)
        case "upload": self = rest.isEmpty ? .mistaken("/upload needs a name: /upload NAME") : .upload(rest)
        case "cancel": self = .room(.cancel)
        case "lock": self = .room(.lock)
        case "unlock": self = .room(.unlock)
        case "muteall", "mute-all": self = .room(.muteAll)
        case "hand": self = .room(.raiseHand(.oneself))
        case "mute", "unmute", "lower", "back":
            let member = rest.isEmpty ? nil : rest
            self = Self.room(word == "lower" ? "lower-hand" : word, member, nil)
        case "kick", "ban":
            self = rest.isEmpty ? .mistaken("/\(word) needs a member: /\(word) NAME") : Self.room(word, rest, nil)
        case "moderator", "presenter", "attendee":
            self = rest.isEmpty ? .mistaken("/\(word) needs a member: /\(word) NAME") : Self.room("role", rest, word)
        case "move": self = Self.move(rest)
        case "play":
            // Any other file than a shared one is for operators.
            self =
                rest.isEmpty || FilmName.isOfMachine(rest)
                ? .mistaken("/play needs the name of a film that was shared here: /play NAME")
                : Self.room(word, nil, rest)
        case "stop": self = .room(.stop(rest.isEmpty ? nil : rest))
        case "breakout": self = Self.room(word, nil, rest)
        case "video", "record", "invite": self = Self.room(word, nil, rest)
        default: self = .mistaken("There is no /\(word.prefix(32)). /help says what there is.")
        }
    }

    private static func room(_ word: String, _ member: String?, _ value: String?) -> ChatCommand {
        if let command = RoomCommand(word: word, member: member, value: value) { return .room(command) }
        let values =
            switch word {
            case "video": VideoMode.allCases.map(\.rawValue)
            case "record": RecordingVerb.allCases.map(\.rawValue)
            case "breakout": ["3", "end"]
            default: ["NAME"]
            }
        return .mistaken("/\(word) needs more: " + values.map { "/\(word) \($0)" }.joined(separator: ", "))
    }

    /// The room is the last word: names may have several.
    private static func move(_ text: String) -> ChatCommand {
        let words = text.split(separator: " ")
        guard let room = words.last, words.count > 1 else {
            return .mistaken("/move needs a member and a room: /move NAME ROOM")
        }
        let name = words.dropLast().joined(separator: " ")
        let isQuoted = name.count > 2 && name.hasPrefix("\"") && name.hasSuffix("\"")
        return .room(.move(to: String(room), .named(isQuoted ? String(name.dropFirst().dropLast()) : name)))
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
        /upload NAME - share a file, by an address that you are told
        /hand, /lower - you want to say something, or no more
        /back - to the room that you were taken from
        /list - the rooms here; /create NAME - a new one
        For presenters: /play NAME - a film that was shared here - and /stop
        For moderators: /mute NAME, /unmute NAME, /muteall, /lower NAME, /kick NAME, /ban NAME, /lock, /unlock,
        /moderator NAME, /presenter NAME, /attendee NAME, /invite NAME, /record start, /record stop, /video grid,
        /move NAME ROOM, /breakout 3 - all but moderators into three rooms - and /breakout end
        For the creator: /cancel
        """
}
