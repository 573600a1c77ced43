// SPDX-License-Identifier: GPL-3.0-or-later

/// The next deadline of each session: a binary heap whose stale entries are skipped when they come up.
/// Setting one costs O(log n); asking for the first is O(1).
struct SessionDeadlines: Sendable {
    private struct Entry: Sendable {
        var instant: ContinuousClock.Instant
        var id: SessionID
    }

    private var heap: [Entry] = []
    private var current: [SessionID: ContinuousClock.Instant] = [:]

    /// The earliest deadline.
    var first: ContinuousClock.Instant? { heap.first?.instant }

    /// Sets or clears the deadline of a session.
    mutating func set(_ instant: ContinuousClock.Instant?, for id: SessionID) {
        guard current[id] != instant else { return }
        current[id] = instant
        if let instant {
            heap.append(Entry(instant: instant, id: id))
            siftUp(heap.count - 1)
        }
        dropStale()
    }

    /// Removes and returns a session whose deadline has come.
    mutating func popDue(now: ContinuousClock.Instant) -> SessionID? {
        guard let entry = heap.first, entry.instant <= now else { return nil }
        current[entry.id] = nil
        removeFirst()
        dropStale()
        return entry.id
    }

    /// After this the first entry is a live one, so that `first` never names a deadline that was cleared. When stale
    /// entries outnumber live ones the heap is made anew, so that it does not grow with the age of a session.
    private mutating func dropStale() {
        while let entry = heap.first, current[entry.id] != entry.instant { removeFirst() }
        guard heap.count > 64, heap.count > 2 * current.count else { return }
        heap = current.map { Entry(instant: $0.value, id: $0.key) }.sorted { $0.instant < $1.instant }
    }

    private mutating func removeFirst() {
        guard let last = heap.popLast(), !heap.isEmpty else { return }
        heap[0] = last
        siftDown()
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].instant < heap[parent].instant else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown() {
        var parent = 0
        while true {
            var smallest = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count {
                if heap[child].instant < heap[smallest].instant { smallest = child }
            }
            guard smallest != parent else { return }
            heap.swapAt(parent, smallest)
            parent = smallest
        }
    }
}
