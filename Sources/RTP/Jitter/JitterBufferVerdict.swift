// SPDX-License-Identifier: GPL-3.0-or-later

/// What became of a packet at the jitter buffer's door. The raw value is a counter index.
package enum JitterBufferVerdict: Int, CaseIterable, Hashable, Sendable {
    /// Kept, to be played.
    case accepted
    /// Kept, and the playout began anew with it: first packet, new SSRC, or sequence restart.
    case reset
    /// Its sequence number was here before.
    case duplicate
    /// Its place has been played or concealed already.
    case late
    /// Larger than a slot, or no slot was free.
    case overflow
    /// From an unknown source or far out of sequence: dropped until a second packet confirms it (RFC 3550 A.1).
    case probation
    /// Carries no media that can be played, or an impossible timestamp.
    case malformed

    /// Whether the packet was kept.
    package var isKept: Bool { self == .accepted || self == .reset }
}

/// Counters of one jitter buffer since it was made.
package struct JitterBufferStatistics: Sendable {
    package init() {}

    private var verdicts = InlineArray<7, Int>(repeating: 0)
    /// Packets that were kept and then thrown away unplayed, because too much was queued or they came after their turn.
    package internal(set) var discarded = 0
    /// Packets given out to be played.
    package internal(set) var played = 0
    /// Packets that never came, as seen when their turn was passed.
    package internal(set) var lost = 0
    /// Timestamp discontinuities that were bridged (the sender jumped, the playout did not).
    package internal(set) var timestampJumps = 0

    /// Packets with that verdict.
    package subscript(_ verdict: JitterBufferVerdict) -> Int { verdicts[verdict.rawValue] }

    mutating func count(_ verdict: JitterBufferVerdict) {
        verdicts[verdict.rawValue] += 1
    }
}
