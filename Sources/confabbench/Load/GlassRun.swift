// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import SDP
import TestSupport
import Video

/// One end of a call whose pictures are looked at.
final class GlassMember: Caller {
    let socket: MediaSocket
    let ssrc = UInt32.random(in: 1 ... .max)
    private(set) var destination: SocketAddress?
    private let audio: MediaSocket
    private let sends: Bool

    init(sends: Bool) throws {
        socket = try MediaSocket(binding: .loopback())
        audio = try MediaSocket(binding: .loopback(), options: MediaSocketOptions(receiveBuffer: 4096))
        self.sends = sends
    }

    func offer() -> String {
        VideoBenchOffer(
            audioPort: audio.localAddress.port, port: socket.localAddress.port, sends: sends, slots: 0, repairs: true
        ).text
    }

    func take(_ answer: SessionDescription) throws { destination = try answer.destination(1) }

    func send(_ datagram: Span<UInt8>) {
        guard let destination else { return }
        try? socket.send(datagram, to: destination)
    }
}

/// A camera that shows its own pictures' numbers, VP8 through the focus, and a screen that reads them off again, both on one thread. Either
/// way some packets are lost, and asked for again.
final class GlassRun: PlannedLoad {
    var pace = Pace()
    private(set) var sent = 0
    /// ms from the drawing of a picture to the decoded one.
    private(set) var delays: [Double] = []
    /// ms from a packet's departure to its arrival, of those that came at the first try.
    private(set) var shares: [Double] = []
    /// ms that encoding and decoding took.
    private(set) var encoding: [Double] = []
    private(set) var decoding: [Double] = []
    private(set) var lost = 0
    private(set) var keyframes = 0

    private let camera: GlassMember
    private let screen: GlassMember
    private let loss: Double
    private let beside: (descriptor: Int32, receive: () -> Void)
    private var random = SeededGenerator(seed: 7)
    private var poll: EventPoll
    private let batch = DatagramBatch(capacity: 64)

    private let pattern = TestPattern(name: "camera", color: PictureColor(red: 200, green: 40, blue: 40))
    private let picture: PictureFrame
    private let encoder: any VideoEncoder
    private var frame = EncodedFrame()
    private var packetizer = VP8Packetizer(pictureID: 1)
    private let cache = ResendCache(capacity: 1024)
    private var sequence = UInt16.random(in: 0 ... .max)
    private var wantsKeyframe = false
    /// When each picture was begun, and each packet left, ns.
    private var captured: [UInt32: Int64] = [:]
    private var departures: [UInt64: Int64] = [:]

    private let assembler = FrameAssembler(codec: .vp8)
    private let decoder: any VideoDecoder
    private var missing = MissingPackets()
    private var remote: UInt32 = 0
    private var nextAsk = MediaInstant.zero

    private static let period = 1_000_000_000 / Int64(VideoScript.rate)
    private static let besideToken: UInt64 = 2

    init(
        _ camera: GlassMember, _ screen: GlassMember, loss: Double, bitrate: Int,
        beside: (descriptor: Int32, receive: () -> Void)
    ) throws {
        self.camera = camera
        self.screen = screen
        self.loss = loss
        self.beside = beside
        picture = PictureFrame(PatternStream.size)
        encoder = try VideoCodec.vp8.makeEncoder(
            VideoEncoderParameters(size: PatternStream.size, frameRate: VideoScript.rate, bitrate: bitrate))
        decoder = try VideoCodec.vp8.makeDecoder()
        poll = try EventPoll()
        try poll.add(camera.socket.descriptor, token: 0)
        try poll.add(screen.socket.descriptor, token: 1)
        try poll.add(beside.descriptor, token: Self.besideToken)
    }

    var due: Int64 { Int64(sent) * Self.period }

    /// Forgets what was measured.
    func restart() {
        (delays, shares, encoding, decoding) = ([], [], [], [])
        (lost, keyframes) = (0, 0)
        pace = Pace(began: pace.began)
    }

    // MARK: The camera

    func sendNext() {
        let began = MediaInstant.now()
        let number = UInt32(sent)
        sent += 1
        captured[number] = began.nanoseconds
        pattern.draw(number, on: picture)
        let timestamp = Int64(number) * Int64(90_000 / VideoScript.rate)
        guard (try? encoder.encode(picture, timestamp: timestamp, keyframe: wantsKeyframe, into: &frame)) == true else {
            return
        }
        if frame.isKeyframe { keyframes += 1 }
        wantsKeyframe = false
        encoding.append(Self.milliseconds(since: began))
        var payload = [UInt8](repeating: 0, count: 1500)
        packetizer.begin(size: frame.bytes.count)
        while true {
            var place = payload.mutableSpan
            guard let made = packetizer.next(of: frame.bytes.span, into: &place, at: 0) else { break }
            let packet = RTPBytes(
                payloadType: VideoMember.payloadType, marker: made.isLast, sequence: sequence,
                timestamp: UInt32(truncatingIfNeeded: timestamp), ssrc: camera.ssrc,
                payload: Array(payload[..<made.size])
            ).bytes
            sequence &+= 1
            if let header = try? RTPHeader(parsing: packet.span) { cache.store(header, datagram: packet.span) }
            send(packet.span)
        }
    }

    private func send(_ packet: Span<UInt8>) {
        guard !random.chance(loss) else {
            lost += 1
            return
        }
        departures[Self.fingerprint(packet)] = MediaInstant.now().nanoseconds
        camera.send(packet)
    }

    private func obey(_ datagram: Span<UInt8>) {
        var reader = RTCPCompoundReader()
        while let packet = try? reader.next(in: datagram) {
            switch RTCPFeedbackMessage(packet, in: datagram) {
            case .pictureLoss, .fullIntra: wantsKeyframe = true
            case .lost(let lost):
                lost.forEach(in: datagram) { sequence in
                    _ = cache.withPacket(sequence, ssrc: camera.ssrc) { packet in
                        if random.chance(loss) { self.lost += 1 } else { camera.send(packet) }
                    }
                }
            case .bitrateLimits, .estimatedBitrate, .other, nil: break
            }
        }
    }

    // MARK: The screen

    func receive(milliseconds: Int) {
        // Lost packets are asked for in time.
        let count = (try? poll.wait(milliseconds: min(milliseconds, 1))) ?? 0
        let now = MediaInstant.now()
        batch.begin(now: now)
        for index in 0..<count {
            let token = poll.event(index).token
            guard token != Self.besideToken else {
                beside.receive()
                continue
            }
            let member = token == 0 ? camera : screen
            guard let received = try? batch.receive(from: member.socket.descriptor) else { continue }
            for packet in 0..<received {
                batch.withDatagram(packet) { datagram, _, arrival in
                    switch DatagramKind(of: datagram) {
                    case .rtp where token == 1: look(datagram, arrival: arrival, now: now)
                    case .rtcp where token == 0: obey(datagram)
                    default: break
                    }
                }
            }
        }
        show(now: now)
        guard let deadline = missing.nextDeadline, deadline <= now else { return }
        let action = missing.take(now: now)
        if !action.request.isEmpty { ask { $0.append(lost: action.request, senderSSRC: $2, mediaSSRC: $3, to: &$1) } }
    }

    private func look(_ datagram: Span<UInt8>, arrival: MediaInstant, now: MediaInstant) {
        guard let header = try? RTPHeader(parsing: datagram) else { return }
        if let departure = departures.removeValue(forKey: Self.fingerprint(datagram)) {
            shares.append(Double(arrival.nanoseconds - departure) / 1e6)
        }
        guard !random.chance(loss) else {
            lost += 1
            return
        }
        remote = header.ssrc
        _ = missing.receive(header.sequenceNumber, now: now)
        assembler.insert(header, datagram: datagram, now: now)
    }

    private func show(now: MediaInstant) {
        while let output = assembler.next(now: now) {
            guard case .frame(let frame) = output else {
                decoder.missedFrames()
                askForKeyframe(now: now)
                continue
            }
            let began = MediaInstant.now()
            let shown = assembler.withFrame { bytes in try? decoder.decode(bytes, timestamp: frame.timestamp) }
            guard let picture = shown else {
                askForKeyframe(now: now)
                continue
            }
            decoding.append(Self.milliseconds(since: began))
            let end = MediaInstant.now().nanoseconds
            guard let number = TestPattern.clock(of: picture), let start = captured.removeValue(forKey: number) else {
                continue
            }
            delays.append(Double(end - start) / 1e6)
        }
    }

    private func askForKeyframe(now: MediaInstant) {
        guard now >= nextAsk else { return }
        nextAsk = now.advanced(byMilliseconds: 300)
        ask { $0.append(PictureLossIndication(senderSSRC: $2, mediaSSRC: $3), to: &$1) }
    }

    private func ask(_ write: (inout RTCPWriter, inout MutableSpan<UInt8>, UInt32, UInt32) -> Bool) {
        var bytes = [UInt8](repeating: 0, count: 400)
        var buffer = bytes.mutableSpan
        var writer = RTCPWriter()
        writer.append(receiverReport: screen.ssrc, to: &buffer)
        writer.append(canonicalName: "screen", of: screen.ssrc, to: &buffer)
        _ = write(&writer, &buffer, screen.ssrc, remote)
        let length = writer.length
        screen.send(bytes.span.extracting(0..<length))
    }

    // MARK: Figures

    private static func milliseconds(since began: MediaInstant) -> Double {
        Double(MediaInstant.now().nanoseconds(since: began)) / 1e6
    }

    /// The same for a packet before and after the focus: of the VP8 data's end, which it leaves alone.
    private static func fingerprint(_ packet: Span<UInt8>) -> UInt64 {
        var hash: UInt64 = 14_695_981_039_346_656_037
        for index in max(18, packet.count - 160)..<max(18, packet.count) {
            hash = (hash ^ UInt64(packet[index])) &* 1_099_511_628_211
        }
        return hash
    }
}
