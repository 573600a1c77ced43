// SPDX-License-Identifier: GPL-3.0-or-later

import CAVCodec

/// libavcodec's H.264 decoder. Its pictures are handed on without a copy.
@safe final class H264Decoder: VideoDecoder {
    let codec = VideoCodec.h264
    private(set) var needsKeyframe = true
    private let limit: PictureSize
    private let context: LibavContext

    init(limit: PictureSize) throws(VideoDecoderError) {
        self.limit = limit
        context = try LibavContext(limit: limit)
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

/// One opened decoder of libavcodec and the packet it is fed with.
@safe private final class LibavContext {
    let pointer: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>

    /// Damaged streams would fill standard error.
    private static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    init(limit: PictureSize) throws(VideoDecoderError) {
        Self.silence
        guard let decoder = unsafe avcodec_find_decoder(AV_CODEC_ID_H264) else { throw .missing(.h264) }
        var context = unsafe avcodec_alloc_context3(decoder)
        var packet = unsafe av_packet_alloc()
        guard let opened = unsafe context, let allocated = unsafe packet else {
            unsafe avcodec_free_context(&context)
            unsafe av_packet_free(&packet)
            throw .outOfMemory(.h264)
        }
        // Else it works on several pictures at once and gives each out later.
        unsafe opened.pointee.thread_count = 1
        unsafe opened.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        // libavcodec compares this with whole macroblocks and with rows as long as its vector instructions like them.
        unsafe opened.pointee.max_pixels = Int64((limit.width + 63) & ~63) * Int64((limit.height + 15) & ~15)
        guard unsafe avcodec_open2(opened, decoder, nil) == 0 else {
            unsafe avcodec_free_context(&context)
            unsafe av_packet_free(&packet)
            throw .outOfMemory(.h264)
        }
        unsafe pointer = opened
        unsafe self.packet = allocated
    }

    deinit {
        var context: UnsafeMutablePointer<AVCodecContext>? = unsafe pointer
        var packet: UnsafeMutablePointer<AVPacket>? = unsafe packet
        unsafe avcodec_free_context(&context)
        unsafe av_packet_free(&packet)
    }

    /// - Returns: negative when the frame was refused.
    func send(_ frame: Span<UInt8>) -> Int32 {
        unsafe frame.withUnsafeBufferPointer { bytes in
            // Without a buffer of its own, the packet is copied by libavcodec, with the padding that it needs.
            unsafe packet.pointee.data = UnsafeMutablePointer(mutating: bytes.baseAddress)
            unsafe packet.pointee.size = Int32(clamping: bytes.count)
            defer { unsafe av_packet_unref(packet) }
            return unsafe avcodec_send_packet(pointer, packet)
        }
    }

    func receive() -> LibavPicture? {
        guard let picture = LibavPicture() else { return nil }
        return unsafe avcodec_receive_frame(pointer, picture.pointer) == 0 ? picture : nil
    }
}

/// A picture whose memory libavcodec counts references of.
@safe private final class LibavPicture {
    let pointer: UnsafeMutablePointer<AVFrame>

    init?() {
        guard let frame = unsafe av_frame_alloc() else { return nil }
        unsafe pointer = frame
    }

    deinit {
        var frame: UnsafeMutablePointer<AVFrame>? = unsafe pointer
        unsafe av_frame_free(&frame)
    }

    var isDamaged: Bool { unsafe confab_av_damage(pointer) != 0 }
    var isKeyframe: Bool { unsafe pointer.pointee.key_frame != 0 }
    var format: Int32 { unsafe pointer.pointee.format }
    var size: PictureSize { unsafe PictureSize(Int(pointer.pointee.width), Int(pointer.pointee.height)) }

    /// The picture as everybody else sees it, or nil when it is not 4:2:0 with 8 bits.
    func frame() -> PictureFrame? {
        guard [AV_PIX_FMT_YUV420P.rawValue, AV_PIX_FMT_YUVJ420P.rawValue].contains(format) else { return nil }
        let (planes, strides) = unsafe (pointer.pointee.data, pointer.pointee.linesize)
        guard let luma = unsafe planes.0, let cb = unsafe planes.1, let cr = unsafe planes.2 else { return nil }
        return unsafe PictureFrame(
            size: size, luma: luma, cb: cb, cr: cr, lumaStride: strides.0, chromaStride: strides.1, owner: self)
    }
}
