// SPDX-License-Identifier: GPL-3.0-or-later

/// What a member's keys mean: `*6` mutes and unmutes oneself, `*9` raises and lowers one's hand; for moderators `*5` mutes all others and
/// `*7` locks and unlocks the room.
///
/// Digits are never logged nor handed on: some of them are PINs.
struct TouchToneMenu: Hashable, Sendable {
    enum Command: Hashable, Sendable {
        case toggleMute
        case toggleHand
        case muteAll
        case toggleLock
    }

    private static let commands: [Character: Command] = [
        "5": .muteAll, "6": .toggleMute, "7": .toggleLock, "9": .toggleHand,
    ]

    private enum State: Hashable, Sendable {
        case idle
        /// The star was pressed; the next key is read as a command until then.
        case star(until: ContinuousClock.Instant)
    }

    /// Longest pause between the keys of a sequence.
    static let pause: Duration = .seconds(4)

    private var state = State.idle

    mutating func press(_ key: Character, now: ContinuousClock.Instant) -> Command? {
        if key == "*" {
            state = .star(until: now + Self.pause)
            return nil
        }
        defer { state = .idle }
        switch state {
        case .idle: return nil
        case .star(let until): return now <= until ? Self.commands[key] : nil
        }
    }
}
