// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// What the threads that encode and decode pictures have in common.
enum VideoThread {
    /// Puts the calling thread behind the others of this process: a picture may be late, sound may not.
    static func comeSecond() {
        // On Linux 0 is the calling thread (setpriority(2)).
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5)
    }
}
