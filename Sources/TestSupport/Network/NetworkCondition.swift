// SPDX-License-Identifier: GPL-3.0-or-later

/// Which packets a network loses.
package enum LossModel: Hashable, Sendable {
    case none
    /// Each packet by itself.
    case independent(Double)
    /// Gilbert's two-state model: `share` of the packets are lost, in bursts of `burst` packets on average (at least 1).
    case bursts(share: Double, burst: Double)
    /// Exactly these packets, counted from 0 in sending order.
    case packets(Set<Int>)
}

/// How the delay of packets varies, above the fixed delay; milliseconds.
package enum JitterModel: Hashable, Sendable {
    case none
    /// Evenly spread over 0 ... `Double`.
    case uniform(Double)
    /// Normal with that standard deviation, cut at zero and shifted up by two of them.
    case normal(Double)
    /// Exponential with that mean: a long tail, as queues have.
    case exponential(Double)
    /// Calm, with one packet in `every` (on average) delayed by `by`.
    case spikes(every: Double, by: Double)
}

/// One direction of a network path.
package struct NetworkCondition: Hashable, Sendable {
    /// Milliseconds that every packet takes.
    package var delay = 0.0
    package var jitter = JitterModel.none
    package var loss = LossModel.none
    /// Whether a packet may overtake another; if not, a delayed packet holds up those behind it.
    package var reorders = true
    /// Share of packets that are taken aside and delivered `reorderDelay` milliseconds later than the rest.
    package var reordering = 0.0
    package var reorderDelay = 25.0
    /// Share of packets that come twice.
    package var duplication = 0.0
    /// Bits a second of the narrowest link; nil: unlimited.
    package var bandwidth: Double?
    /// Milliseconds of queue before the narrowest link, beyond which packets are dropped.
    package var queueLimit = 200.0

    package init() {}

    /// Jitter and loss, the rest ideal.
    package init(jitter: JitterModel = .none, loss: LossModel = .none, delay: Double = 0) {
        self.jitter = jitter
        self.loss = loss
        self.delay = delay
    }
}
