// SPDX-License-Identifier: GPL-3.0-or-later

import CAVFormat
import Geometry
import Picture

/// Writes one stream of pictures into a Matroska, WebM or MP4 file, by the file's name. One thread at a time.
@safe final class MovieWriter {
    private let path: String
    private var format: UnsafeMutablePointer<AVFormatContext>?
    private let packet: UnsafeMutablePointer<AVPacket>

    /// Of ``EncodedFrame/timestamp``.
    private static let timeBase = AVRational(num: 1, den: 90_000)

    /// - Parameter first: a key frame, in which H.264 has its parameter sets. It is not written yet.
    /// - Throws: `DeviceError.badFile`.
    init(
        path: String, codec: VideoCodec, size: PictureSize, first: EncodedFrame
    ) throws(DeviceError) {
        av_log_set_level(AV_LOG_QUIET)
        guard let packet = unsafe av_packet_alloc() else { throw .badFile(path: path, reason: "not enough memory") }
        unsafe self.packet = packet
        self.path = path
        var opened: UnsafeMutablePointer<AVFormatContext>?
        guard unsafe avformat_alloc_output_context2(&opened, nil, nil, path) >= 0, let format = unsafe opened,
            let stream = unsafe avformat_new_stream(format, nil), let parameters = unsafe stream.pointee.codecpar
        else {
            unsafe avformat_free_context(opened)
            throw .badFile(path: path, reason: "no such kind of movie can be written")
        }
        unsafe self.format = format
        unsafe parameters.pointee.codec_type = AVMEDIA_TYPE_VIDEO
        unsafe parameters.pointee.codec_id = codec == .vp8 ? AV_CODEC_ID_VP8 : AV_CODEC_ID_H264
        unsafe parameters.pointee.width = Int32(size.width)
        unsafe parameters.pointee.height = Int32(size.height)
        unsafe stream.pointee.time_base = Self.timeBase
        if codec == .h264 { unsafe Self.describe(Self.parameterSets(of: first.bytes), in: parameters) }
        try check(unsafe avio_open(&format.pointee.pb, "file:\(path)", AVIO_FLAG_WRITE))
        try check(unsafe avformat_write_header(format, nil))
    }

    deinit {
        var packet: UnsafeMutablePointer<AVPacket>? = unsafe packet
        unsafe av_packet_free(&packet)
        guard let format = unsafe format else { return }
        _ = unsafe avio_closep(&format.pointee.pb)
        unsafe avformat_free_context(format)
    }

    func write(_ frame: EncodedFrame) throws(DeviceError) {
        guard let format = unsafe format, let stream = unsafe format.pointee.streams[0] else { return }
        try check(unsafe av_new_packet(packet, Int32(frame.bytes.count)))
        unsafe frame.bytes.withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let target = unsafe packet.pointee.data else { return }
            unsafe UnsafeMutableRawPointer(target).copyMemory(from: start, byteCount: bytes.count)
        }
        unsafe packet.pointee.pts = frame.timestamp
        unsafe packet.pointee.dts = frame.timestamp
        unsafe packet.pointee.flags = frame.isKeyframe ? AV_PKT_FLAG_KEY : 0
        unsafe av_packet_rescale_ts(packet, Self.timeBase, stream.pointee.time_base)
        try check(unsafe av_interleaved_write_frame(format, packet))
    }

    /// Writes what players need to find their way. The file is of little use without.
    func finish() throws(DeviceError) {
        guard let format = unsafe format else { return }
        try check(unsafe av_write_trailer(format))
        unsafe avio_flush(format.pointee.pb)
        try check(unsafe format.pointee.pb.pointee.error)
    }

    private func check(_ code: Int32) throws(DeviceError) {
        guard code < 0 else { return }
        throw .badFile(path: path, reason: FileBytes.systemMessage(-code))
    }

    private static func describe(_ sets: ArraySlice<UInt8>, in parameters: UnsafeMutablePointer<AVCodecParameters>) {
        let padded = sets.count + Int(AV_INPUT_BUFFER_PADDING_SIZE)
        guard let memory = unsafe av_mallocz(padded)?.assumingMemoryBound(to: UInt8.self) else { return }
        for (offset, byte) in sets.enumerated() { unsafe memory[offset] = byte }
        unsafe parameters.pointee.extradata = memory
        unsafe parameters.pointee.extradata_size = Int32(sets.count)
    }

    /// What comes before the first slice.
    private static func parameterSets(of bytes: [UInt8]) -> ArraySlice<UInt8> {
        for start in bytes.indices.dropLast(3) where bytes[start...].starts(with: [0, 0, 1]) {
            guard bytes[start + 3] & 0x1F == 5 else { continue }
            return bytes[..<start]
        }
        return bytes[...]
    }
}
