// SPDX-License-Identifier: GPL-3.0-or-later

/// Peers that did not work in some way, for a while, so that not every request waits for them anew.
struct AvoidedPeers: Sendable {
    static let memory: Duration = .seconds(300)
    static let limit = 4096

    private var until: [SIPAddress: ContinuousClock.Instant] = [:]

    mutating func insert(_ peer: SIPAddress, for time: Duration = memory, now: ContinuousClock.Instant) {
        if until.count >= Self.limit {
            until = until.filter { $0.value > now }
            if until.count >= Self.limit { until = [:] }
        }
        until[peer] = now + time
    }

    func contains(_ peer: SIPAddress, now: ContinuousClock.Instant) -> Bool {
        until[peer].map { now < $0 } ?? false
    }
}
