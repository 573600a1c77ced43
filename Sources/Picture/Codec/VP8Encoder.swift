// SPDX-License-Identifier: GPL-3.0-or-later

import CVPX
import Geometry

/// libvpx in the settings that real-time video uses: one pass, constant bitrate, no lookahead, one thread.
@safe final class VP8Encoder: VideoEncoder {
    let codec = VideoCodec.vp8
    private(set) var parameters: VideoEncoderParameters
    private var context: VPXContext
    private var configuration: vpx_codec_enc_cfg_t
    private var lastTimestamp = Int64.min
    private var isFirst = true

    init(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) {
        try parameters.check(.vp8)
        self.parameters = parameters
        unsafe configuration = try Self.configuration(parameters)
        context = try unsafe Self.open(&configuration)
    }

    func apply(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) {
        try parameters.check(.vp8)
        var changed = unsafe try Self.configuration(parameters)
        if parameters.size == self.parameters.size {
            let result = unsafe vpx_codec_enc_config_set(context.pointer, &changed)
            guard result == VPX_CODEC_OK else { throw .setting(.vp8, code: Int32(result.rawValue)) }
        } else {
            context = try unsafe Self.open(&changed)
            lastTimestamp = .min
            isFirst = true
        }
        unsafe configuration = changed
        self.parameters = parameters
    }

    func encode(
        _ picture: PictureFrame, timestamp: Int64, keyframe: Bool, into frame: inout EncodedFrame
    ) throws(VideoEncodeError) -> Bool {
        guard picture.size == parameters.size else {
            throw .pictureSize(picture.size, expected: parameters.size)
        }
        frame.bytes.removeAll(keepingCapacity: true)
        // libvpx refuses time that stands still.
        let time = max(timestamp, lastTimestamp == .min ? timestamp : lastTimestamp + 1)
        lastTimestamp = time
        var image = unsafe vpx_image_t()
        unsafe image.fmt = VPX_IMG_FMT_I420
        unsafe (image.w, image.h) = (UInt32(picture.size.width), UInt32(picture.size.height))
        unsafe (image.d_w, image.d_h) = (image.w, image.h)
        unsafe (image.x_chroma_shift, image.y_chroma_shift) = (1, 1)
        unsafe image.bps = 12
        unsafe image.planes = (picture.luma, picture.cb, picture.cr, nil)
        unsafe image.stride = (picture.lumaStride, picture.chromaStride, picture.chromaStride, 0)
        let flags = keyframe || isFirst ? Int(VPX_EFLAG_FORCE_KF) : 0
        let result = unsafe vpx_codec_encode(
            context.pointer, &image, time, UInt(90000 / parameters.frameRate), flags, UInt(VPX_DL_REALTIME))
        guard result == VPX_CODEC_OK else { throw .failed(.vp8, code: Int32(result.rawValue)) }
        var iterator: vpx_codec_iter_t?
        while let packet = unsafe vpx_codec_get_cx_data(context.pointer, &iterator) {
            guard unsafe packet.pointee.kind == VPX_CODEC_CX_FRAME_PKT else { continue }
            let content = unsafe packet.pointee.data.frame
            unsafe frame.bytes.append(contentsOf: UnsafeRawBufferPointer(start: content.buf, count: content.sz))
            frame.isKeyframe = unsafe content.flags & UInt32(VPX_FRAME_IS_KEY) != 0
        }
        guard !frame.bytes.isEmpty else { return false }
        isFirst = false
        frame.timestamp = timestamp
        return true
    }

    private static func configuration(
        _ parameters: VideoEncoderParameters
    ) throws(VideoEncodeError) -> vpx_codec_enc_cfg_t {
        var settings = unsafe vpx_codec_enc_cfg_t()
        let result = unsafe vpx_codec_enc_config_default(vpx_codec_vp8_cx(), &settings, 0)
        guard result == VPX_CODEC_OK else { throw .setting(.vp8, code: Int32(result.rawValue)) }
        unsafe settings.g_w = UInt32(parameters.size.width)
        unsafe settings.g_h = UInt32(parameters.size.height)
        unsafe settings.g_threads = 1
        unsafe settings.g_lag_in_frames = 0
        unsafe settings.g_timebase = vpx_rational_t(num: 1, den: 90000)
        unsafe settings.kf_mode = VPX_KF_DISABLED
        unsafe settings.rc_end_usage = VPX_CBR
        unsafe settings.rc_target_bitrate = UInt32(parameters.kilobits)
        // What follows are WebRTC's figures: a second of buffer, and pictures are left out when it runs dry.
        unsafe settings.rc_min_quantizer = 2
        unsafe settings.rc_max_quantizer = 56
        unsafe settings.rc_undershoot_pct = 100
        unsafe settings.rc_overshoot_pct = 15
        unsafe settings.rc_buf_initial_sz = 500
        unsafe settings.rc_buf_optimal_sz = 600
        unsafe settings.rc_buf_sz = 1000
        unsafe settings.rc_dropframe_thresh = 30
        return unsafe settings
    }

    private static func open(_ settings: inout vpx_codec_enc_cfg_t) throws(VideoEncodeError) -> VPXContext {
        let context = VPXContext()
        let result = unsafe confab_vp8_encoder_open(context.pointer, &settings)
        guard result == VPX_CODEC_OK else { throw .setting(.vp8, code: Int32(result.rawValue)) }
        let controls: [(vp8e_enc_control_id, Int32)] = [
            // Docs/Decisions/009: half the time of -4 for 0.3 dB.
            (VP8E_SET_CPUUSED, -6),
            // Blocks that differ from the last picture by noise only are not coded.
            (VP8E_SET_STATIC_THRESHOLD, 1),
            // A keyframe may take nine frames' worth of bits, or it would be mud.
            (VP8E_SET_MAX_INTRA_BITRATE_PCT, 900),
        ]
        for (control, value) in controls {
            let result = unsafe confab_vp8_encoder_set(context.pointer, Int32(control.rawValue), value)
            guard result == VPX_CODEC_OK else { throw .setting(.vp8, code: Int32(result.rawValue)) }
        }
        return context
    }
}

/// The memory of a libvpx codec at a fixed address; destroys the codec if one was opened in it.
@safe final class VPXContext {
    let pointer: UnsafeMutablePointer<vpx_codec_ctx_t>

    init() {
        unsafe pointer = .allocate(capacity: 1)
        unsafe pointer.initialize(to: vpx_codec_ctx_t())
    }

    deinit {
        _ = unsafe vpx_codec_destroy(pointer)
        unsafe pointer.deallocate()
    }
}
