// SPDX-License-Identifier: GPL-3.0-or-later

/// Calls that are being set up, in the order of their deadlines: all get the same time, so a queue serves and no heap is
/// needed. Calls that got through, or came to nothing, are skipped when their turn comes.
struct SetupQueue: Sendable {
    private var queue: [(member: MemberID, deadline: ContinuousClock.Instant)] = []
    private var head = 0
    private var waiting: Set<MemberID> = []

    mutating func append(_ member: MemberID, deadline: ContinuousClock.Instant) {
        waiting.insert(member)
        queue.append((member, deadline))
    }

    /// The call is established or over.
    mutating func settle(_ member: MemberID) {
        guard waiting.remove(member) != nil else { return }
        prune()
    }

    var nextDeadline: ContinuousClock.Instant? { head < queue.count ? queue[head].deadline : nil }

    /// Takes out a call whose time is up; nil when there is none.
    mutating func popDue(_ now: ContinuousClock.Instant) -> MemberID? {
        guard head < queue.count, queue[head].deadline <= now else { return nil }
        let member = queue[head].member
        waiting.remove(member)
        prune()
        return member
    }

    private mutating func prune() {
        while head < queue.count, !waiting.contains(queue[head].member) { head += 1 }
        if head > 64, head * 2 > queue.count {
            queue.removeFirst(head)
            head = 0
        }
    }
}
