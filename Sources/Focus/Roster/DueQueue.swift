// SPDX-License-Identifier: GPL-3.0-or-later

/// Elements by the time that they are due, earliest first: a binary heap. What is no longer wanted stays in until its time; whoever takes
/// an element out checks it.
struct DueQueue<Element> {
    private var heap: [(due: ContinuousClock.Instant, element: Element)] = []

    /// When the first is due.
    var first: ContinuousClock.Instant? { heap.first?.due }
    var count: Int { heap.count }

    mutating func push(_ element: Element, due: ContinuousClock.Instant) {
        heap.append((due, element))
        var child = heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard heap[child].due < heap[parent].due else { return }
            heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes out the first; nil when none is due at `now`.
    mutating func pop(now: ContinuousClock.Instant) -> (due: ContinuousClock.Instant, element: Element)? {
        guard let first = heap.first, first.due <= now, let last = heap.popLast() else { return nil }
        guard !heap.isEmpty else { return first }
        heap[0] = last
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < heap.count && heap[child].due < heap[least].due
            {
                least = child
            }
            guard least != parent else { return first }
            heap.swapAt(parent, least)
            parent = least
        }
    }
}
