// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// Who commanded what, and what came of it.
package struct AuditEntry: Hashable, Sendable, Codable {
    package var at: Date
    /// As reasons and events name it: `operator root`, a member's name, `the focus`.
    package var actor: String
    package var room: String?
    /// The command's stable word: `mute`, `kick`.
    package var command: String
    /// Whom or what it was for.
    package var target: String?
    /// `done`, `unchanged`, or the kind of the refusal.
    package var outcome: String

    package init(
        at: Date, actor: String, room: String?, command: String, target: String? = nil, outcome: String
    ) {
        self.at = at
        self.actor = actor
        self.room = room
        self.command = command
        self.target = target
        self.outcome = outcome
    }
}
