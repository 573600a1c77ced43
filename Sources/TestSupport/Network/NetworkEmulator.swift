// SPDX-License-Identifier: GPL-3.0-or-later

/// One direction of a bad network in simulated time, for anything: datagrams, messages, packet values.
///
/// Sans-I/O: `send` at a time, then `receive` what has arrived by a later time; `nextArrival` is the deadline.
/// The same seed gives the same fate to the same packets. Times are nanoseconds of whatever clock the test keeps.
package struct NetworkEmulator<Payload> {
    private struct Flight {
        var arrival: Int64
        var order: Int
        var payload: Payload
    }

    /// May be changed at any time; packets under way keep their fate.
    package var condition: NetworkCondition
    private var generator: SeededGenerator
    private var flights: [Flight] = []
    private var sent = 0
    private var order = 0
    private var inBurst = false
    private var linkFree: Int64 = .min
    private var latestArrival: Int64 = .min

    /// Packets lost by the loss model so far.
    package private(set) var lost = 0
    /// Packets dropped because the link's queue was full.
    package private(set) var queueDropped = 0
    /// Copies made.
    package private(set) var duplicated = 0

    package init(_ condition: NetworkCondition = NetworkCondition(), seed: UInt64) {
        self.condition = condition
        generator = SeededGenerator(seed: seed)
    }

    /// Packets under way.
    package var inFlight: Int { flights.count }

    /// When the next packet arrives; nil when none is under way.
    package var nextArrival: Int64? { flights.first?.arrival }

    /// Sends a packet.
    /// - Parameters:
    ///   - bytes: its size on the wire, for the bandwidth.
    ///   - now: nanoseconds.
    package mutating func send(_ payload: Payload, bytes: Int = 200, at now: Int64) {
        let isLost = loses(sent)
        sent += 1
        var departure = now
        if let bandwidth = condition.bandwidth, bandwidth > 0 {
            let start = max(now, linkFree)
            guard Double(start - now) <= condition.queueLimit * 1e6 else {
                queueDropped += 1
                return
            }
            departure = start + Int64(Double(bytes * 8) / bandwidth * 1e9)
            linkFree = departure
        }
        // The random numbers are drawn for lost packets too, so that a packet's delay does not hang on another's loss.
        var delay = condition.delay + variation()
        if generator.chance(condition.reordering) { delay += condition.reorderDelay }
        let isDoubled = generator.chance(condition.duplication)
        if isLost {
            lost += 1
            return
        }
        var arrival = departure + Int64(max(0, delay) * 1e6)
        if !condition.reorders {
            arrival = max(arrival, latestArrival)
            latestArrival = arrival
        }
        insert(payload, arrival: arrival)
        if isDoubled {
            duplicated += 1
            insert(payload, arrival: arrival + 1_000_000)
        }
    }

    /// The next packet that has arrived by `now`, with its time of arrival; call until nil.
    package mutating func receive(by now: Int64) -> (payload: Payload, arrival: Int64)? {
        guard let first = flights.first, first.arrival <= now else { return nil }
        flights.removeFirst()
        return (first.payload, first.arrival)
    }

    private mutating func insert(_ payload: Payload, arrival: Int64) {
        let flight = Flight(arrival: arrival, order: order, payload: payload)
        order += 1
        var index = flights.endIndex
        while index > 0, flights[index - 1].arrival > arrival { index -= 1 }
        flights.insert(flight, at: index)
    }

    private mutating func loses(_ index: Int) -> Bool {
        switch condition.loss {
        case .none: return false
        case .independent(let share): return generator.chance(share)
        case .packets(let lost): return lost.contains(index)
        case .bursts(let share, let burst):
            guard share > 0, share < 1 else { return share >= 1 }
            let leave = 1 / max(1, burst)
            let enter = leave * share / (1 - share)
            inBurst = generator.chance(inBurst ? 1 - leave : min(1, enter))
            return inBurst
        }
    }

    private mutating func variation() -> Double {
        switch condition.jitter {
        case .none: return 0
        case .uniform(let width): return generator.unit() * width
        case .normal(let deviation): return max(0, (generator.normal() + 2) * deviation)
        case .exponential(let mean): return -mean * logarithm(1 - generator.unit())
        case .spikes(let every, let by): return generator.chance(1 / max(1, every)) ? by : 0
        }
    }

    /// Natural logarithm of 0 < x <= 1, to the few digits that a delay needs: log(m · 2^e) by the series of atanh.
    private func logarithm(_ value: Double) -> Double {
        let ratio = (value.significand - 1) / (value.significand + 1)
        let square = ratio * ratio
        let series = 2 * ratio * (1 + square * (1 / 3.0 + square * (1 / 5.0 + square * (1 / 7.0 + square / 9))))
        return series + Double(value.exponent) * 0.693147180559945
    }
}
