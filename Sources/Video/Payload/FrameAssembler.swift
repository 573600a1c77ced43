// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
package import RTP

/// Puts the packets of one VP8 or H.264 stream in order and together into pictures (RFC 7741 §4.5.1, RFC 6184 §7.1).
///
/// A picture is given out when all of its packets are there and all pictures before it were given out. A missing packet
/// is waited for, until `patience` has passed or `window` newer packets have come; then it is given up, and everything
/// up to the next key frame with it, because what refers to a lost picture decodes to rubbish.
///
/// Packets lie in memory taken once (`capacity` times 1500 octets); the picture's own buffer grows to the largest seen.
/// Confined to one thread; time comes in as an argument.
package final class FrameAssembler {
    /// What is kept of a packet beside its payload.
    struct Tag {
        var timestamp: UInt32 = 0
        var arrival = MediaInstant.zero
        var width: UInt16 = 0
        var height: UInt16 = 0
        var descriptorSize: UInt8 = 0
        var marker = false
        var startsFrame = false
        var startsKeyframe = false
        /// Padding alone, as senders probe the network with.
        var isEmpty = false
    }

    package let codec: PayloadFormat
    /// Packets newer than a missing one after which it is given up.
    package let window: Int
    /// Milliseconds after which a missing packet is given up.
    package let patience: Int
    /// Frames given out.
    package internal(set) var frames = 0
    /// Nothing can be given out before a key frame has come.
    package internal(set) var needsKeyframe = true

    var ring: PacketRing<Tag>
    /// The octets of the frame given out last.
    var bytes: [UInt8] = []
    var unwrapper = SequenceUnwrapper()
    private var ssrc: UInt32?
    /// The packet that would confirm a jump in sequence numbers.
    private var confirmation: UInt16?
    /// Everything below has been given out or given up.
    var floor: Int64 = 0
    /// Everything from `floor` to below here is there and of one frame.
    var scanned: Int64 = 0
    /// When the packet at `scanned` was first missed.
    var missedSince: MediaInstant?
    /// To be said by `next`.
    var gap: AssemblerGap?
    private var verdicts = InlineArray<5, Int>(repeating: 0)
    var gaps = InlineArray<4, Int>(repeating: 0)

    /// - Parameters:
    ///   - codec: VP8 or H.264.
    ///   - capacity: packets of the largest picture, and of all that wait.
    ///   - window: packets that may overtake another.
    ///   - patience: milliseconds; somewhat more than a round trip, where lost packets are asked for again.
    package init(codec: PayloadFormat, capacity: Int = 512, window: Int = 64, patience: Int = 150) {
        precondition(codec == .vp8 || codec == .h264, "only VP8 and H.264 frames are put together here")
        precondition(window > 0 && window <= capacity && patience >= 0, "a hole must be given up some time")
        self.codec = codec
        self.window = window
        self.patience = patience
        ring = PacketRing(capacity: capacity, empty: Tag())
    }

    /// Packets with that verdict.
    package func count(_ verdict: AssemblerVerdict) -> Int { verdicts[verdict.rawValue] }

    /// Times that pictures were given up for that reason.
    package func count(_ gap: AssemblerGap) -> Int { gaps[gap.rawValue] }

    /// Shows `body` the octets of the frame that `next` gave last.
    package func withFrame<Result>(_ body: (Span<UInt8>) throws -> Result) rethrows -> Result {
        let bytes = bytes
        return try body(bytes.span)
    }

    /// When `next` has to be asked though no packet came: a missing packet is given up then.
    package var nextDeadline: MediaInstant? { missedSince?.advanced(byMilliseconds: patience) }

    /// Forgets the stream, as where another source is selected; a key frame must come next. Counters stay.
    package func reset() {
        ring.removeAll()
        unwrapper = SequenceUnwrapper()
        (ssrc, confirmation, missedSince, gap) = (nil, nil, nil, nil)
        (floor, scanned) = (0, 0)
        needsKeyframe = true
    }

    /// Takes the packet with that header, whose payload lies in `datagram`. Call `next` until nil afterwards.
    @discardableResult
    package func insert(_ header: RTPHeader, datagram: Span<UInt8>, now: MediaInstant) -> AssemblerVerdict {
        insert(VideoPacket(header, codec: codec, datagram: datagram), datagram: datagram, now: now)
    }

    /// The same for a packet that has been read already.
    @discardableResult
    package func insert(_ packet: VideoPacket, datagram: Span<UInt8>, now: MediaInstant) -> AssemblerVerdict {
        let verdict = place(packet, datagram: datagram, now: now)
        verdicts[verdict.rawValue] += 1
        return verdict
    }

    private func place(_ packet: VideoPacket, datagram: Span<UInt8>, now: MediaInstant) -> AssemblerVerdict {
        let header = packet.header
        guard packet.codec == codec, header.payload.upperBound <= datagram.count,
            header.payload.count <= PacketRing<Tag>.payloadCapacity
        else { return .unusable }
        guard isPlausible(header) else { return .probation }
        let isFirst = unwrapper.highest == nil
        let sequence = unwrapper.take(header.sequenceNumber)
        if isFirst {
            // It may have overtaken others.
            floor = sequence - Int64(window)
            scanned = floor
        }
        guard sequence >= floor else { return .late }
        guard !ring.contains(sequence) else { return .duplicate }
        makeRoom(for: sequence)
        var tag = Tag(timestamp: header.timestamp, arrival: now)
        tag.descriptorSize = UInt8(truncatingIfNeeded: packet.descriptorSize)
        tag.marker = header.marker
        tag.startsFrame = codec == .h264 || packet.vp8?.startsFrame == true
        tag.startsKeyframe = packet.startsKeyframe
        tag.isEmpty = header.payload.isEmpty
        tag.width = UInt16(clamping: packet.pictureSize?.width ?? 0)
        tag.height = UInt16(clamping: packet.pictureSize?.height ?? 0)
        guard ring.store(sequence, tag: tag, payload: datagram.extracting(header.payload)) else { return .unusable }
        if needsKeyframe, packet.startsKeyframe { begin(at: sequence) }
        return .accepted
    }

    /// Whether the packet continues the stream. Another SSRC is believed at once, since the owner has judged where the
    /// packet came from; a jump that no loss explains needs a second packet (RFC 3550 A.1).
    private func isPlausible(_ header: RTPHeader) -> Bool {
        guard let highest = unwrapper.highest, let ssrc else {
            self.ssrc = header.ssrc
            return true
        }
        let distance = UInt16(truncatingIfNeeded: highest).sequenceDistance(to: header.sequenceNumber)
        if header.ssrc == ssrc, (-1000...3000).contains(distance) {
            confirmation = nil
            return true
        }
        guard header.ssrc != ssrc || confirmation == header.sequenceNumber else {
            confirmation = header.sequenceNumber &+ 1
            return false
        }
        reset()
        self.ssrc = header.ssrc
        note(.restart)
        return true
    }

    /// The ring holds packets from `floor` on; what is too far ahead pushes the floor up.
    private func makeRoom(for sequence: Int64) {
        let lowest = sequence - Int64(ring.capacity) + 1
        guard lowest > floor else { return }
        if needsKeyframe {
            floor = lowest
            scanned = lowest
        } else {
            giveUp(to: lowest, because: sequence - scanned >= Int64(window) ? .loss : .tooLarge)
        }
    }
}
