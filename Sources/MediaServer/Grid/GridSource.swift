// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture
import RTP
import Video

/// One camera on a canvas: its packets put together and decoded, once, whatever the number of canvases. Confined to the canvas's thread.
///
/// A camera that takes more of the processor than its share loses pictures, up to its next key frame, and no other does.
final class GridSource {
    /// What became of the next frame.
    enum Step {
        /// There is none.
        case idle
        case decoded(VideoCodec)
        case failed
        /// It builds on one that was lost or did not decode.
        case held
        /// It came when the camera's share was used up, or builds on one that did.
        case skipped
    }

    let id: VideoSourceID
    /// The newest, as long as it may be shown.
    private(set) var picture: PictureFrame?
    private(set) var absence: PictureAbsence? = .starting
    /// When the newest had come.
    private(set) var arrival = MediaInstant.zero
    /// Nanoseconds that its member's sound waits for its playout.
    private(set) var soundDelay: Int64 = 0

    private var assembler: FrameAssembler
    private var decoder: (any VideoDecoder)?
    /// Of what is decoded: packets that do not decode keep nothing alive.
    private var health: SourceHealth
    /// What was told last of whether it decodes.
    private var toldDamage = false
    /// Nanoseconds of the processor that went into it since the last tick.
    private var spent: Int64 = 0
    private var isSkipping = false
    /// When it was last said that nothing goes without a key frame.
    private var lastAsk: MediaInstant?

    private enum Rule {
        /// Larger pictures are refused: a frame of a few bytes can ask for any size.
        static let largest = PictureSize(1920, 1920)
        /// Packets of the largest frame and of what waits.
        static let packets = 256
        /// Milliseconds without a picture after which a screen is stale; the room's media thread knows sooner that one is gone.
        static let staleScreen = 6000
        /// Milliseconds between two demands for a key frame; the camera's broker has its own limits.
        static let askInterval = 500
    }

    init(_ id: VideoSourceID, _ codec: PayloadFormat, isScreen: Bool) {
        self.id = id
        health = SourceHealth(isScreen ? SourcePatience(milliseconds: Rule.staleScreen) : SourcePatience())
        assembler = FrameAssembler(codec: codec, capacity: Rule.packets)
        decoder = try? codec.picture?.makeDecoder(limit: Rule.largest)
    }

    // MARK: In

    /// Takes a packet of the camera.
    func insert(_ datagram: Span<UInt8>, _ tag: PictureTag) {
        guard let header = try? RTPHeader(parsing: datagram) else { return }
        let packet = VideoPacket(header, codec: tag.codec, datagram: datagram)
        soundDelay = tag.soundDelay
        if tag.codec != assembler.codec {
            guard packet.startsKeyframe, tag.codec.picture != nil else { return }
            assembler = FrameAssembler(codec: tag.codec, capacity: Rule.packets)
            decoder = try? tag.codec.picture?.makeDecoder(limit: Rule.largest)
        }
        assembler.insert(packet, datagram: datagram, now: tag.instant)
    }

    /// A tick has passed: the camera has its share of the processor again.
    func beginTick(now: MediaInstant) {
        spent = 0
        guard health.timePassed(now: now) else { return }
        settle()
    }

    /// Nothing of it may be shown from now on, as the room's media thread says; its next picture comes with its next key frame.
    func withdraw() {
        guard picture != nil else { return }
        picture = nil
        decoder?.missedFrames()
    }

    /// Decodes the next whole frame.
    /// - Parameter share: nanoseconds of the processor that the camera may have between two ticks.
    func decodeNext(share: Int64, now: MediaInstant) -> Step {
        while let output = assembler.next(now: now) {
            guard case .frame(let frame) = output else {
                decoder?.missedFrames()
                continue
            }
            guard let decoder else { return .failed }
            let isDue = spent < share
            if !isDue {
                decoder.missedFrames()
                isSkipping = true
            }
            guard !decoder.needsKeyframe || frame.isKeyframe && isDue else { return isSkipping ? .skipped : .held }
            isSkipping = false
            return decode(frame, decoder, now: now)
        }
        return .idle
    }

    private func decode(_ frame: AssembledFrame, _ decoder: any VideoDecoder, now: MediaInstant) -> Step {
        // Of the processor, not on the wall: a decoder is not to blame for what else the machine does.
        let began = ProcessorTime.ofThread()
        defer { spent += ProcessorTime.ofThread() - began }
        do {
            let decoded = try assembler.withFrame { try decoder.decode($0, timestamp: frame.timestamp) }
            guard let decoded else { return .decoded(decoder.codec) }
            picture = decoded
            arrival = frame.arrival
            health.received(startsKeyframe: true, now: now)
            settle()
            return .decoded(decoder.codec)
        } catch {
            health.decoderFailed()
            // Also of a camera that has never decoded, which was not live.
            (absence, picture) = (.decoderError, nil)
            return .failed
        }
    }

    /// Whether its picture was lost to its decoder since the last call, or came back; nil where neither.
    func takeDamage() -> Bool? {
        let isDamaged = absence == .decoderError
        guard isDamaged != toldDamage else { return nil }
        toldDamage = isDamaged
        return isDamaged
    }

    private func settle() {
        guard case .absent(let reason) = health.state else { return absence = nil }
        absence = reason
        picture = nil
    }

    // MARK: Key frames

    /// Whether a key frame is to be asked for, which is then taken as done.
    func takeKeyframeDemand(now: MediaInstant) -> Bool {
        guard assembler.needsKeyframe || isSkipping || decoder?.needsKeyframe == true else {
            lastAsk = nil
            return false
        }
        if let lastAsk, now.milliseconds(since: lastAsk) < Rule.askInterval { return false }
        lastAsk = now
        return true
    }
}

extension PayloadFormat {
    /// As pictures are coded here; nil for what is forwarded only.
    var picture: VideoCodec? {
        switch self {
        case .vp8: .vp8
        case .h264: .h264
        case .vp9, .av1: nil
        }
    }
}
