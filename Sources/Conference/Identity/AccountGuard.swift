// SPDX-License-Identifier: GPL-3.0-or-later

/// Slows down who guesses one account's password from many addresses, each of which is too patient for an `AttemptLimiter` of its own:
/// after so many failures nobody logs in from an address that has not lately, while those that have go on. A pure machine.
package struct AccountGuard: Sendable {
    /// Failures of an account, from wherever, that cost nothing.
    package static let free = 50
    /// Addresses that are remembered of an account, the latest.
    package static let remembered = 8

    private var failures = AttemptLimiter(allowed: free)
    private var homes: [String: [String]] = [:]

    package init() {}

    /// How long the account must be left alone by that host; nil for not at all.
    package func wait(_ account: String, from source: String, now: ContinuousClock.Instant) -> Duration? {
        isHome(source, of: account) ? nil : failures.wait(account, now: now)
    }

    /// A wrong password from a host that the account is not known to be at.
    package mutating func failed(_ account: String, from source: String, now: ContinuousClock.Instant) {
        if !isHome(source, of: account) { failures.failed(account, now: now) }
    }

    /// The right one. It forgives nothing: the guessing goes on elsewhere.
    package mutating func succeeded(_ account: String, from source: String) {
        let source = AttemptLimiter.key(source)
        homes[account, default: []].removeAll { $0 == source }
        homes[account, default: []].append(source)
        if let count = homes[account]?.count, count > Self.remembered { homes[account]?.removeFirst() }
    }

    /// The account is no more, or has a new password.
    package mutating func forget(_ account: String) {
        homes[account] = nil
    }

    private func isHome(_ source: String, of account: String) -> Bool {
        homes[account]?.contains(AttemptLimiter.key(source)) == true
    }
}
