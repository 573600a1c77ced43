// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// How fast a leg's DTMF keys are believed: more than anybody presses, dialled from memory included, and too few for a flood to make
/// work. A bucket of one second's keys that fills steadily.
struct KeyRate {
    /// Keys in a second, and at once after a pause.
    static let perSecond: Int64 = 30

    /// One key, in units of the bucket: ns.
    private static let key = 1_000_000_000 / perSecond
    private static let full = key * perSecond

    private var level = full
    private var last: MediaInstant?

    /// Whether a key would be believed now.
    mutating func isOpen(now: MediaInstant) -> Bool {
        if let last { level = min(Self.full, level + max(0, now.nanoseconds(since: last))) }
        last = now
        return level >= Self.key
    }

    /// Takes one key out of the bucket; false where it holds none.
    mutating func take() -> Bool {
        guard level >= Self.key else { return false }
        level -= Self.key
        return true
    }
}
