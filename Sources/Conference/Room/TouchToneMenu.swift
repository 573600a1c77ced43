// SPDX-License-Identifier: GPL-3.0-or-later

/// What a member's keys mean, after a star.
///
/// | key | for all | key | for moderators |
/// |---|---|---|---|
/// | 6 | mute and unmute oneself | 5 | mute all others |
/// | 9 | raise and lower one's hand | 7 | lock and unlock the room |
/// | 1, 3, 2 | hear the others softer, louder, as they are | 4 | record, and stop recording |
/// | 0 | say what keys there are | 8 | say how many are here |
/// | # | leave | | |
///
/// Digits are never logged nor handed on: some of them are PINs.
struct TouchToneMenu: Hashable, Sendable {
    enum Key: Character, Hashable, Sendable {
        case help = "0"
        case softer = "1"
        case asItIs = "2"
        case louder = "3"
        case record = "4"
        case muteAll = "5"
        case mute = "6"
        case lock = "7"
        case count = "8"
        case hand = "9"
        case leave = "#"
    }

    private enum State: Hashable, Sendable {
        case idle
        /// The star was pressed; the next key is read as a command until then.
        case star(until: ContinuousClock.Instant)
    }

    /// Longest pause between the keys of a sequence.
    static let pause: Duration = .seconds(4)

    private var state = State.idle

    mutating func press(_ key: Character, now: ContinuousClock.Instant) -> Key? {
        if key == "*" {
            state = .star(until: now + Self.pause)
            return nil
        }
        defer { state = .idle }
        switch state {
        case .idle: return nil
        case .star(let until): return now <= until ? Key(rawValue: key) : nil
        }
    }
}
