// SPDX-License-Identifier: GPL-3.0-or-later

/// Slows down who guesses passwords or PINs: after a few failures a source waits, twice as long with each further one. A pure machine.
package struct AttemptLimiter: Sendable {
    /// Failures that cost nothing, by default.
    package static let free = 5
    /// The first wait, and the longest.
    package static let firstWait: Duration = .seconds(5)
    package static let longestWait: Duration = .seconds(900)
    /// Failures are forgotten so long after the last one.
    package static let memory: Duration = .seconds(3600)
    /// Sources that are remembered; the one that failed longest ago is forgotten for a new one.
    package static let remembered = 10_000

    private struct Record {
        var failures: Int
        var last: ContinuousClock.Instant
        var blockedUntil: ContinuousClock.Instant
        /// Whose password all of them were for; nil where that is not one account.
        var user: String?
    }

    private var records: [String: Record] = [:]
    private let allowed: Int

    /// - Parameter allowed: failures that cost nothing.
    package init(allowed: Int = free) {
        self.allowed = allowed
    }

    /// How long the source must wait before it may try again; nil for not at all.
    ///
    /// - Parameter source: network of the host, or `source(of:in:)`.
    package func wait(_ source: String, now: ContinuousClock.Instant) -> Duration? {
        guard let record = records[source], record.blockedUntil > now else { return nil }
        return now.duration(to: record.blockedUntil)
    }

    /// The source failed.
    ///
    /// - Parameter user: the account whose password it was; nil for a PIN, or for nobody's.
    /// - Returns: how often it has, lately.
    @discardableResult
    package mutating func failed(_ source: String, as user: String? = nil, now: ContinuousClock.Instant) -> Int {
        var record = records[source] ?? Record(failures: 0, last: now, blockedUntil: now)
        if record.last.duration(to: now) > Self.memory { record.failures = 0 }
        if record.failures == 0 { record.user = user } else if record.user != user { record.user = nil }
        record.failures += 1
        record.last = now
        let beyond = record.failures - allowed
        if beyond >= 0 {
            let wait = min(Self.longestWait, Self.firstWait * (1 << min(beyond, 20)))
            record.blockedUntil = now + wait
        }
        if records[source] == nil, records.count >= Self.remembered { forgetOldest() }
        records[source] = record
        return record.failures
    }

    /// The source has shown that it knows the password of an account. That forgives its failures with this one alone: who has an
    /// account could guess at others, and at PINs, for ever.
    package mutating func succeeded(_ source: String, as user: String) {
        if records[source]?.user == user { records[source] = nil }
    }

    /// What stands for a source where an address is not one caller's: who calls, and the room whose PIN it guesses.
    package static func source(of identity: Identity, in room: String) -> String {
        let caller = identity.isProven ? identity.user ?? "" : identity.uri
        return "\(room) \(caller)"
    }

    private mutating func forgetOldest() {
        // A tenth at once, so that a flood of new sources does not make each of them look through all.
        let oldest = records.sorted { $0.value.last < $1.value.last }.prefix(Self.remembered / 10)
        for entry in oldest { records[entry.key] = nil }
    }
}
