// SPDX-License-Identifier: GPL-3.0-or-later

/// Who talks, from the levels that the mix names, with enough patience that nobody flickers between two words. Sans I/O.
struct TalkerTracker: Sendable {
    /// Whom a level belongs to: a source of the mix, or the other side of an ordinary call.
    enum Source: Hashable, Sendable {
        case mixed(UInt32)
        case peer
    }

    struct Heard: Hashable, Sendable {
        var source: Source
        /// Decibels below overload.
        var level: UInt8
    }

    /// A level at or above which somebody talks, decibels below overload.
    static let threshold: UInt8 = 60
    /// How long somebody goes on talking after the last sound.
    static let patience: Duration = .milliseconds(500)

    private struct Talk: Sendable {
        var level: UInt8
        var last: ContinuousClock.Instant
        let since: UInt64
    }

    private var talks: [Source: Talk] = [:]
    private var count: UInt64 = 0

    init() {}

    /// Takes what was heard since the last call.
    ///
    /// - Returns: whether somebody began or ended to talk.
    mutating func hear(_ heard: [Heard], now: ContinuousClock.Instant) -> Bool {
        var began = false
        for source in talks.keys { talks[source]?.level = 127 }
        for one in heard {
            if one.level <= Self.threshold {
                if talks[one.source] == nil {
                    count += 1
                    began = true
                    talks[one.source] = Talk(level: one.level, last: now, since: count)
                }
                talks[one.source]?.last = now
            }
            talks[one.source]?.level = one.level
        }
        let before = talks.count
        talks = talks.filter { now - $0.value.last < Self.patience }
        return began || talks.count != before
    }

    /// Whoever talks, the one who began first in front, with levels.
    var talking: [Heard] {
        talks.sorted { $0.value.since < $1.value.since }.map { Heard(source: $0.key, level: $0.value.level) }
    }
}
