// SPDX-License-Identifier: GPL-3.0-or-later
import MediaServer
import RTP
import SDP
import Video

/// One outgoing stream, from coded pictures to packets: numbers, pace, what is sent again, and what the encoder is to make. Confined to the
/// call's video thread.
///
///     coded picture -> packets, all into the cache -> out of it at the stream's pace -> socket
///                                                  -> again when asked for (NACK), as RTX where that is agreed on
final class VideoSender {
    let role: VideoRole
    private let identity: VideoWire.Stream
    private(set) var line: VideoLine?
    private(set) var adaptation: LossAdaptation
    /// What was last ordered.
    private(set) var order: EncodingOrder?
    /// Milliseconds; nil before the first measurement.
    var roundTrip: Double?
    private(set) var packetsSent: UInt32 = 0
    private(set) var octetsSent: UInt32 = 0
    /// Pictures that were not sent because too many packets waited.
    private(set) var skipped = 0

    private let audioDelay: Int64
    private let timestampOffset = UInt32.random(in: 0 ... .max)
    private let cache = ResendCache(capacity: VideoSender.capacity)
    private var limit = ResendLimit(capacity: VideoSender.capacity)
    private var pacer = VideoPacer()
    private var vp8 = VP8Packetizer(pictureID: .random(in: 0...0x7FFF))
    private var h264: H264Packetizer?
    /// The next to be made, and the next to leave.
    private var made = UInt16.random(in: 0 ... .max)
    private var left: UInt16
    private var nextRetransmission = UInt16.random(in: 0 ... .max)
    private var datagram = [UInt8](repeating: 0, count: 1500)
    private var lastKeyframe: MediaInstant?
    private var wantsKeyframe = false

    private static let capacity = 1024
    /// Packets that may wait to leave; the rest of the cache is for what may be asked for again.
    private static let mostWaiting = 512
    /// Milliseconds between two key frames: several receivers may ask at once.
    private static let keyframeInterval = 300

    /// - Parameter audioDelay: nanoseconds that the times of our audio are behind those of our pictures.
    init(
        _ role: VideoRole, as identity: VideoWire.Stream, quality: VideoQuality, audioDelay: Int64, now: MediaInstant
    ) {
        self.role = role
        self.audioDelay = audioDelay
        self.identity = identity
        left = made
        adaptation = LossAdaptation(quality: quality, source: quality.largest(of: .motion), now: now)
    }

    var ssrc: UInt32 { identity.ssrc }

    /// Whether pictures are wanted at the other side.
    var isActive: Bool { line?.settings.sends == true }

    /// Takes over what was agreed; nil: the line is off.
    func update(_ line: VideoLine?) {
        if line?.settings.codec != self.line?.settings.codec { restart() }
        self.line = line
        h264 = line.map { H264Packetizer(mode: $0.packetizationMode) }
        if line?.settings.sends != true { left = made }
        reorder()
    }

    private func restart() {
        left = made
        order = nil
    }

    // MARK: What to encode

    private func reorder() {
        guard let line, isActive else {
            order = nil
            return
        }
        order = EncodingOrder(
            codec: line.settings.codec, target: line.limiting(adaptation.target),
            slicesFitPackets: line.packetizationMode == .singleNALUnit)
    }

    /// Lets `change` say what it heard.
    /// - Returns: whether another order has come of it.
    func adapt(_ change: (inout LossAdaptation) -> VideoTarget?) -> Bool {
        guard change(&adaptation) != nil else { return false }
        let before = order
        reorder()
        return order != before
    }

    /// The other side wants a key frame.
    func wantKeyframe() {
        wantsKeyframe = isActive
    }

    /// Whether a key frame is to be made now: one for all who have asked since the last, and not too soon after that, which may be on its
    /// way to who asks.
    func takesKeyframe(now: MediaInstant) -> Bool {
        guard wantsKeyframe else { return false }
        if let lastKeyframe, now.milliseconds(since: lastKeyframe) < Self.keyframeInterval { return false }
        lastKeyframe = now
        wantsKeyframe = false
        return true
    }

    // MARK: Packets

    /// The RTP time of an instant.
    func timestamp(at instant: MediaInstant) -> UInt32 {
        timestampOffset &+ UInt32(truncatingIfNeeded: instant.nanoseconds / 1000 * 9 / 100)
    }

    private var waiting: Int { Int(made &- left) }

    /// Makes the packets of one picture.
    /// - Returns: false where it is skipped, as those before it have not left yet: the next one has to be a key frame.
    func take(_ picture: EncodedPicture, now: MediaInstant) -> Bool {
        guard let line, isActive, let payloadType = line.settings.payloadTypes[picture.codec] else { return true }
        guard waiting < Self.mostWaiting / 2 else {
            skipped += 1
            return false
        }
        if picture.isKeyframe {
            // It is for all who have asked before it leaves.
            lastKeyframe = now
            wantsKeyframe = false
        }
        let timestamp = timestamp(at: picture.captured)
        switch picture.codec {
        case .vp8:
            vp8.begin(size: picture.bytes.count)
            while let part = vp8Part(of: picture.bytes) { store(part, payloadType: payloadType, timestamp: timestamp) }
        default:
            h264?.begin(picture.bytes.span)
            while let part = h264Part(of: picture.bytes) { store(part, payloadType: payloadType, timestamp: timestamp) }
        }
        return true
    }

    private func vp8Part(of frame: [UInt8]) -> PacketizedPayload? {
        var buffer = datagram.mutableSpan
        return vp8.next(of: frame.span, into: &buffer, at: RTPHeader.fixedSize)
    }

    private func h264Part(of frame: [UInt8]) -> PacketizedPayload? {
        var buffer = datagram.mutableSpan
        return h264?.next(of: frame.span, into: &buffer, at: RTPHeader.fixedSize)
    }

    private func store(_ part: PacketizedPayload, payloadType: UInt8, timestamp: UInt32) {
        let header = RTPHeader(
            payloadType: payloadType, marker: part.isLast, sequenceNumber: made, timestamp: timestamp, ssrc: ssrc)
        var buffer = datagram.mutableSpan
        buffer[0] = 0x80
        buffer[1] = payloadType | (part.isLast ? 0x80 : 0)
        buffer.setBigEndian(made, at: 2)
        buffer.setBigEndian(timestamp, at: 4)
        buffer.setBigEndian(ssrc, at: 8)
        cache.store(header, datagram: datagram.span.extracting(0..<(RTPHeader.fixedSize + part.size)))
        made &+= 1
    }

    /// Gives `send` what may leave by now.
    func flush(now: MediaInstant, _ send: (Span<UInt8>) -> Void) {
        guard let order else { return }
        while left != made, pacer.isOpen(now: now) {
            cache.withPacket(left, ssrc: ssrc) { packet in
                send(packet)
                pacer.sent(packet.count, bitrate: order.target.bitrate, now: now)
                packetsSent &+= 1
                octetsSent &+= UInt32(clamping: packet.count - RTPHeader.fixedSize)
            }
            left &+= 1
        }
    }

    /// Gives `send` a packet once more, where it has left, is kept, and was not sent again just now: in the stream for that where there
    /// is one (RFC 4588), else as it was.
    func resend(_ sequence: UInt16, now: MediaInstant, _ send: (Span<UInt8>) -> Void) {
        guard isActive, left.sequenceDistance(to: sequence) < 0, cache.contains(sequence, ssrc: ssrc),
            limit.allows(sequence, roundTrip: roundTrip.map { Int($0) }, now: now)
        else { return }
        cache.withPacket(sequence, ssrc: ssrc) { packet in
            guard let header = try? RTPHeader(parsing: packet),
                let payloadType = line?.settings.sendRetransmissions[header.payloadType]
            else { return send(packet) }
            var bytes = InlineArray<1500, UInt8>(repeating: 0)
            var buffer = bytes.mutableSpan
            let size = RetransmissionPacket.wrap(
                packet, header: header, payloadType: payloadType, ssrc: identity.retransmissionSSRC,
                sequenceNumber: nextRetransmission, into: &buffer)
            guard let size else { return }
            nextRetransmission &+= 1
            send(bytes.span.extracting(0..<size))
        }
    }

    /// For a report, by the times of our audio: what was seen and heard at once is played at once. nil before anything was sent.
    func report(now: MediaInstant) -> SenderReport? {
        guard packetsSent > 0 else { return nil }
        return SenderReport(
            ssrc: ssrc, ntpTimestamp: NTPTimestamp(at: now),
            rtpTimestamp: timestamp(at: now.advanced(byNanoseconds: -audioDelay)), packetCount: packetsSent,
            octetCount: octetsSent)
    }
}

/// Spreads a picture's packets over time: a key frame in one burst would overrun the queues on its way. A pure machine.
struct VideoPacer: Sendable {
    /// Faster than the stream by so much: pictures are of very different size.
    private static let haste = 2.5
    /// Bits a second: below this pacing would only delay.
    private static let slowest = 1_000_000.0
    /// Milliseconds' worth that may leave at once.
    private static let burst = 5

    private var free = MediaInstant.zero

    func isOpen(now: MediaInstant) -> Bool {
        free <= now.advanced(byMilliseconds: Self.burst)
    }

    /// - Parameter bitrate: of the stream, bits a second.
    mutating func sent(_ octets: Int, bitrate: Int, now: MediaInstant) {
        let rate = max(Double(bitrate) * Self.haste, Self.slowest)
        free = max(free, now).advanced(byNanoseconds: Int64(Double(octets * 8) / rate * 1e9))
    }
}
