// SPDX-License-Identifier: GPL-3.0-or-later

/// What one packet told about those before it.
package enum MissingPacketsVerdict: Hashable, Sendable {
    /// The next one, or the very first.
    case inOrder
    /// So many before it are missing.
    case gap(Int)
    /// One that was missing.
    case recovered
    /// A duplicate, or one that was given up.
    case late
    /// Far from all others: not believed before its successor comes (RFC 3550 §A.1).
    case probation
    /// The stream goes on elsewhere; what was missing is forgotten. The picture is broken: ask for a key frame.
    case restarted
}

/// What is to be done about missing packets now.
package struct MissingPacketsAction: Sendable {
    /// The packets to ask for.
    package var request = RetransmissionRequest()
    /// So many were given up: where it is not 0 only a key frame mends the picture.
    package var abandoned = 0
}

/// Which packets of one stream are missing, when to ask for them (RFC 4585 §6.2.1), when to ask again and when to let go.
/// A pure machine: takes sequence numbers as they come, original or restored from RFC 4588, and says what to ask for.
///
///     missing --reorderDelay--> asked --retryInterval--> asked again … --giveUp or attempts used up--> abandoned
package struct MissingPackets: Sendable {
    package struct Limits: Hashable, Sendable {
        /// Milliseconds before the first request: packets that overtook each other are not lost.
        package var reorderDelay: Int
        /// Milliseconds between two requests for a packet at the least; the round trip counts where it is longer.
        package var retryInterval: Int
        /// Milliseconds after which a packet would come too late to be of use.
        package var giveUp: Int
        /// Requests for one packet at the most.
        package var attempts: Int

        package init(reorderDelay: Int = 10, retryInterval: Int = 30, giveUp: Int = 500, attempts: Int = 8) {
            self.reorderDelay = max(reorderDelay, 0)
            self.retryInterval = max(retryInterval, 1)
            self.giveUp = max(giveUp, 1)
            self.attempts = max(attempts, 1)
        }
    }

    /// How far back a packet is remembered; a power of two. Memory is one entry each, taken once. All of it fits into
    /// one request: 15 entries of 17 packets.
    package static let window = 256

    private struct Entry {
        /// Sequence number with its cycles; −1 where the place is free.
        var sequence: Int64 = -1
        /// When it is to be asked for, or asked for again.
        var due = MediaInstant.zero
        var expires = MediaInstant.zero
        var attempts = 0
    }

    private let limits: Limits
    private var entries = [Entry](repeating: Entry(), count: Self.window)
    /// With its cycles; nil before the first packet.
    private var highest: Int64?
    /// The oldest that may be missing.
    private var oldest: Int64 = 0
    private var candidate: UInt16?
    /// Given up as the window moved on, not yet told.
    private var overrun = 0

    /// How many are missing.
    package private(set) var count = 0
    /// When `take` is next worth calling; nil while nothing is missing. May be early, never late.
    package private(set) var nextDeadline: MediaInstant?
    /// Milliseconds, where known: no packet is asked for twice in less.
    package var roundTrip = 0

    package init(limits: Limits = Limits()) {
        self.limits = limits
    }

    /// Takes the sequence number of a packet that came.
    package mutating func receive(_ sequenceNumber: UInt16, now: MediaInstant) -> MissingPacketsVerdict {
        guard let highest else {
            start(at: sequenceNumber)
            return .inOrder
        }
        let distance = UInt16(truncatingIfNeeded: highest).sequenceDistance(to: sequenceNumber)
        guard abs(distance) < Self.window else {
            guard candidate == sequenceNumber else {
                candidate = sequenceNumber &+ 1
                return .probation
            }
            start(at: sequenceNumber)
            return .restarted
        }
        candidate = nil
        if distance <= 0 { return remove(highest + Int64(distance)) ? .recovered : .late }
        advance(to: highest + Int64(distance), from: highest, now: now)
        return distance == 1 ? .inOrder : .gap(distance - 1)
    }

    /// What to ask for now, and how many to give up.
    package mutating func take(now: MediaInstant) -> MissingPacketsAction {
        var action = MissingPacketsAction()
        action.abandoned = overrun
        overrun = 0
        guard count > 0, let highest, let deadline = nextDeadline, deadline <= now || action.abandoned > 0 else {
            if count == 0 { nextDeadline = nil }
            return action
        }
        nextDeadline = nil
        for sequence in oldest..<highest {
            let place = Self.place(of: sequence)
            var entry = entries[place]
            guard entry.sequence == sequence else { continue }
            if now >= entry.expires || (entry.attempts >= limits.attempts && now >= entry.due) {
                _ = remove(sequence)
                action.abandoned += 1
                continue
            }
            if now >= entry.due, action.request.insert(UInt16(truncatingIfNeeded: sequence)) {
                entry.attempts += 1
                entry.due = now.advanced(byMilliseconds: max(limits.retryInterval, roundTrip))
                entries[place] = entry
            }
            arm(min(entry.due, entry.expires))
        }
        return action
    }

    /// Forgets everything: a key frame came, or the source is another one.
    package mutating func removeAll() {
        for place in entries.indices { entries[place].sequence = -1 }
        highest = nil
        candidate = nil
        count = 0
        overrun = 0
        nextDeadline = nil
    }

    private mutating func start(at sequenceNumber: UInt16) {
        removeAll()
        // Far enough from zero for whatever is a window behind.
        let first = Int64(sequenceNumber) + 0x1_0000
        highest = first
        oldest = first
    }

    private mutating func advance(to newest: Int64, from highest: Int64, now: MediaInstant) {
        while oldest <= newest - Int64(Self.window) {
            if remove(oldest) { overrun += 1 }
            oldest += 1
        }
        if overrun > 0 { arm(now) }
        self.highest = newest
        guard newest > highest + 1 else { return }
        let entry = Entry(
            due: now.advanced(byMilliseconds: limits.reorderDelay),
            expires: now.advanced(byMilliseconds: limits.giveUp))
        for sequence in (highest + 1)..<newest {
            let place = Self.place(of: sequence)
            entries[place] = entry
            entries[place].sequence = sequence
            count += 1
        }
        arm(min(entry.due, entry.expires))
    }

    /// Whether it was missing.
    private mutating func remove(_ sequence: Int64) -> Bool {
        let place = Self.place(of: sequence)
        guard entries[place].sequence == sequence else { return false }
        entries[place].sequence = -1
        count -= 1
        if count == 0, overrun == 0 { nextDeadline = nil }
        return true
    }

    private mutating func arm(_ instant: MediaInstant) {
        nextDeadline = nextDeadline.map { min($0, instant) } ?? instant
    }

    private static func place(of sequence: Int64) -> Int {
        Int(truncatingIfNeeded: sequence & Int64(window - 1))
    }
}
