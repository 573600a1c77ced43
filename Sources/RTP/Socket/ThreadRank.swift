// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc

/// The rank of a thread among those of this process.
package enum ThreadRank: Sendable {
    /// Before the others, where the system allows it: media cannot wait, signalling can.
    case first
    /// After the others: work that fills whole cores.
    case behind

    /// Gives the calling thread this rank.
    package func take() {
        let process = __priority_which_t(PRIO_PROCESS.rawValue)
        // The first thread's: whoever starts this one may stand before it. On Linux 0 is the calling thread (setpriority(2)).
        let usual = getpriority(process, UInt32(getpid()))
        switch self {
        case .first: _ = setpriority(process, 0, max(-20, usual - 10))
        case .behind: _ = setpriority(process, 0, min(19, usual + 5))
        }
    }
}
