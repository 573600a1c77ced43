// SPDX-License-Identifier: GPL-3.0-or-later

/// Slows down who guesses one account's password from many addresses, each of which is too patient for an `AttemptLimiter` of its own:
/// after so many failures nobody logs in from an address that has not lately, while those that have go on. A pure machine.
package struct AccountGuard: Sendable {
    /// Failures of an account, from wherever, that cost nothing.
    package static let free = 50
    /// Addresses that are remembered of an account, the latest.
    package static let remembered = 8

    private var failures = AttemptLimiter(allowed: free)
    /// Failures at a host that the account is known to be at, for each of both.
    private var failuresAtHome = AttemptLimiter()
    private var homes: [String: [String]] = [:]

    package init() {}

    /// How long the account must be left alone by that host; nil for not at all.
    ///
    /// - Parameter source: network of the host, here and below.
    package func wait(_ account: String, from source: String, now: ContinuousClock.Instant) -> Duration? {
        isHome(source, of: account)
            ? failuresAtHome.wait(Self.home(source, of: account), now: now) : failures.wait(account, now: now)
    }

    /// A wrong password. Where the account is at home that is no affair of other hosts.
    package mutating func failed(_ account: String, from source: String, now: ContinuousClock.Instant) {
        if isHome(source, of: account) {
            failuresAtHome.failed(Self.home(source, of: account), as: account, now: now)
        } else {
            failures.failed(account, now: now)
        }
    }

    /// The right one. It forgives nothing but failures at that very host: the guessing goes on elsewhere.
    package mutating func succeeded(_ account: String, from source: String) {
        failuresAtHome.succeeded(Self.home(source, of: account), as: account)
        homes[account, default: []].removeAll { $0 == source }
        homes[account, default: []].append(source)
        if let count = homes[account]?.count, count > Self.remembered { homes[account]?.removeFirst() }
    }

    /// The account is no more, or has a new password.
    package mutating func forget(_ account: String) {
        homes[account] = nil
    }

    /// Whether the account has lately been logged in to from that host.
    package func isHome(_ source: String, of account: String) -> Bool {
        homes[account]?.contains(source) == true
    }

    private static func home(_ source: String, of account: String) -> String {
        "\(source) \(account)"
    }
}
