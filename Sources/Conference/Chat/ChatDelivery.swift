// SPDX-License-Identifier: GPL-3.0-or-later

/// What is on its way to each member, one thing at a time: the next is sent when the one before has been answered, so that nothing
/// overtakes anything. A pure machine.
package struct ChatDelivery: Hashable, Sendable {
    /// Something for a member to read.
    package enum Item: Hashable, Sendable {
        /// The author is nil where it is no matter to it whether this arrives: what was said before the reader came.
        case message(ChatMessage, by: MemberID?)
        /// From the room itself: the answer to a command, a failure.
        case notice(String)
    }

    /// How an item is written for a member.
    package enum Form: Hashable, Sendable {
        case cpim
        case plain
    }

    /// What became of the item that was sent.
    package enum Outcome: Hashable, Sendable {
        case delivered
        /// The content type is not understood (415, 406): plain text is tried.
        case unknownForm
        /// Never will be: the member takes no messages (405, 501, 403 …).
        case refused
        /// Not this time: no answer, an overload.
        case failed
    }

    package enum Step: Hashable, Sendable {
        case send(MemberID, Item, Form)
        /// An item did not reach the member.
        case lost(MemberID, Item)
    }

    /// Items that wait for one member. A member that answers nothing for long loses the newest.
    package static let longestQueue = 256

    private struct Queue: Hashable, Sendable {
        var form: Form
        var takesMessages = true
        var isSending = false
        var hasRetried = false
        var items: [Item] = []
    }

    private var queues: [MemberID: Queue] = [:]

    package init() {}

    /// A member is there from now on.
    package mutating func add(_ member: MemberID, form: Form, takesMessages: Bool) {
        queues[member] = Queue(form: form, takesMessages: takesMessages)
    }

    /// Forgets a member with all that waits for it.
    package mutating func remove(_ member: MemberID) {
        queues[member] = nil
    }

    /// Whether the member is known to take no messages.
    package func isDeaf(_ member: MemberID) -> Bool { queues[member]?.takesMessages != true }

    /// The member has been seen to understand the format.
    package mutating func understands(_ form: Form, _ member: MemberID) {
        queues[member]?.form = form
    }

    /// Puts an item in line. A member that takes no messages gets none, and that is no failure: it never asked for a chat.
    package mutating func put(_ item: Item, for member: MemberID) -> [Step] {
        guard let queue = queues[member], queue.takesMessages else { return [] }
        guard queue.items.count < Self.longestQueue else { return [.lost(member, item)] }
        queues[member]?.items.append(item)
        return next(member)
    }

    /// What was sent to the member has been answered, or will not be.
    package mutating func finished(_ member: MemberID, _ outcome: Outcome) -> [Step] {
        guard var queue = queues[member], queue.isSending, let item = queue.items.first else { return [] }
        queue.isSending = false
        var steps: [Step] = []
        switch outcome {
        case .unknownForm where queue.form == .cpim:
            queue.form = .plain
        case .failed where !queue.hasRetried:
            queue.hasRetried = true
        case .refused, .unknownForm:
            queue.takesMessages = false
            steps = queue.items.map { .lost(member, $0) }
            queue.items = []
        case .delivered, .failed:
            queue.items.removeFirst()
            queue.hasRetried = false
            if outcome == .failed { steps = [.lost(member, item)] }
        }
        queues[member] = queue
        return steps + next(member)
    }

    private mutating func next(_ member: MemberID) -> [Step] {
        guard var queue = queues[member], !queue.isSending, let item = queue.items.first else { return [] }
        queue.isSending = true
        queues[member] = queue
        return [.send(member, item, queue.form)]
    }
}
