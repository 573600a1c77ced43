// SPDX-License-Identifier: GPL-3.0-or-later
import UserAgent

/// Keys that have something done to the conference, or to a member that was marked before.
///
/// Whether that is allowed is the conference's to say: a key writes the command that a person would write, and what comes
/// back is shown like any answer.
struct ModeratorKeys {
    enum Action: Hashable {
        /// To be written to the conference.
        case say(String)
        /// Something to tell who pressed the key.
        case note(String)
    }

    private enum Question {
        case kick
        case role
    }

    private var roster: Roster?
    /// Who is marked, by the id of its tile.
    private(set) var marked: UInt64?
    private var asked: Question?
    private var isRecorded = Switch()
    private var isLocked = Switch()

    /// What the roster says is on. It says so up to a second later, and a key that is pressed twice undoes what it did; but
    /// what was refused it never says.
    private struct Switch {
        var told = false
        private var meant: (isOn: Bool, until: ContinuousClock.Instant)?

        private static let patience = Duration.seconds(3)

        mutating func tell(_ isOn: Bool) {
            // Of something else that changed in the meantime.
            if isOn != told { meant = nil }
            told = isOn
        }

        /// - Returns: what it is to be from now on.
        mutating func flip(now: ContinuousClock.Instant) -> Bool {
            let isOn = meant.flatMap { $0.until > now ? $0.isOn : nil } ?? told
            meant = (!isOn, now + Self.patience)
            return !isOn
        }
    }

    /// Up and down, as the terminal and the window give them.
    static let up: Character = "↑"
    static let down: Character = "↓"
    static let next: Character = "\t"
    static let escape: Character = "\u{1B}"

    /// What is waited for; nil while keys are commands.
    var question: String? {
        guard let asked, let member else { return nil }
        return switch asked {
        case .kick: "kick \(member.name)? y/n"
        case .role: "\(member.name) becomes: m moderator, p presenter, a attendee"
        }
    }

    mutating func take(_ roster: Roster) {
        self.roster = roster
        isRecorded.tell(roster.isRecorded)
        isLocked.tell(roster.isLocked)
        if member == nil { unmark() }
    }

    /// A click in the window; what is no member's tile takes the mark away.
    mutating func mark(tile: UInt64) {
        unmark()
        if others.contains(where: { $0.tileID == tile }) { marked = tile }
    }

    /// - Returns: nil for a key that is not for moderators.
    mutating func press(_ key: Character, now: ContinuousClock.Instant = .now) -> [Action]? {
        if let asked { return answer(asked, key) }
        switch key {
        case Self.down, Self.next: return move(by: 1)
        case Self.up: return move(by: -1)
        case Self.escape:
            unmark()
            return []
        case "u": return forMarked { [.say("\($0.isMuted ? "/unmute" : "/mute") \($0.uri)")] }
        case "d": return forMarked { [.say("/lower \($0.uri)")] }
        case "k": return ask(.kick)
        case "g": return ask(.role)
        case "a": return forConference { _ in [.say("/muteall")] }
        case "l":
            return forConference {
                [.say($0.isLocked.flip(now: now) ? "/lock" : "/unlock")]
            }
        case "e":
            return forConference {
                [.say($0.isRecorded.flip(now: now) ? "/record start" : "/record stop")]
            }
        default: return nil
        }
    }

    private mutating func answer(_ question: Question, _ key: Character) -> [Action] {
        asked = nil
        guard let member else { return [] }
        switch (question, key) {
        case (.kick, "y"): return [.say("/kick \(member.uri)")]
        case (.role, "m"): return [.say("/moderator \(member.uri)")]
        case (.role, "p"): return [.say("/presenter \(member.uri)")]
        case (.role, "a"): return [.say("/attendee \(member.uri)")]
        default: return [.note("\(member.name) stays as it is")]
        }
    }

    // MARK: The mark

    private var others: [Roster.Member] { roster?.members.filter { !$0.isSelf } ?? [] }

    private var member: Roster.Member? { others.first { $0.tileID == marked } }

    private mutating func unmark() {
        marked = nil
        asked = nil
    }

    private mutating func move(by step: Int) -> [Action] {
        let others = others
        guard !others.isEmpty else { return [.note("Nobody else is here")] }
        let old = others.firstIndex { $0.tileID == marked }
        let new = old.map { ($0 + step + others.count) % others.count } ?? (step > 0 ? 0 : others.count - 1)
        marked = others[new].tileID
        return []
    }

    private mutating func ask(_ question: Question) -> [Action] {
        let refusal = forMarked { _ in [] }
        if refusal.isEmpty { asked = question }
        return refusal
    }

    private func forMarked(_ action: (Roster.Member) -> [Action]) -> [Action] {
        guard roster != nil else { return Self.noConference }
        guard let member else { return [.note("Mark somebody first: up, down or Tab, or a click in the window")] }
        return action(member)
    }

    private mutating func forConference(_ action: (inout Self) -> [Action]) -> [Action] {
        roster == nil ? Self.noConference : action(&self)
    }

    private static let noConference = [Action.note("That is for a conference, and this call is none")]
}
