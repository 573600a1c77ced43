// SPDX-License-Identifier: GPL-3.0-or-later
import CFloor
import Glibc
import RTP

/// How a load keeps to its plan.
struct Pace {
    /// When the plan began, ns; nil before the first run.
    var began: Int64?
    /// How late packets left, ns at worst, and how many over 2 ms: a generator that is overloaded proves nothing.
    var worstDelay: Int64 = 0
    var late = 0
}

/// Packets that leave to a plan on one thread, which also receives what comes back, with the precision of a busy loop.
protocol PlannedLoad: AnyObject {
    var pace: Pace { get set }
    /// When the next is due, ns after the plan's beginning.
    var due: Int64 { get }
    func sendNext()
    func receive(milliseconds: Int)
}

extension PlannedLoad {
    /// Goes on for `seconds`.
    func run(seconds: Double) {
        _ = confab_hurry(1)
        defer { _ = confab_hurry(0) }
        var rested: Int64 = 0
        var now = MediaInstant.now().nanoseconds
        let end = now + Int64(seconds * 1e9)
        let start = pace.began ?? now
        pace.began = start
        while now < end {
            var next = start.addingReportingOverflow(due)
            var row = 0
            while !next.overflow, next.partialValue <= now, row < 32 {
                pace.worstDelay = max(pace.worstDelay, now - next.partialValue)
                if now - next.partialValue > 2_000_000 { pace.late += 1 }
                sendNext()
                next = start.addingReportingOverflow(due)
                row += 1
            }
            let spare = (next.overflow ? end : min(next.partialValue, end)) - now
            receive(milliseconds: spare > 2_000_000 ? Int(spare / 1_000_000) - 1 : 0)
            now = MediaInstant.now().nanoseconds
            // A thread of that rank that never sleeps is stopped by the kernel for 50 ms in each second.
            if spare > 0, now - rested > 1_000_000 {
                usleep(60)
                now = MediaInstant.now().nanoseconds
                rested = now
            }
        }
    }
}
