// SPDX-License-Identifier: GPL-3.0-or-later

/// The base timers of RFC 3261 §17 and what follows from them (Table 4). A value, so that tests and slow links have
/// their own.
package struct SIPTimers: Hashable, Sendable {
    /// Estimated round trip.
    package var t1: Duration
    /// Longest pause between retransmissions of non-INVITE requests and INVITE responses.
    package var t2: Duration
    /// Longest time a message stays in the network.
    package var t4: Duration
    /// How long an INVITE may go without any response before a 100 is sent for it (§17.2.1).
    package var trying: Duration

    package init(
        t1: Duration = .milliseconds(500), t2: Duration = .seconds(4), t4: Duration = .seconds(5),
        trying: Duration = .milliseconds(200)
    ) {
        self.t1 = t1
        self.t2 = t2
        self.t4 = t4
        self.trying = trying
    }

    /// 64*T1: timers B, F, H, J, L and M.
    package var transaction: Duration { t1 * 64 }

    /// Timer D over unreliable transports: 32 s at least, whatever T1 is, because the server's T1 is not known.
    package var d: Duration { max(.seconds(32), transaction) }

    /// When a client's Timer E first reaches T2: the earliest moment for a 100 to a non-INVITE request (RFC 4320 §4.1).
    package var nonInviteTrying: Duration {
        var total = Duration.zero
        var interval = t1
        while interval > .zero, interval < t2 {
            total += interval
            interval = interval * 2
        }
        return total
    }
}
