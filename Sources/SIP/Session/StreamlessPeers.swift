// SPDX-License-Identifier: GPL-3.0-or-later

/// Peers over UDP that did not take a TCP connection: behind a NAT, most of them. A long request goes to them as a datagram at once,
/// for a while, instead of after the connection's timeout each time.
struct StreamlessPeers: Sendable {
    static let memory: Duration = .seconds(300)
    static let limit = 4096

    private var until: [SIPAddress: ContinuousClock.Instant] = [:]

    mutating func insert(_ peer: SIPAddress, now: ContinuousClock.Instant) {
        if until.count >= Self.limit {
            until = until.filter { $0.value > now }
            if until.count >= Self.limit { until = [:] }
        }
        until[peer] = now + Self.memory
    }

    func contains(_ peer: SIPAddress, now: ContinuousClock.Instant) -> Bool {
        until[peer].map { now < $0 } ?? false
    }
}
