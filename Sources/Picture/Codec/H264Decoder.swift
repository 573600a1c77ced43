// SPDX-License-Identifier: GPL-3.0-or-later

import CAVCodec
import Geometry

/// libavcodec's H.264 decoder. Its pictures are handed on without a copy.
@safe final class H264Decoder: VideoDecoder {
    let codec = VideoCodec.h264
    private(set) var needsKeyframe = true
    private let limit: PictureSize
    private let context: LibavContext

    init(limit: PictureSize) throws(VideoDecoderError) {
        self.limit = limit
        do throws(LibavContext.Failure) { context = try LibavContext(.h264, limit: limit) } catch {
            throw error == .missing ? .missing(.h264) : .outOfMemory(.h264)
        }
    }

    func missedFrames() { needsKeyframe = true }

    func reset() {
        needsKeyframe = true
        unsafe avcodec_flush_buffers(context.pointer)
    }

    func decode(_ frame: Span<UInt8>, timestamp: UInt32) throws(VideoDecodeError) -> PictureFrame? {
        func failure(_ reason: VideoDecodeError.Reason) -> VideoDecodeError {
            VideoDecodeError(codec: .h264, timestamp: timestamp, bytes: frame.count, reason: reason)
        }
        guard !frame.isEmpty else { throw failure(.empty) }
        let sent = context.send(frame)
        var received: LibavPicture?
        // Pictures of a frame that was refused still have to come out, or the next one is refused as well.
        while let next = context.receive() { received = next }
        guard sent >= 0 else {
            needsKeyframe = true
            throw failure(.unreadable(code: sent))
        }
        guard let received else {
            guard !needsKeyframe else { throw failure(.waitingForKeyframe) }
            return nil
        }
        guard !received.isDamaged else {
            needsKeyframe = true
            throw failure(.damaged)
        }
        if received.isKeyframe { needsKeyframe = false }
        guard !needsKeyframe else { throw failure(.waitingForKeyframe) }
        let size = received.size
        guard size.isAllowed, size.width <= limit.width, size.height <= limit.height else {
            throw failure(.tooLarge(size))
        }
        guard let picture = received.frame() else { throw failure(.pixelFormat(received.format)) }
        return picture
    }
}
