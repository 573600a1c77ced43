// SPDX-License-Identifier: GPL-3.0-or-later

/// A binary min-heap of deadlines. Entries are never removed from its middle: whoever pops one asks its owner whether
/// it still holds (lazy deletion).
struct DeadlineHeap<Owner: Sendable>: Sendable {
    struct Entry: Sendable {
        let deadline: ContinuousClock.Instant
        let owner: Owner
    }

    private var entries: [Entry] = []
    /// Comparisons made since the start: what a message costs here, for tests that count work instead of time.
    private(set) var comparisons = 0

    var count: Int { entries.count }
    var earliest: ContinuousClock.Instant? { entries.first?.deadline }

    mutating func push(_ deadline: ContinuousClock.Instant, _ owner: Owner) {
        entries.append(Entry(deadline: deadline, owner: owner))
        var child = entries.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard isEarlier(child, parent) else { break }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    /// Removes and returns the earliest entry if it is due.
    mutating func pop(due now: ContinuousClock.Instant) -> Entry? {
        guard let first = entries.first, first.deadline <= now else { return nil }
        let last = entries.removeLast()
        guard !entries.isEmpty else { return first }
        entries[0] = last
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count && isEarlier(child, smallest) {
                smallest = child
            }
            guard smallest != parent else { return first }
            entries.swapAt(parent, smallest)
            parent = smallest
        }
    }

    private mutating func isEarlier(_ left: Int, _ right: Int) -> Bool {
        comparisons += 1
        return entries[left].deadline < entries[right].deadline
    }
}
