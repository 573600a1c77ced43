// SPDX-License-Identifier: GPL-3.0-or-later

/// Names of cancelled rooms, which answer 410 Gone. Bounded: past the limit the oldest is forgotten, so that nobody can
/// fill the memory by creating and cancelling rooms.
struct CancelledNames: Sendable {
    private struct Entry: Sendable {
        let by: String
        let at: ContinuousClock.Instant
    }

    private var entries: [String: Entry] = [:]
    /// In order of cancelling; holds names that were removed or entered anew since, which are skipped.
    private var order: [(name: String, at: ContinuousClock.Instant)] = []
    private let limit: Int

    init(limit: Int = 100_000) { self.limit = limit }

    var count: Int { entries.count }

    mutating func insert(_ name: String, by: String, now: ContinuousClock.Instant) {
        entries[name] = Entry(by: by, at: now)
        order.append((name, now))
        guard order.count > limit else { return }
        // A tenth at a time, so that the shift of the array costs next to nothing each.
        let old = order.prefix(limit / 10 + 1)
        for (name, at) in old where entries[name]?.at == at { entries[name] = nil }
        order.removeFirst(old.count)
    }

    mutating func remove(_ name: String) { entries[name] = nil }

    /// Who cancelled the name; nil when it is not cancelled, or was longer ago than `expiry`.
    mutating func canceller(
        of name: String, expiry: Duration?, now: ContinuousClock.Instant
    ) -> String? {
        guard let entry = entries[name] else { return nil }
        if let expiry, entry.at + expiry <= now {
            entries[name] = nil
            return nil
        }
        return entry.by
    }
}
