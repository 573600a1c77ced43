// SPDX-License-Identifier: GPL-3.0-or-later

import CAVFormat
import Glibc

/// One stream of a media file, packet by packet to pictures or sound. One thread at a time.
///
/// Picture and sound of a file have a reader each: how a file interleaves them then matters to neither.
@safe final class MediaReader {
    enum Kind: Int, CaseIterable {
        case pictures
        case sound
    }

    enum Outcome {
        /// `frame` holds the next picture or piece of sound.
        case frame
        case end
    }

    let path: String
    /// What was decoded last.
    let frame: UnsafeMutablePointer<AVFrame>
    /// From one picture to the next, ns, by the file's own words.
    let nominal: Int64
    /// Of the frame decoded last, ns from the beginning of the file; nil where the file does not say.
    private(set) var time: Int64?
    private let format: UnsafeMutablePointer<AVFormatContext>
    private let decoder: UnsafeMutablePointer<AVCodecContext>
    private let packet: UnsafeMutablePointer<AVPacket>
    private let stream: Int32
    private let timeBase: AVRational
    private let start: Int64
    private var isDraining = false

    /// Demuxers for files of a person. Not among them are those that open other files or addresses (playlists): a
    /// file from a stranger must not make us fetch anything.
    private static let formats = "mov,mp4,matroska,webm,avi,mpegts,mpeg,ogg,flv,asf,wav,nut,ivf,y4m,yuv4mpegpipe,h264"

    private static let silence: Void = av_log_set_level(AV_LOG_QUIET)

    /// Opens `path` and looks into it.
    /// - Returns: nil when the file has no such stream.
    /// - Throws: `DeviceError.badFile`.
    static func open(_ path: String, _ kind: Kind) throws(DeviceError) -> MediaReader? {
        Self.silence
        try check(path)
        var format: UnsafeMutablePointer<AVFormatContext>?
        var options: OpaquePointer?
        unsafe av_dict_set(&options, "protocol_whitelist", "file", 0)
        unsafe av_dict_set(&options, "format_whitelist", formats, 0)
        defer { unsafe av_dict_free(&options) }
        // On failure nothing is left allocated.
        let code = unsafe avformat_open_input(&format, "file:\(path)", nil, &options)
        guard code == 0, let opened = unsafe format else {
            throw .badFile(path: path, reason: "is no video file that can be read here; convert it to MP4 or WebM")
        }
        guard unsafe avformat_find_stream_info(opened, nil) >= 0 else {
            unsafe avformat_close_input(&format)
            throw .badFile(path: path, reason: "is damaged: what is in it cannot be made out")
        }
        return unsafe try MediaReader(path, opened, kind)
    }

    private static func check(_ path: String) throws(DeviceError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, unsafe access(path, R_OK) == 0 else {
            throw .badFile(path: path, reason: FileBytes.systemMessage(errno))
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR: throw .badFile(path: path, reason: "is a folder, not a file")
        default: throw .badFile(path: path, reason: "is not a file that can be played again from its start")
        }
        guard status.st_size > 0 else { throw .badFile(path: path, reason: "is empty") }
    }

    @unsafe private init?(
        _ path: String, _ opened: UnsafeMutablePointer<AVFormatContext>, _ kind: Kind
    ) throws(DeviceError) {
        let type = kind == .pictures ? AVMEDIA_TYPE_VIDEO : AVMEDIA_TYPE_AUDIO
        var format: UnsafeMutablePointer<AVFormatContext>? = unsafe opened
        var codec: UnsafePointer<AVCodec>?
        let index = unsafe av_find_best_stream(opened, type, -1, -1, &codec, 0)
        let streams = unsafe UnsafeBufferPointer(start: opened.pointee.streams, count: Int(opened.pointee.nb_streams))
        guard index >= 0, let chosen = unsafe streams[Int(index)],
            // The cover of a record.
            unsafe chosen.pointee.disposition & AV_DISPOSITION_ATTACHED_PIC == 0
        else {
            unsafe avformat_close_input(&format)
            // -2: nothing of the kind; else it is there and cannot be decoded.
            guard index == confab_av_no_decoder() else { return nil }
            throw .badFile(path: path, reason: "is in a codec that is not installed here; convert it to MP4 or WebM")
        }
        for number in streams.indices where number != Int(index) {
            unsafe streams[number]?.pointee.discard = AVDISCARD_ALL
        }
        var decoder = unsafe avcodec_alloc_context3(codec)
        var packet = unsafe av_packet_alloc()
        var frame = unsafe av_frame_alloc()
        guard let context = unsafe decoder, let packet = unsafe packet, let frame = unsafe frame,
            unsafe Self.open(context, codec, chosen)
        else {
            unsafe avcodec_free_context(&decoder)
            unsafe av_packet_free(&packet)
            unsafe av_frame_free(&frame)
            unsafe avformat_close_input(&format)
            throw .badFile(path: path, reason: "is damaged, or in a codec that is not installed here")
        }
        self.path = path
        unsafe self.format = opened
        unsafe self.decoder = context
        unsafe self.packet = packet
        unsafe self.frame = frame
        stream = index
        unsafe timeBase = chosen.pointee.time_base
        let begins = unsafe opened.pointee.start_time
        start = begins == confab_av_no_time() ? 0 : begins
        let rate = unsafe av_q2d(chosen.pointee.avg_frame_rate)
        nominal = rate >= 1 && rate <= 240 ? Int64(1e9 / rate) : 40_000_000
    }

    @unsafe private static func open(
        _ context: UnsafeMutablePointer<AVCodecContext>, _ codec: UnsafePointer<AVCodec>?,
        _ stream: UnsafeMutablePointer<AVStream>
    ) -> Bool {
        guard unsafe avcodec_parameters_to_context(context, stream.pointee.codecpar) >= 0 else { return false }
        // A few bytes can ask for a picture of any size.
        unsafe context.pointee.max_pixels = Int64(4096 * 4096)
        unsafe context.pointee.pkt_timebase = stream.pointee.time_base
        unsafe context.pointee.thread_count = 2
        return unsafe avcodec_open2(context, codec, nil) == 0
    }

    deinit {
        var format: UnsafeMutablePointer<AVFormatContext>? = unsafe format
        var decoder: UnsafeMutablePointer<AVCodecContext>? = unsafe decoder
        var packet: UnsafeMutablePointer<AVPacket>? = unsafe packet
        var frame: UnsafeMutablePointer<AVFrame>? = unsafe frame
        unsafe avcodec_free_context(&decoder)
        unsafe av_packet_free(&packet)
        unsafe av_frame_free(&frame)
        unsafe avformat_close_input(&format)
    }

    /// Decodes on to the next frame. What is damaged is passed over.
    /// - Parameter isStopping: is asked between packets.
    func next(unless isStopping: () -> Bool) -> Outcome {
        while !isStopping() {
            let received = unsafe avcodec_receive_frame(decoder, frame)
            if received == 0 {
                time = unsafe nanoseconds(frame.pointee.best_effort_timestamp)
                return .frame
            }
            // A decoder that has been drained or refuses to go on has nothing more.
            guard received == confab_av_error(EAGAIN), !isDraining else { return .end }
            guard unsafe av_read_frame(format, packet) == 0 else {
                isDraining = true
                _ = unsafe avcodec_send_packet(decoder, nil)
                continue
            }
            if unsafe packet.pointee.stream_index == stream { _ = unsafe avcodec_send_packet(decoder, packet) }
            unsafe av_packet_unref(packet)
        }
        return .end
    }

    /// Back to the beginning.
    /// - Returns: false when the file does not allow that.
    func rewind() -> Bool {
        isDraining = false
        unsafe avcodec_flush_buffers(decoder)
        return unsafe avformat_seek_file(format, -1, Int64.min, start, start, 0) >= 0
    }

    /// A time of the stream in ns from the beginning of the file; nil when there is none, or none that makes sense.
    private func nanoseconds(_ stamp: Int64) -> Int64? {
        guard stamp != confab_av_no_time(), timeBase.num > 0, timeBase.den > 0 else { return nil }
        let time = av_rescale_q(stamp, timeBase, AVRational(num: 1, den: 1_000_000_000))
        let (offset, overflow) = start.multipliedReportingOverflow(by: 1000)
        let (result, underflow) = time.subtractingReportingOverflow(offset)
        // A day: longer than what anybody shows, and far from where sums of times overflow.
        return overflow || underflow || abs(result) > 86_400_000_000_000 ? nil : result
    }
}
