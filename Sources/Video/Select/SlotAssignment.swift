// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// A camera that a receiver could be shown, and when its member talked.
package struct SlotCandidate<Source: Hashable & Sendable>: Hashable, Sendable {
    package enum Talk: Hashable, Sendable {
        case talking(since: MediaInstant)
        case silent(since: MediaInstant)
        case never
    }

    package var source: Source
    package var talk: Talk

    package init(_ source: Source, _ talk: Talk = .never) {
        self.source = source
        self.talk = talk
    }

    /// Since when it talks; nil: it does not.
    fileprivate var began: MediaInstant? {
        if case .talking(let since) = talk { since } else { nil }
    }

    /// Later is more recent.
    fileprivate var recency: Int64 {
        switch talk {
        case .talking: .max
        case .silent(let since): since.nanoseconds
        case .never: .min
        }
    }
}

/// Which camera stands in which of a receiver's slots. A pure machine; times come in as arguments.
///
/// - A camera stays where it is for as long as it is there.
/// - A slot that is free gets, of the cameras without one, that of who talks or talked last; of those who never did, the first in the list.
/// - Who has no slot and has talked for `hold` takes that of who has not talked for longest. Nobody who talks is put out.
package struct SlotAssignment<Source: Hashable & Sendable>: Sendable {
    /// Milliseconds that somebody without a slot must talk to get another's: a cough is no reason to change a picture.
    package let hold: Int
    /// By the number of the slot; nil: nobody.
    package private(set) var slots: [Source?]
    /// When `update` is to be called though nothing has happened; nil: not before something does.
    package private(set) var nextDeadline: MediaInstant?

    package init(slots count: Int = 0, hold: Int = 500) {
        precondition(count >= 0 && hold >= 0, "there are no fewer slots than none")
        self.hold = hold
        slots = Array(repeating: nil, count: count)
    }

    /// Slots that somebody stands in.
    package var filled: Int { slots.count { $0 != nil } }

    /// Brings the slots up to what is there now.
    /// - Parameters:
    ///   - count: how many slots there are.
    ///   - candidates: the cameras that there are, each once, in the order in which they came.
    /// - Returns: whether somebody stands elsewhere than before.
    @discardableResult
    package mutating func update(
        slots count: Int, _ candidates: [SlotCandidate<Source>], now: MediaInstant
    ) -> Bool {
        let before = slots
        if slots.count > count { slots.removeLast(slots.count - count) }
        while slots.count < count { slots.append(nil) }
        let present = Dictionary(candidates.map { ($0.source, $0) }, uniquingKeysWith: { first, _ in first })
        for index in slots.indices where slots[index].map({ present[$0] == nil }) ?? false { slots[index] = nil }
        let placed = Set(slots.compactMap(\.self))
        // Sorting keeps the order of equals.
        var waiting = candidates.filter { !placed.contains($0.source) }.sorted { $0.recency > $1.recency }[...]
        for index in slots.indices where slots[index] == nil { slots[index] = waiting.popFirst()?.source }
        nextDeadline = nil
        for candidate in waiting {
            guard let began = candidate.began else { continue }
            let due = began.advanced(byMilliseconds: hold)
            if due > now {
                nextDeadline = min(nextDeadline ?? due, due)
            } else if let place = leastRecent(present) {
                slots[place] = candidate.source
            }
        }
        return slots != before
    }

    /// The slot of who has been silent for longest; nil where all talk.
    private func leastRecent(_ present: [Source: SlotCandidate<Source>]) -> Int? {
        let silent = slots.indices.compactMap { index -> (index: Int, recency: Int64)? in
            guard let holder = slots[index].flatMap({ present[$0] }), holder.began == nil else { return nil }
            return (index, holder.recency)
        }
        return silent.min { $0.recency < $1.recency }?.index
    }
}
