// SPDX-License-Identifier: GPL-3.0-or-later

/// One source's run of sequence numbers and timestamps, both extended past their wraps, and how far it is played.
struct JitterBufferTimeline {
    /// Where a sequence number lies.
    enum Position: Hashable {
        /// Newer than all before it.
        case ahead(Int64)
        /// Out of order.
        case behind(Int64)
        /// Seen before.
        case repeated(Int64)
        /// Too far off to belong to this run (RFC 3550 A.1).
        case foreign
    }

    let ssrc: UInt32
    private let originArrival: Int64
    private let originTimestamp: Int64
    private(set) var newestSequence: Int64
    private(set) var newestArrival: MediaInstant
    private var newestTimestamp: Int64
    private var newestRawTimestamp: UInt32
    private var newestDuration: Int
    private var seen: UInt64 = 1

    /// The next packet to give out.
    var nextSequence: Int64
    /// The next tick of media to give out.
    var nextTimestamp: Int64
    /// Ticks of concealment played past `nextTimestamp`, not yet settled with what it stood for.
    var credit: Int64 = 0
    /// Whether anything was given out yet.
    var hasStarted = false

    private static let maximumDropout = 3000
    private static let maximumMisorder = 100

    init(first header: RTPHeader, duration: Int, arrival: MediaInstant) {
        ssrc = header.ssrc
        originArrival = arrival.nanoseconds
        newestArrival = arrival
        // Far from zero, so that what came before the first packet has a place too.
        newestSequence = Int64(header.sequenceNumber) + 1 << 20
        newestTimestamp = Int64(header.timestamp) + 1 << 40
        newestRawTimestamp = header.timestamp
        newestDuration = duration
        originTimestamp = newestTimestamp
        nextSequence = newestSequence
        nextTimestamp = newestTimestamp
    }

    func position(of sequenceNumber: UInt16) -> Position {
        let delta = Int(Int16(bitPattern: sequenceNumber &- UInt16(truncatingIfNeeded: newestSequence)))
        let sequence = newestSequence + Int64(delta)
        switch delta {
        case 1...Self.maximumDropout: return .ahead(sequence)
        case -63...0: return seen & (1 << UInt64(-delta)) != 0 ? .repeated(sequence) : .behind(sequence)
        case -Self.maximumMisorder ... -64: return .behind(sequence)
        default: return .foreign
        }
    }

    /// The extended timestamp of a packet newer than all before it, which becomes the newest.
    ///
    /// A jump that neither the sequence number nor the arrival explains is the sender's: its media goes on where the
    /// playout stands (`jumped`).
    mutating func takeNewest(
        _ sequence: Int64, timestamp: UInt32, duration: Int, arrival: MediaInstant, scale: RTPTickScale
    ) -> (timestamp: Int64, jumped: Bool) {
        let steps = sequence - newestSequence
        let advance = Int64(Int32(bitPattern: timestamp &- newestRawTimestamp))
        let contiguous = steps * Int64(newestDuration)
        let elapsed = max(0, scale.ticks(nanoseconds: arrival.nanoseconds(since: newestArrival)))
        let tolerance = Int64(scale.clockRate) * 2 / 5
        let plausible = advance > 0 && (advance <= contiguous + tolerance || advance <= elapsed + tolerance)
        let media: Int64
        if plausible {
            media = newestTimestamp + advance
        } else {
            media = newestTimestamp + (elapsed > contiguous + tolerance / 2 ? elapsed : contiguous)
        }
        seen = steps < 64 ? seen << UInt64(steps) | 1 : 1
        newestSequence = sequence
        newestTimestamp = media
        newestRawTimestamp = timestamp
        newestDuration = duration
        newestArrival = arrival
        return (media, !plausible)
    }

    /// The extended timestamp of an out-of-order packet; nil when it does not lie before the newest.
    mutating func takeOlder(_ sequence: Int64, timestamp: UInt32) -> Int64? {
        let behind = newestSequence - sequence
        if behind < 64 { seen |= 1 << UInt64(behind) }
        let advance = Int64(Int32(bitPattern: timestamp &- newestRawTimestamp))
        guard advance < 0 else { return nil }
        return newestTimestamp + advance
    }

    /// Nanoseconds of `instant` less those of the media time `timestamp`: a packet's transit delay at its arrival, the
    /// playout's delay at a tick, both from the same arbitrary zero.
    func delay(at instant: MediaInstant, of timestamp: Int64, scale: RTPTickScale) -> Int64 {
        instant.nanoseconds &- originArrival &- scale.nanoseconds(ticks: timestamp &- originTimestamp)
    }
}
