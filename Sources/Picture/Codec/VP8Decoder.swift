// SPDX-License-Identifier: GPL-3.0-or-later

import CVPX
import Geometry

/// libvpx, which says when a picture or one that it builds on is damaged (Docs/Decisions/009).
@safe final class VP8Decoder: VideoDecoder {
    let codec = VideoCodec.vp8
    private(set) var needsKeyframe = true
    private let limit: PictureSize
    private var context: VPXContext
    /// libvpx lends a picture until the next frame only, so it is copied.
    private let pool = PicturePool(capacity: 4)

    init(limit: PictureSize) throws(VideoDecoderError) {
        self.limit = limit
        context = try Self.open()
    }

    func missedFrames() { needsKeyframe = true }

    func reset() {
        needsKeyframe = true
        // Without memory for a new one the old one goes on from the next keyframe just as well.
        if let fresh = try? Self.open() { context = fresh }
    }

    func decode(_ frame: Span<UInt8>, timestamp: UInt32) throws(VideoDecodeError) -> PictureFrame? {
        func failure(_ reason: VideoDecodeError.Reason) -> VideoDecodeError {
            VideoDecodeError(codec: .vp8, timestamp: timestamp, bytes: frame.count, reason: reason)
        }
        guard !frame.isEmpty else { throw failure(.empty) }
        let isKeyframe = frame[0] & 1 == 0
        if isKeyframe {
            guard let size = Self.keyframeSize(frame) else { throw failure(.unreadable(code: 0)) }
            guard size.width <= limit.width, size.height <= limit.height else { throw failure(.tooLarge(size)) }
        } else if needsKeyframe {
            throw failure(.waitingForKeyframe)
        }
        let result = unsafe frame.withUnsafeBufferPointer { bytes in
            unsafe vpx_codec_decode(context.pointer, bytes.baseAddress, UInt32(clamping: bytes.count), nil, 0)
        }
        guard result == VPX_CODEC_OK else {
            needsKeyframe = true
            throw failure(.unreadable(code: Int32(result.rawValue)))
        }
        var corrupted: Int32 = 0
        _ = unsafe confab_vp8_frame_corrupted(context.pointer, &corrupted)
        guard corrupted == 0 else {
            needsKeyframe = true
            throw failure(.damaged)
        }
        if isKeyframe { needsKeyframe = false }
        var iterator: vpx_codec_iter_t?
        guard let image = unsafe vpx_codec_get_frame(context.pointer, &iterator) else { return nil }
        return try unsafe copy(image.pointee, failure)
    }

    private func copy(
        _ image: vpx_image_t, _ failure: (VideoDecodeError.Reason) -> VideoDecodeError
    ) throws(VideoDecodeError) -> PictureFrame {
        let size = unsafe PictureSize(Int(image.d_w), Int(image.d_h))
        guard size.isAllowed else { throw failure(.tooLarge(size)) }
        guard
            unsafe image.fmt == VPX_IMG_FMT_I420, let luma = unsafe image.planes.0, let cb = unsafe image.planes.1,
            let cr = unsafe image.planes.2
        else { throw failure(.pixelFormat(Int32(unsafe image.fmt.rawValue))) }
        let lent = unsafe PictureFrame(
            size: size, luma: luma, cb: cb, cr: cr, lumaStride: image.stride.0, chromaStride: image.stride.1,
            owner: context)
        let picture = pool.take(size)
        picture.copy(lent)
        return picture
    }

    /// RFC 6386 §9.1: three bytes of tag, three of start code, then width and height with two bits of scaling each.
    private static func keyframeSize(_ frame: Span<UInt8>) -> PictureSize? {
        guard frame.count >= 10, frame[3] == 0x9d, frame[4] == 0x01, frame[5] == 0x2a else { return nil }
        let width = Int(frame[6]) | Int(frame[7] & 0x3f) << 8
        let height = Int(frame[8]) | Int(frame[9] & 0x3f) << 8
        return width > 0 && height > 0 ? PictureSize(width, height) : nil
    }

    private static func open() throws(VideoDecoderError) -> VPXContext {
        let context = VPXContext()
        var settings = vpx_codec_dec_cfg_t(threads: 1, w: 0, h: 0)
        let result = unsafe confab_vp8_decoder_open(context.pointer, &settings)
        guard result == VPX_CODEC_OK else { throw result == VPX_CODEC_MEM_ERROR ? .outOfMemory(.vp8) : .missing(.vp8) }
        return context
    }
}
