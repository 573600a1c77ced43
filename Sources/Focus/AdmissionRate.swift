// SPDX-License-Identifier: GPL-3.0-or-later

/// How many new calls, or keys of one call, a second are let in: a bucket that holds one second's worth and fills steadily, so that a
/// short burst passes and a flood does not.
struct AdmissionRate {
    private let perSecond: Double
    private var tokens: Double
    private var last: ContinuousClock.Instant?

    init(perSecond: Int) {
        self.perSecond = Double(max(1, perSecond))
        tokens = self.perSecond
    }

    /// Whether one more is let in now.
    mutating func admit(now: ContinuousClock.Instant) -> Bool {
        if let last {
            let passed = last.duration(to: now).components
            let seconds = Double(passed.seconds) + Double(passed.attoseconds) * 1e-18
            tokens = min(perSecond, tokens + seconds * perSecond)
        }
        last = now
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}

/// What has happened since the focus began.
struct FocusCounters {
    var calls: UInt64 = 0
    var rooms: UInt64 = 0
    /// Said in chats.
    var messages: UInt64 = 0
    /// Deliveries that failed.
    var messagesLost: UInt64 = 0
    /// By `Refusal.Kind`, and `media`, `overload`.
    var refused: [String: UInt64] = [:]
    /// Other requests for which there was no place, by what they wanted and `FairShares.Shortage`.
    var withoutPlace: [String: UInt64] = [:]
}
