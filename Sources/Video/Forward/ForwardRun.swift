// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// A stretch of a receiver's stream that came from one source without a break: outgoing numbers are incoming ones moved
/// by a constant, so that a packet lost on the way in leaves its hole in the numbers that go out.
struct ForwardRun: Sendable {
    let source: VideoSourceID
    /// SSRC of the source's packets.
    let ssrc: UInt32
    /// What receivers are told of whose picture it is.
    let contributor: UInt32?
    let codec: PayloadFormat
    /// Incoming, unwrapped: of the first packet, and of the newest.
    var firstIncoming: Int64
    var incoming: SequenceUnwrapper
    /// Outgoing less incoming, unwrapped both.
    var sequenceOffset: Int64
    let timestampOffset: UInt32
    /// Incoming.
    var newestTimestamp: UInt32
    /// When the newest picture began to come.
    var newestArrival: MediaInstant
    /// Incoming timestamp of the newest H.264 sequence parameter set, the source's or one that was put in for it.
    var parameterSetTimestamp: UInt32?
    /// Where the source's VP8 running numbers stand, and what they left as.
    var pictures: RunningNumber?
    var baseLayers: RunningNumber?
    var keyframes: RunningNumber?

    /// Unwrapped outgoing numbers of the first and the newest packet.
    var firstOutgoing: Int64 { firstIncoming + sequenceOffset }
    var newestOutgoing: Int64 { (incoming.highest ?? firstIncoming) + sequenceOffset }
    var newestOutgoingTimestamp: UInt32 { newestTimestamp &+ timestampOffset }

    /// Whether a packet of the source goes on where this stretch is: the same SSRC and codec, no jump in sequence
    /// numbers over what RFC 3550 A.1 allows, and a timestamp that moved with the clock on the wall, to within ten
    /// seconds.
    func isContinued(by packet: VideoPacket, now: MediaInstant) -> Bool {
        let header = packet.header
        let newest = UInt16(truncatingIfNeeded: incoming.highest ?? firstIncoming)
        guard header.ssrc == ssrc, packet.codec == codec,
            (-1000...3000).contains(newest.sequenceDistance(to: header.sequenceNumber))
        else { return false }
        let moved = newestTimestamp.timestampDistance(to: header.timestamp)
        let passed = Self.ticks(now.nanoseconds(since: newestArrival))
        return abs(moved - passed) <= 10 * PayloadFormat.clockRate
    }

    /// Notes the arrival of a packet that goes on here.
    mutating func take(_ packet: VideoPacket, now: MediaInstant) {
        _ = incoming.take(packet.header.sequenceNumber)
        if newestTimestamp.timestampDistance(to: packet.header.timestamp) > 0 {
            newestTimestamp = packet.header.timestamp
            newestArrival = now
        }
        if packet.codec == .h264, packet.startsKeyframe, !packet.lacksParameterSets {
            parameterSetTimestamp = packet.header.timestamp
        }
    }

    static func ticks(_ nanoseconds: Int64) -> Int { Int(nanoseconds) / 100_000 * PayloadFormat.clockRate / 10_000 }
}

/// One of VP8's running numbers (RFC 7741 §4.2) on its way through a switch: what came in as `incoming` left as
/// `outgoing`, and numbers near it keep their distance.
struct RunningNumber: Hashable, Sendable {
    /// Bits of the number that came in; of the one that leaves.
    private(set) var incomingBits: Int
    let outgoingBits: Int
    private(set) var incoming: UInt16
    private(set) var outgoing: UInt16

    init(incoming: UInt16, bits: Int, leavesAs outgoing: UInt16, bits outgoingBits: Int) {
        incomingBits = bits
        self.outgoingBits = outgoingBits
        self.incoming = incoming & Self.mask(bits)
        self.outgoing = outgoing & Self.mask(outgoingBits)
    }

    /// What leaves for `number`, without remembering it.
    func mapped(_ number: UInt16) -> UInt16 {
        (outgoing &+ UInt16(bitPattern: Int16(distance(to: number)))) & Self.mask(outgoingBits)
    }

    /// What leaves for `number`, of `bits` bits; the newest is remembered.
    mutating func advance(to number: UInt16, bits: Int) -> UInt16 {
        if bits != incomingBits {
            // A sender may go from 7 bits to 15 and back; the number goes on by what the shorter can say.
            incomingBits = min(bits, incomingBits)
            let left = mapped(number)
            incomingBits = bits
            incoming = number & Self.mask(bits)
            outgoing = left
            return left
        }
        let left = mapped(number)
        if distance(to: number) > 0 {
            incoming = number & Self.mask(bits)
            outgoing = left
        }
        return left
    }

    /// Signed, the shorter way round.
    private func distance(to number: UInt16) -> Int {
        let shift = 16 - incomingBits
        return Int(Int16(bitPattern: (number &- incoming) << UInt16(shift)) >> Int16(shift))
    }

    private static func mask(_ bits: Int) -> UInt16 { UInt16(truncatingIfNeeded: (1 << bits) - 1) }
}
