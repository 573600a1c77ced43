// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// How many canvases a second a thread makes: fewer where it does not keep up. A pure machine, told of each tick.
///
///     30 ──▶ 15 ──▶ 10 ──▶ 5      most ticks of a second were late
///     30 ◀── 15 ◀── 10 ◀── 5      ten seconds without a late one, and the work would fit at the higher rate
struct GridGovernor {
    /// Canvases a second.
    private(set) var rate: Int
    private(set) var cuts: UInt64 = 0

    private let wanted: Int
    private var began: MediaInstant?
    private var ticks = 0
    private var late = 0
    private var busy: Int64 = 0
    private var quietSeconds = 0

    private static let second: Int64 = 1_000_000_000
    private static let steps = [30, 15, 10, 5]
    private static let patience = 10
    private static let comfort = 0.6

    /// - Parameter wanted: canvases a second where there is time for them.
    init(wanted: Int) {
        self.wanted = max(1, wanted)
        rate = self.wanted
    }

    /// A tick is over.
    /// - Parameters:
    ///   - isLate: it began late, or left work undone.
    ///   - busy: nanoseconds of work since the tick before.
    mutating func ticked(isLate: Bool, busy: Int64, now: MediaInstant) {
        guard let start = began else { return begin(now: now) }
        ticks += 1
        if isLate { late += 1 }
        self.busy += busy
        let passed = now.nanoseconds(since: start)
        guard passed >= Self.second else { return }
        judge(load: Double(self.busy) / Double(passed))
        begin(now: now)
    }

    /// After a time without canvases, which says nothing of how long they take.
    mutating func restart(now: MediaInstant) {
        begin(now: now)
        quietSeconds = 0
    }

    private mutating func begin(now: MediaInstant) {
        began = now
        (ticks, late, busy) = (0, 0, 0)
    }

    private mutating func judge(load: Double) {
        if late * 4 >= ticks * 3, let lower = Self.steps.first(where: { $0 < rate }) {
            rate = lower
            cuts += 1
            quietSeconds = 0
        } else if late == 0, let higher = nextHigher, load * Double(higher) / Double(rate) < Self.comfort {
            quietSeconds += 1
            guard quietSeconds >= Self.patience else { return }
            rate = higher
            quietSeconds = 0
        } else {
            quietSeconds = 0
        }
    }

    private var nextHigher: Int? {
        guard rate < wanted else { return nil }
        return Self.steps.last { $0 > rate && $0 < wanted } ?? wanted
    }
}
