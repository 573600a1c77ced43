// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
package import RTP
import Video

/// Figures of media workers since they began.
package struct MediaCounters: Sendable {
    package var rooms = 0
    package var legs = 0
    package var packetsIn: UInt64 = 0
    package var packetsOut: UInt64 = 0
    /// Of them, those that left with others to the same destination as one message of the system.
    package var packetsOutTogether: UInt64 = 0
    /// Datagrams that the system did not take.
    package var sendFailures: UInt64 = 0
    /// Messages of several datagrams that it did not take; the datagrams left one by one.
    package var refusedMessages: UInt64 = 0
    package var dropped = DropCounters()
    /// Mixer ticks: 50 a second at each phase that has rooms. All rooms of a phase tick together.
    package var ticks: UInt64 = 0
    /// The same, left out for want of time.
    package var missedTicks: UInt64 = 0
    /// Time spent in ticks, reading the sockets included, ns.
    package var tickNanoseconds: UInt64 = 0
    package var lateness = LatenessHistogram()
    /// The highest Opus complexity that the busiest thread has time for, 0...10.
    package var complexityLimit = 10
    package var encodes: UInt64 = 0
    package var decodes: UInt64 = 0
    package var scoutDecodes: UInt64 = 0
    package var concealedMilliseconds: UInt64 = 0
    /// Times the mixer had to allocate in a tick.
    package var growths: UInt64 = 0
    /// Legs that could not be opened or changed for want of memory or descriptors.
    package var refusedLegs: UInt64 = 0
    package var video = VideoCounters()
    /// Composed pictures.
    package var grid = GridCounters()

    package init() {}

    mutating func add(_ mixer: MixerCounters) {
        encodes &+= UInt64(mixer.encodes + mixer.tailEncodes)
        growths &+= UInt64(mixer.growths)
    }

    mutating func add(_ leg: AudioLeg, now: MediaInstant) {
        dropped.add(leg.drops)
        let received = leg.receiver.tallies
        decodes &+= UInt64(received.fullDecodes + received.warmUpDecodes)
        scoutDecodes &+= UInt64(received.scoutDecodes)
        concealedMilliseconds &+= UInt64(received.concealedMilliseconds)
    }

    mutating func add(_ room: RoomVideo) {
        video.legs += room.legs.count
        video.cameras += room.legs.count { $0.camera?.health.isLive == true }
        video.add(room.counters)
        dropped.add(room.drops)
        for leg in room.legs {
            for line in leg.lines { video.add(line) }
            for transport in leg.transports { dropped.add(transport.drops) }
        }
    }

    mutating func add(_ other: MediaCounters) {
        rooms += other.rooms
        legs += other.legs
        packetsIn &+= other.packetsIn
        packetsOut &+= other.packetsOut
        packetsOutTogether &+= other.packetsOutTogether
        sendFailures &+= other.sendFailures
        refusedMessages &+= other.refusedMessages
        dropped.add(other.dropped)
        ticks &+= other.ticks
        missedTicks &+= other.missedTicks
        tickNanoseconds &+= other.tickNanoseconds
        lateness.add(other.lateness)
        complexityLimit = min(complexityLimit, other.complexityLimit)
        encodes &+= other.encodes
        decodes &+= other.decodes
        scoutDecodes &+= other.scoutDecodes
        concealedMilliseconds &+= other.concealedMilliseconds
        growths &+= other.growths
        refusedLegs &+= other.refusedLegs
        video.add(other.video)
        grid.add(other.grid)
    }
}

/// How late ticks began, in buckets.
package struct LatenessHistogram: Sendable {
    /// Upper bounds of the buckets, µs; one bucket more is for what is over all.
    package static let bounds = [50, 100, 250, 500, 1000, 2000, 5000, 10_000, 20_000]

    package private(set) var counts = InlineArray<10, UInt64>(repeating: 0)
    /// Sum of all, µs.
    package private(set) var sum: UInt64 = 0

    mutating func record(nanoseconds: Int64) {
        let microseconds = Int(max(0, nanoseconds) / 1000)
        sum &+= UInt64(microseconds)
        var bucket = 0
        while bucket < Self.bounds.count, microseconds > Self.bounds[bucket] { bucket += 1 }
        counts[bucket] &+= 1
    }

    mutating func add(_ other: LatenessHistogram) {
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum &+= other.sum
    }

    package var total: UInt64 {
        var total: UInt64 = 0
        for index in counts.indices { total &+= counts[index] }
        return total
    }

    /// Ticks that began more than 5 ms late.
    package var late: UInt64 { counts[7] &+ counts[8] &+ counts[9] }

    /// The bound, ms, under which `fraction` of the ticks began; nil before the first tick.
    package func percentile(_ fraction: Double) -> Double? {
        guard total > 0 else { return nil }
        let wanted = UInt64(Double(total) * fraction)
        var seen: UInt64 = 0
        for index in counts.indices {
            seen &+= counts[index]
            if seen >= wanted {
                return Double(index < Self.bounds.count ? Self.bounds[index] : 2 * Self.bounds[index - 1]) / 1000
            }
        }
        return nil
    }
}

extension LegStatistics {
    package init(_ leg: AudioLeg, isTalking: Bool, now: MediaInstant) {
        let session = leg.session.statistics
        let received = leg.receiver.statistics
        self.init(
            remote: leg.remote, packetsReceived: UInt64(session.packetsReceived),
            packetsSent: UInt64(session.packetsSent), bytesReceived: UInt64(session.octetsReceived),
            bytesSent: UInt64(session.octetsSent), fractionLost: session.fractionLost,
            cumulativeLost: session.packetsLost,
            remoteFractionLost: Double(session.remoteReport?.fractionLost ?? 0) / 256,
            jitter: session.jitterMilliseconds, roundTrip: session.roundTripMilliseconds,
            bufferDelay: received.delayMilliseconds, concealed: Double(received.concealedMilliseconds),
            drift: received.driftPartsPerMillion, level: leg.lastLevel, isTalking: isTalking,
            codec: leg.receiver.codec, dropped: leg.drops)
    }
}
