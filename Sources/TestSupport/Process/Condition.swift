// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation

/// Waits for something another program does, by looking again and again; never by guessing how long it takes.
package enum Condition {
    /// By how much longer than tests say is waited, from `CONFAB_TEST_PATIENCE`: for machines that other work may hold up.
    private static let indulgence = Double(ProcessInfo.processInfo.environment["CONFAB_TEST_PATIENCE"] ?? "") ?? 1

    /// When a wait that begins now is over: for who is woken by what comes, and does not look again and again.
    package static func deadline(after patience: Duration) -> ContinuousClock.Instant { .now + patience * indulgence }

    /// So long on this machine: what something may take that other work holds up like the waiting for it.
    package static func allowance(_ patience: Duration) -> Duration { patience * indulgence }

    /// How long a test may take that waits for so many minutes at the most: for its `timeLimit`.
    package static func minutes(_ count: Int) -> Int { Int((Double(count) * indulgence).rounded(.up)) }

    /// - Returns: whether `condition` became true within `patience`. Cancellation ends the wait with false.
    package static func holds(
        within patience: Duration, every interval: Duration = .milliseconds(20),
        isolation: isolated (any Actor)? = #isolation, _ condition: () async throws -> Bool
    ) async rethrows -> Bool {
        let deadline = deadline(after: patience)
        while true {
            if try await condition() { return true }
            guard ContinuousClock.now < deadline, (try? await Task.sleep(for: interval)) != nil else { return false }
        }
    }

    /// - Throws: `ConditionNotMet` that names `what` and what `evidence` says, where it does not become true in time.
    package static func await(
        _ what: String, within patience: Duration = .seconds(10), every interval: Duration = .milliseconds(20),
        evidence: () -> String = { "" }, isolation: isolated (any Actor)? = #isolation,
        _ condition: () async throws -> Bool
    ) async throws {
        guard try await holds(within: patience, every: interval, condition) else {
            throw ConditionNotMet(what: what, patience: patience, evidence: evidence())
        }
    }
}

extension Condition {
    /// Looks at something again and again for a stretch of time: for measurements, which last as long as they do.
    package static func watch(
        for duration: Duration, every interval: Duration, isolation: isolated (any Actor)? = #isolation,
        _ look: () throws -> Void
    ) async throws {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end {
            try await Task.sleep(for: interval)
            try look()
        }
    }
}

/// Something waited for did not come.
package struct ConditionNotMet: Error, CustomStringConvertible {
    package let what: String
    package let patience: Duration
    package let evidence: String

    package init(what: String, patience: Duration, evidence: String = "") {
        self.what = what
        self.patience = patience
        self.evidence = evidence
    }

    package var description: String {
        "waited \(patience) in vain for: \(what)" + (evidence.isEmpty ? "" : "\n\(evidence.suffix(2000))")
    }
}
