// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import SDP
import Video

/// What a test member sends on one video line: a test pattern with a patch in its colour and a clock, coded and packed.
struct MemberCamera: ~Copyable {
    let ssrc: UInt32
    let options: MemberVideo.Options
    var isFrozen = false
    var wantsKeyframe = false
    var losesEvery = 0
    /// Every payload is cut in half.
    var isDamaged = false
    /// What was not sent, for whoever asks for it.
    private var lost: [UInt16: [UInt8]] = [:]
    private var retransmissions = UInt16.random(in: 0 ... .max)

    private let pattern: TestPattern
    private let picture: PictureFrame
    private var encoder: (any VideoEncoder)?
    private var frame = EncodedFrame()
    private var vp8 = VP8Packetizer(pictureID: .random(in: 0...0x7FFF))
    private var sequence = UInt16.random(in: 0 ... .max)
    private let clockOffset = UInt32.random(in: 0 ... .max)
    private var started: MediaInstant?
    private var nextPicture: MediaInstant?
    private var nextKeyframe: MediaInstant?

    init(name: String, color: PictureColor, options: MemberVideo.Options, ssrc: UInt32) {
        self.ssrc = ssrc
        self.options = options
        pattern = TestPattern(name: name, color: color)
        picture = PictureFrame(options.size)
    }

    mutating func begin(_ codec: VideoCodecDescription) {
        let kind: VideoCodec = codec.isH264 ? .h264 : .vp8
        var parameters = VideoEncoderParameters(size: options.size, frameRate: options.frameRate, bitrate: 300_000)
        if codec.h264Parameters?.packetizationMode == 0 { parameters.maximumSliceBytes = 1100 }
        encoder = try? kind.makeEncoder(parameters)
    }

    /// Sends the next picture by `send`, where it is time.
    mutating func turn(
        _ agreed: NegotiatedVideo, _ sights: inout MemberVideo.Sights, now: MediaInstant, send: ([UInt8]) -> Void
    ) {
        guard agreed.sendsMedia, !isFrozen, now >= nextPicture ?? now else { return }
        nextPicture = max(nextPicture ?? now, now.advanced(byMilliseconds: -200)).advanced(
            byNanoseconds: 1_000_000_000 / Int64(options.frameRate))
        let began = started ?? now
        started = began
        if let interval = options.keyframeInterval, now >= nextKeyframe ?? now {
            nextKeyframe = now.advanced(byMilliseconds: interval)
            wantsKeyframe = true
        }
        pattern.draw(UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000), on: picture)
        let ticks = now.nanoseconds(since: began) / 1000 * 90 / 1000
        guard (try? encoder?.encode(picture, timestamp: ticks, keyframe: wantsKeyframe, into: &frame)) == true else {
            return
        }
        wantsKeyframe = false
        sights.sent += 1
        if frame.isKeyframe { sights.keyframesSent += 1 }
        let timestamp = clockOffset &+ UInt32(truncatingIfNeeded: ticks)
        for payload in payloads(agreed) {
            let packet = RTPBytes(
                payloadType: agreed.sendPayloadType, marker: payload.isLast, sequence: sequence, timestamp: timestamp,
                ssrc: ssrc, payload: isDamaged ? Array(payload.bytes.prefix(payload.bytes.count / 2)) : payload.bytes)
            sequence &+= 1
            if losesEvery > 0, Int(sequence) % losesEvery == 0 {
                lost[sequence &- 1] = packet.bytes
                continue
            }
            send(packet.bytes)
        }
    }

    /// What was not sent, as a retransmission; nil where it was, or no such thing is agreed on.
    mutating func sendAgain(_ sequence: UInt16, _ agreed: NegotiatedVideo) -> [UInt8]? {
        guard let payloadType = agreed.sendRetransmissions[agreed.sendPayloadType], let packet = lost[sequence],
            let header = try? RTPHeader(parsing: packet.span)
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: 1500)
        var buffer = bytes.mutableSpan
        retransmissions &+= 1
        let size = RetransmissionPacket.wrap(
            packet.span, header: header, payloadType: payloadType, ssrc: ssrc &+ 1, sequenceNumber: retransmissions,
            into: &buffer)
        return size.map { Array(bytes.prefix($0)) }
    }

    private mutating func payloads(_ agreed: NegotiatedVideo) -> [(bytes: [UInt8], isLast: Bool)] {
        var payloads: [(bytes: [UInt8], isLast: Bool)] = []
        var buffer = [UInt8](repeating: 0, count: 1200)
        let bytes = frame.bytes
        if agreed.codec.isH264 {
            let isSingle = agreed.codec.h264Parameters?.packetizationMode == 0
            var packetizer = H264Packetizer(mode: isSingle ? .singleNALUnit : .nonInterleaved)
            packetizer.begin(bytes.span)
            while true {
                var place = buffer.mutableSpan
                guard let made = packetizer.next(of: bytes.span, into: &place, at: 0) else { break }
                payloads.append((Array(buffer[0..<made.size]), made.isLast))
            }
        } else {
            var packetizer = vp8
            packetizer.begin(size: bytes.count)
            while true {
                var place = buffer.mutableSpan
                guard let made = packetizer.next(of: bytes.span, into: &place, at: 0) else { break }
                payloads.append((Array(buffer[0..<made.size]), made.isLast))
            }
            vp8 = packetizer
        }
        return payloads
    }
}
