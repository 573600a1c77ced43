// SPDX-License-Identifier: GPL-3.0-or-later

import CAVCodec
import Geometry

/// One opened decoder of libavcodec and the packet it is fed with.
@safe final class LibavContext {
    let pointer: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>

    /// Damaged streams would fill standard error.
    private static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    enum Coding {
        case h264
        case jpeg

        fileprivate var id: AVCodecID {
            switch self {
            case .h264: AV_CODEC_ID_H264
            case .jpeg: AV_CODEC_ID_MJPEG
            }
        }
    }

    /// Why there is none.
    enum Failure: Error {
        /// The library was built without this decoder.
        case missing
        case outOfMemory
    }

    /// - Parameters:
    ///   - limit: of the pictures; larger ones are refused.
    ///   - isStrict: what is damaged is refused, not repaired as well as may be.
    init(_ coding: Coding, limit: PictureSize, isStrict: Bool = false) throws(Failure) {
        Self.silence
        guard let decoder = unsafe avcodec_find_decoder(coding.id) else { throw .missing }
        var context = unsafe avcodec_alloc_context3(decoder)
        var packet = unsafe av_packet_alloc()
        guard let opened = unsafe context, let allocated = unsafe packet else {
            unsafe avcodec_free_context(&context)
            unsafe av_packet_free(&packet)
            throw .outOfMemory
        }
        // Else it works on several pictures at once and gives each out later.
        unsafe opened.pointee.thread_count = 1
        unsafe opened.pointee.flags |= AV_CODEC_FLAG_LOW_DELAY
        if isStrict { unsafe opened.pointee.err_recognition = AV_EF_EXPLODE }
        // libavcodec compares this with whole macroblocks and with rows as long as its vector instructions like them.
        unsafe opened.pointee.max_pixels = Int64((limit.width + 63) & ~63) * Int64((limit.height + 15) & ~15)
        guard unsafe avcodec_open2(opened, decoder, nil) == 0 else {
            unsafe avcodec_free_context(&context)
            unsafe av_packet_free(&packet)
            throw .outOfMemory
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
    func send(_ frame: Span<UInt8>) -> Int32 { unsafe frame.withUnsafeBufferPointer { unsafe send($0) } }

    func send(_ bytes: UnsafeBufferPointer<UInt8>) -> Int32 {
        // Without a buffer of its own, the packet is copied by libavcodec, with the padding that it needs.
        unsafe packet.pointee.data = UnsafeMutablePointer(mutating: bytes.baseAddress)
        unsafe packet.pointee.size = Int32(clamping: bytes.count)
        defer { unsafe av_packet_unref(packet) }
        return unsafe avcodec_send_packet(pointer, packet)
    }

    func receive() -> LibavPicture? {
        guard let picture = LibavPicture() else { return nil }
        return unsafe avcodec_receive_frame(pointer, picture.pointer) == 0 ? picture : nil
    }
}

/// A picture whose memory libavcodec counts references of.
@safe final class LibavPicture {
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

    /// The planes of a picture with 8 bits, whatever its sampling; nil of another kind.
    func planes() -> PlanarPicture? {
        let shifts: (across: Int, down: Int)? =
            switch AVPixelFormat(rawValue: format) {
            case AV_PIX_FMT_YUV420P, AV_PIX_FMT_YUVJ420P: (1, 1)
            case AV_PIX_FMT_YUV422P, AV_PIX_FMT_YUVJ422P: (1, 0)
            case AV_PIX_FMT_YUV440P, AV_PIX_FMT_YUVJ440P: (0, 1)
            case AV_PIX_FMT_YUV444P, AV_PIX_FMT_YUVJ444P: (0, 0)
            case AV_PIX_FMT_YUV411P, AV_PIX_FMT_YUVJ411P: (2, 0)
            default: nil
            }
        let (planes, strides) = unsafe (pointer.pointee.data, pointer.pointee.linesize)
        guard let luma = unsafe planes.0 else { return nil }
        if AVPixelFormat(rawValue: format) == AV_PIX_FMT_GRAY8 {
            return unsafe PlanarPicture(luma: luma, lumaStride: strides.0, chroma: nil, size: size)
        }
        guard let shifts, let cb = unsafe planes.1, let cr = unsafe planes.2 else { return nil }
        let chroma = PictureSize(
            (size.width + (1 << shifts.across) - 1) >> shifts.across,
            (size.height + (1 << shifts.down) - 1) >> shifts.down)
        return unsafe PlanarPicture(
            luma: luma, lumaStride: strides.0, chroma: .init(cb: cb, cr: cr, stride: strides.1, size: chroma),
            size: size)
    }
}

/// Planes that somebody else keeps, in whatever sampling.
@safe struct PlanarPicture {
    @safe struct Chroma {
        let cb: UnsafeMutablePointer<UInt8>
        let cr: UnsafeMutablePointer<UInt8>
        let stride: Int32
        let size: PictureSize
    }

    let luma: UnsafeMutablePointer<UInt8>
    let lumaStride: Int32
    /// nil of a grey picture.
    let chroma: Chroma?
    let size: PictureSize
}
