// SPDX-License-Identifier: GPL-3.0-or-later

/// The smallest and largest of the last one to two generations of values.
struct RecentRange {
    private let generation: Int
    private var inGeneration = 0
    private var current: (low: Int64, high: Int64)?
    private var previous: (low: Int64, high: Int64)?

    init(generation: Int) {
        self.generation = generation
    }

    mutating func insert(_ value: Int64) {
        if inGeneration == generation {
            previous = current
            current = nil
            inGeneration = 0
        }
        inGeneration += 1
        if let known = current {
            current = (min(known.low, value), max(known.high, value))
        } else {
            current = (value, value)
        }
    }

    mutating func reset() {
        (current, previous, inGeneration) = (nil, nil, 0)
    }

    var range: (low: Int64, high: Int64)? {
        guard let current else { return previous }
        guard let previous else { return current }
        return (min(current.low, previous.low), max(current.high, previous.high))
    }
}

/// Where the playout should stand: the delay (tick time less media time played at it) that lets nearly all packets be in
/// time, and no more.
///
/// A tick takes whole packets, so a delay pays only in steps of a tick: of all delays that need the same packets at the
/// same ticks, the smallest is right (a packet is then played whole at the first tick after it came, and a calm stream
/// waits for nothing but the tick). With a drifting sender that phase turns slowly, and each full turn would cost a
/// frame inserted or lost; there the delay stays one tick above what is needed, the same at every phase.
struct PlayoutTarget: ~Copyable {
    private let tick: Int64
    private let largest: Int64
    private var histogram = DelayHistogram()
    private var drift = DriftEstimator()
    /// Tick time less media time of the packets as they are played.
    private var phases = RecentRange(generation: 8)
    /// The needed delay at recent packets: it falls only after 128 packets without a reason.
    private var needs = RecentRange(generation: 128)

    /// Room for the clocks' wander while the delay grows, which takes two seconds.
    static let margin: Int64 = 500_000

    /// - Parameters:
    ///   - tick: nanoseconds between ticks.
    ///   - largest: the most delay, nanoseconds above the fastest packet, that jitter may ask for.
    init(tick: Int64, largest: Int64) {
        self.tick = tick
        self.largest = largest
    }

    /// The sender's clock against ours in parts per million, sender faster positive; 0 while not significant.
    var driftPartsPerMillion: Double { drift.partsPerMillion }
    /// The slope as fitted, significant or not, parts per million.
    var driftEstimate: Double { drift.estimate }
    /// The smallest recent delay, nanoseconds.
    var fastest: Int64? { histogram.minimum }
    /// The delay below which all but 2% of the recent packets came, held a while, at most `largest` above the fastest.
    var needed: Int64? {
        guard let fastest = histogram.minimum, let need = needs.range?.high else { return nil }
        return min(need, fastest &+ largest)
    }

    mutating func reset() {
        histogram.reset()
        phases.reset()
        needs.reset()
    }

    mutating func forgetSender() {
        reset()
        drift.reset()
    }

    mutating func arrived(delay: Int64, at now: MediaInstant) {
        histogram.insert(delay)
        drift.insert(delay: delay, now: now.nanoseconds)
        if let need = histogram.percentile { needs.insert(need) }
    }

    mutating func played(phase: Int64) {
        phases.insert(phase)
    }

    /// Whether `delay` is so far from the recent ones that they tell nothing about it any more.
    func isBreak(delay: Int64) -> Bool {
        guard let percentile = histogram.percentile, let fastest = histogram.minimum else { return false }
        return delay > percentile &+ largest || delay < fastest &- largest
    }

    /// The delay to have, nanoseconds, for a playout that has `delay` now; nil before the first packet.
    func target(at delay: Int64) -> Int64? {
        guard let needed else { return nil }
        guard drift.partsPerMillion == 0, let phase = phases.range else {
            return needed &+ tick &+ Self.margin
        }
        // The delays at which some packet is played exactly at a tick's beginning lie a tick apart; take the one at or
        // below the present delay, then step. Packets shorter than a tick are spread: the last one must be in time.
        let aligned = delay &- Self.modulo(delay &- phase.high, tick)
        var spread = Self.modulo(phase.high &- phase.low, tick)
        if spread > tick - 1_000_000 { spread = 0 }
        let missing = needed &+ Self.margin &+ spread &- aligned
        var steps = Self.ceilingDivide(missing, tick)
        if steps < 0 {
            // Coming down needs a reason that stands: a margin of the jitter itself, so that its noise does not pump.
            let margin = max(2_000_000, (needed &- (histogram.minimum ?? needed)) / 6)
            steps = min(0, Self.ceilingDivide(missing &+ margin, tick))
        }
        return aligned &+ steps &* tick
    }

    private static func modulo(_ value: Int64, _ divisor: Int64) -> Int64 {
        let rest = value % divisor
        return rest < 0 ? rest + divisor : rest
    }

    private static func ceilingDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        let quotient = value / divisor
        return value % divisor > 0 ? quotient + 1 : quotient
    }
}
