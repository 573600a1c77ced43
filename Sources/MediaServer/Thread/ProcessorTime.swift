// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// Time that was spent working, not waiting.
enum ProcessorTime {
    /// What the calling thread has had of the processor since it began, nanoseconds.
    static func ofThread() -> Int64 {
        var time = timespec()
        _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
