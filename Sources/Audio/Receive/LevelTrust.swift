// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// Whether a sender's RFC 6464 levels deserve belief: they are held against the audio now and then (RFC 6464 §6 warns of
/// senders that lie). Once caught, never believed again.
struct LevelTrust {
    private(set) var isTrusted = true
    /// Packets until the next check.
    private var countdown: Int
    private var listening = 0
    private var strikes = 0
    private var quietWhileLoud = 0

    private static let firstCheck = 25
    private static let interval = 500
    private static let checkLength = 3
    /// Packets over which the first checks of many senders are spread: 2 s.
    private static let spread = 100

    /// - Parameter turn: another number for each of the legs of a thread. Those who come at once, as after a pause of the network, would
    ///   otherwise all be checked in one tick ever after.
    init(turn: Int = 0) {
        countdown = Self.firstCheck + turn % Self.spread
    }

    /// A packet came that claims silence. True when it should be listened to.
    mutating func wantsCheck() -> Bool {
        guard isTrusted else { return false }
        if listening > 0 { return true }
        countdown -= 1
        guard countdown <= 0 else { return false }
        listening = Self.checkLength
        return true
    }

    /// The packet to listen to follows packets that were not.
    var isFirstOfCheck: Bool { listening == Self.checkLength }

    /// What was heard in a packet that was listened to.
    mutating func heard(_ level: AudioLevel, claimed: AudioLevel) {
        listening -= 1
        // The first packets out of the blue sound wrong in a decoder without history: the last one counts.
        guard listening <= 0 else { return }
        listening = 0
        if level.reaches(50), Int(level.decibelsBelowOverload) + 20 < Int(claimed.decibelsBelowOverload) {
            strikes += 1
            countdown = 5
            if strikes >= 2 { isTrusted = false }
        } else {
            strikes = 0
            countdown = Self.interval
        }
    }

    /// What was decoded in full, beside what the packet claimed.
    mutating func decoded(_ level: AudioLevel, claimed: AudioLevel) {
        guard isTrusted else { return }
        if claimed.reaches(40), !level.reaches(70) {
            quietWhileLoud += 1
            if quietWhileLoud >= 100 { isTrusted = false }
        } else {
            quietWhileLoud = 0
        }
    }
}
