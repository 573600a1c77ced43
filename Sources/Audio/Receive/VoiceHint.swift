// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// Which packets of a quiet Opus leg need not be listened to, by what stands in them in the clear.
///
/// SILK frames begin with a flag for voice activity (RFC 6716 §4.2.3), which libopus clears only where it is all but certain that
/// nobody speaks. That is an opinion on voices: a steady tone may be flagged as none. So a flagged packet that is larger than its like is
/// listened to all the same, and a few in a row now and then; who was heard through a cleared flag twice, or for 300 ms, is listened to always.
struct VoiceHint {
    private(set) var isTrusted = true
    /// Packets until the next that are listened to.
    private var countdown: Int
    /// How many of those are left.
    private var listening = 0
    private var strikes = 0
    /// Flagged packets in a row that were loud where they were decoded.
    private var loudWhileFlagged = 0
    /// Average size of packets in which nobody was heard, sixteenths of a byte.
    private var usualSize = 0
    private var missedLast = true
    private var wasFlaggedQuiet = false
    private var lastSize = 0

    private static let firstCheck = 5
    private static let interval = 50
    private static let checkLength = 3
    private static let mostLoud = 15

    /// - Parameter turn: as that of `LevelTrust`.
    init(turn: Int = 0) {
        countdown = Self.firstCheck + turn % Self.interval
    }

    /// The packet to listen to follows others that were not: what a decoder remembers would mislead it.
    private(set) var isFirstOfRun = true

    /// Whether `packet` may pass unheard.
    mutating func spares(_ shape: OpusPacketShape?, bytes: Int) -> Bool {
        let isFlaggedQuiet = shape?.hasVoice == false
        let spared = isFlaggedQuiet && isTrusted && !isConspicuous(bytes) && !isDue()
        if spared { learn(bytes) }
        lastSize = bytes
        isFirstOfRun = missedLast && !spared
        missedLast = spared
        wasFlaggedQuiet = isFlaggedQuiet
        return spared
    }

    private mutating func learn(_ bytes: Int) {
        usualSize += usualSize == 0 ? 16 * bytes : bytes - usualSize / 16
    }

    private func isConspicuous(_ bytes: Int) -> Bool {
        usualSize > 0 && bytes > usualSize / 16 * 3 / 2 + 8
    }

    private mutating func isDue() -> Bool {
        if listening > 0 { return true }
        countdown -= 1
        guard countdown <= 0 else { return false }
        listening = Self.checkLength
        return true
    }

    /// What was decoded in full of a packet, so loud or quiet.
    mutating func decoded(_ level: AudioLevel, _ shape: OpusPacketShape?) {
        guard isTrusted, shape?.hasVoice == false else { return }
        loudWhileFlagged = level.reaches(Attention.sustain) ? loudWhileFlagged + 1 : 0
        if loudWhileFlagged >= Self.mostLoud { isTrusted = false }
    }

    /// What was heard in a packet that was not spared.
    mutating func heard(_ level: AudioLevel) {
        guard wasFlaggedQuiet, isTrusted else { return }
        // A room that has become noisier makes larger packets.
        if !level.reaches(Attention.onset) { learn(lastSize) }
        if listening > 0 {
            listening -= 1
            // The first packets out of the blue sound wrong in a decoder without history: the last one counts.
            guard listening == 0 else { return }
            countdown = Self.interval
        }
        guard level.reaches(Attention.onset) else {
            strikes = 0
            return
        }
        strikes += 1
        countdown = Self.firstCheck
        if strikes >= 2 { isTrusted = false }
    }
}
