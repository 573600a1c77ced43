// SPDX-License-Identifier: GPL-3.0-or-later

/// Hands events to watchers. The owner (the Focus actor) keeps it and publishes into it; no watcher can slow it down.
package struct EventFeed: Sendable {
    private struct Watcher: Sendable {
        let room: String?
        let continuation: AsyncStream<ConferenceEvent>.Continuation
        var sequence: UInt64 = 0
    }

    private var watchers: [Watcher] = []
    private let capacity: Int

    /// - Parameter capacity: Events kept for a watcher that does not read; what comes on top is lost to it.
    package init(capacity: Int = 1024) { self.capacity = capacity }

    /// Watchers that have not gone, as far as is known: one that went is noticed at the next event for it.
    package var count: Int { watchers.count }

    /// A stream of what is published from now on.
    package mutating func subscribe(room: String?) -> AsyncStream<ConferenceEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: ConferenceEvent.self, bufferingPolicy: .bufferingOldest(capacity))
        watchers.append(Watcher(room: room, continuation: continuation))
        return stream
    }

    package mutating func publish(_ event: ConferenceEvent) {
        var hasGone = false
        for index in watchers.indices where watchers[index].room == nil || watchers[index].room == event.room {
            watchers[index].sequence += 1
            var numbered = event
            numbered.sequence = watchers[index].sequence
            if case .terminated = watchers[index].continuation.yield(numbered) {
                watchers[index].sequence = .max
                hasGone = true
            }
        }
        if hasGone { watchers.removeAll { $0.sequence == .max } }
    }

    /// Ends every stream.
    package mutating func finish() {
        for watcher in watchers { watcher.continuation.finish() }
        watchers = []
    }
}
