// SPDX-License-Identifier: GPL-3.0-or-later

/// The wait after a 491 to a re-INVITE or UPDATE of ours (RFC 3261 §14.1, RFC 3311 §5.3), and after a 500 with Retry-After.
struct ReInviteGlare: Sendable {
    /// How often one modification is tried.
    static let attemptLimit = 6

    /// The wait: 2.1 to 4 s for the owner of the Call-ID, 0 to 2 s for the other, in steps of 10 ms.
    static func backOff(ownsCallID: Bool, random: UInt64) -> Duration {
        ownsCallID ? .milliseconds(2100 + 10 * Int(random % 191)) : .milliseconds(10 * Int(random % 201))
    }

    /// The Retry-After of a 500 to an overlapping re-INVITE or UPDATE: 0 to 10 s (RFC 3261 §14.2).
    static func retryAfter(random: UInt64) -> Int {
        Int(random % 11)
    }
}
