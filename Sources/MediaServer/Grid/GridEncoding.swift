// SPDX-License-Identifier: GPL-3.0-or-later
import Picture
import RTP
import Video

/// When a canvas was drawn, and how many nanoseconds later the sound is heard that belongs to it.
struct CanvasSync {
    var drawn: MediaInstant
    var soundDelay: Int64

    /// When that is.
    var heard: MediaInstant { drawn.advanced(byNanoseconds: soundDelay) }
}

/// One stream of encoded canvases, cut into RTP packets as a camera's would be. Confined to the canvas's thread.
final class GridEncoding {
    let output: GridScene.Output
    /// The next canvas is to be decodable without what was before.
    var wantsKeyframe = true

    private let makeEncoder: VideoEncoderMaker
    private var encoder: (any VideoEncoder)?
    private var frame = EncodedFrame()
    private var vp8 = VP8Packetizer(pictureID: .random(in: 0...0x7FFF))
    private var h264: H264Packetizer
    private var sequence = UInt16.random(in: 0 ... .max)
    private let timeOffset = UInt32.random(in: 0 ... .max)
    /// The canvas as it was last encoded, and how often.
    private var stamp: UInt64?
    private var repetitions = 0
    private var nextKeyframe = MediaInstant.zero

    /// Of one canvas: what the encoder leaves of its detail it adds over the next ones.
    private static let refinements = 10
    /// A canvas that stands still is sent twice a second: who joins has a picture, and nobody takes it for lost.
    private static let stillRate = 2
    /// Who looks into the middle of a recording waits no longer than that, ms.
    private static let recordedKeyframes = 5000

    init(_ output: GridScene.Output, _ makeEncoder: @escaping VideoEncoderMaker) {
        self.makeEncoder = makeEncoder
        self.output = output
        h264 = H264Packetizer(mode: output.format.isNonInterleaved ? .nonInterleaved : .singleNALUnit)
    }

    /// What came of a canvas.
    enum Outcome {
        case encoded(VideoCodec)
        /// It is as it was, or the encoder left it out to keep to its bitrate.
        case leftOut
        case failed
    }

    /// Encodes `canvas` and gives its packets to `ring`.
    /// - Parameters:
    ///   - rate: canvases a second from now on.
    ///   - now: the picture's time, on an even beat.
    ///   - sync: which sound belongs to it.
    func encode(
        _ canvas: PictureFrame, rate: Int, into ring: PictureRing, now: MediaInstant, _ sync: CanvasSync
    ) -> Outcome {
        if let recorded = output.recorded {
            guard !recorded.isPaused else {
                wantsKeyframe = true
                return .leftOut
            }
            if now >= nextKeyframe || recorded.takeKeyframeDemand() { wantsKeyframe = true }
        }
        if canvas.stamp == stamp, !wantsKeyframe {
            repetitions += 1
            let pause = max(1, rate / Self.stillRate)
            guard repetitions <= Self.refinements || repetitions.isMultiple(of: pause) else { return .leftOut }
        } else {
            repetitions = 0
        }
        stamp = canvas.stamp
        let ticks = now.nanoseconds / 1000 * Int64(PayloadFormat.clockRate / 1000) / 1000
        do {
            guard let encoder = try prepared(rate: rate) else { return .failed }
            guard try encoder.encode(canvas, timestamp: ticks, keyframe: wantsKeyframe, into: &frame) else {
                return .leftOut
            }
            wantsKeyframe = false
            if let recorded = output.recorded {
                if frame.isKeyframe { nextKeyframe = now.advanced(byMilliseconds: Self.recordedKeyframes) }
                recorded.give(frame, sync.heard)
                return .encoded(encoder.codec)
            }
            send(timestamp: timeOffset &+ UInt32(truncatingIfNeeded: ticks), into: ring, sync)
            return .encoded(encoder.codec)
        } catch {
            encoder = nil
            wantsKeyframe = true
            return .failed
        }
    }

    private func prepared(rate: Int) throws(VideoEncodeError) -> (any VideoEncoder)? {
        let format = output.format
        let slice = format.isNonInterleaved ? nil : defaultVideoPayloadSize
        let parameters = VideoEncoderParameters(
            size: format.size, frameRate: rate, bitrate: format.bitrate, maximumSliceBytes: slice)
        if let encoder {
            if encoder.parameters != parameters { try encoder.apply(parameters) }
        } else {
            guard let codec = format.codec.picture else { return nil }
            encoder = try makeEncoder(codec, parameters)
        }
        return encoder
    }

    private func send(timestamp: UInt32, into ring: PictureRing, _ sync: CanvasSync) {
        let tag = PictureTag(
            source: output.id, codec: output.format.codec, instant: sync.drawn, soundDelay: sync.soundDelay)
        let bytes = frame.bytes
        if output.format.codec == .h264 { h264.begin(bytes.span) } else { vp8.begin(size: bytes.count) }
        var isLast = false
        while !isLast {
            var isOver = false
            let isGiven = ring.give(tag) { place in
                guard let payload = nextPayload(of: bytes.span, into: &place) else {
                    isOver = true
                    return 0
                }
                isLast = payload.isLast
                place[0] = 0x80
                // Its payload type is the receiver's to say.
                place[1] = 96 | (isLast ? 0x80 : 0)
                place.setBigEndian(sequence, at: 2)
                place.setBigEndian(timestamp, at: 4)
                place.setBigEndian(output.ssrc, at: 8)
                sequence &+= 1
                return RTPHeader.fixedSize + payload.size
            }
            guard !isGiven else { continue }
            // Nobody took packets for long. What follows would build on what is lost here, and the numbers show that something is.
            if !isOver {
                wantsKeyframe = true
                sequence &+= 1
            }
            return
        }
    }

    private func nextPayload(of frame: Span<UInt8>, into place: inout MutableSpan<UInt8>) -> PacketizedPayload? {
        output.format.codec == .h264
            ? h264.next(of: frame, into: &place, at: RTPHeader.fixedSize)
            : vp8.next(of: frame, into: &place, at: RTPHeader.fixedSize)
    }
}
