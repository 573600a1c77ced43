// SPDX-License-Identifier: GPL-3.0-or-later

import CX264
import Geometry

/// x264, constrained baseline, without delay: each picture leaves as one access unit in Annex B form.
@safe final class H264Encoder: VideoEncoder {
    let codec = VideoCodec.h264
    private(set) var parameters: VideoEncoderParameters
    private var encoder: X264Encoder
    /// The frame rate that x264 was opened with; it cannot be told another one.
    private var openedFrameRate: Int
    private var pictureCount: Int64 = 0

    init(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) {
        try parameters.check(.h264)
        self.parameters = parameters
        encoder = try X264Encoder(parameters)
        openedFrameRate = parameters.frameRate
    }

    func apply(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) {
        try parameters.check(.h264)
        if parameters.size == self.parameters.size, parameters.maximumSliceBytes == self.parameters.maximumSliceBytes {
            // x264 shares the bitrate out among the pictures of the rate it was opened with: another rate is another
            // bitrate to it.
            try encoder.setKilobits(max(1, parameters.kilobits * openedFrameRate / parameters.frameRate))
        } else {
            encoder = try X264Encoder(parameters)
            openedFrameRate = parameters.frameRate
        }
        self.parameters = parameters
    }

    func encode(
        _ picture: PictureFrame, timestamp: Int64, keyframe: Bool, into frame: inout EncodedFrame
    ) throws(VideoEncodeError) -> Bool {
        guard picture.size == parameters.size else {
            throw .pictureSize(picture.size, expected: parameters.size)
        }
        frame.bytes.removeAll(keepingCapacity: true)
        pictureCount += 1
        frame.isKeyframe = try encoder.encode(picture, count: pictureCount, keyframe: keyframe, into: &frame.bytes)
        frame.timestamp = timestamp
        return !frame.bytes.isEmpty
    }
}

/// One opened x264.
@safe private final class X264Encoder {
    private let state: OpaquePointer
    private var settings: x264_param_t

    init(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) {
        var settings = unsafe x264_param_t()
        // Docs/Decisions/009: veryfast takes 1.7 times as long for 0.2 dB.
        guard unsafe x264_param_default_preset(&settings, "superfast", "zerolatency") == 0 else {
            throw .setting(.h264, code: 0)
        }
        unsafe settings.i_log_level = X264_LOG_NONE
        unsafe settings.i_threads = 1
        unsafe settings.b_sliced_threads = 0
        unsafe settings.i_width = Int32(parameters.size.width & ~1)
        unsafe settings.i_height = Int32(parameters.size.height & ~1)
        unsafe settings.i_csp = Int32(X264_CSP_I420)
        unsafe settings.i_fps_num = UInt32(parameters.frameRate)
        unsafe settings.i_fps_den = 1
        unsafe settings.i_keyint_max = Int32(X264_KEYINT_MAX_INFINITE)
        // Or a cut of scene makes a keyframe nobody asked for, and a burst of packets.
        unsafe settings.i_scenecut_threshold = 0
        unsafe settings.b_annexb = 1
        unsafe settings.b_repeat_headers = 1
        unsafe settings.i_slice_max_size = Int32(parameters.maximumSliceBytes ?? 0)
        unsafe settings.rc.i_rc_method = Int32(X264_RC_ABR)
        unsafe Self.setKilobits(parameters.kilobits, &settings)
        guard unsafe x264_param_apply_profile(&settings, "baseline") == 0 else { throw .setting(.h264, code: 1) }
        guard let state = unsafe confab_x264_open(&settings) else { throw .setting(.h264, code: 2) }
        unsafe self.state = state
        unsafe self.settings = settings
    }

    deinit { unsafe x264_encoder_close(state) }

    func setKilobits(_ kilobits: Int) throws(VideoEncodeError) {
        unsafe Self.setKilobits(kilobits, &settings)
        let result = unsafe x264_encoder_reconfig(state, &settings)
        guard result == 0 else { throw .setting(.h264, code: result) }
    }

    /// Half a second of buffer: a keyframe may be several frames large, and no burst lasts longer.
    private static func setKilobits(_ kilobits: Int, _ settings: inout x264_param_t) {
        unsafe settings.rc.i_bitrate = Int32(kilobits)
        unsafe settings.rc.i_vbv_max_bitrate = Int32(kilobits)
        unsafe settings.rc.i_vbv_buffer_size = Int32(max(1, kilobits / 2))
    }

    /// - Returns: whether it became a keyframe.
    func encode(
        _ picture: PictureFrame, count: Int64, keyframe: Bool, into bytes: inout [UInt8]
    ) throws(VideoEncodeError) -> Bool {
        var input = unsafe x264_picture_t()
        unsafe x264_picture_init(&input)
        unsafe input.i_pts = count
        unsafe input.i_type = keyframe ? X264_TYPE_IDR : X264_TYPE_AUTO
        unsafe input.img.i_csp = Int32(X264_CSP_I420)
        unsafe input.img.i_plane = 3
        unsafe input.img.plane = (picture.luma, picture.cb, picture.cr, nil)
        unsafe input.img.i_stride = (picture.lumaStride, picture.chromaStride, picture.chromaStride, 0)
        var output = unsafe x264_picture_t()
        var units: UnsafeMutablePointer<x264_nal_t>?
        var unitCount: Int32 = 0
        let result = unsafe x264_encoder_encode(state, &units, &unitCount, &input, &output)
        guard result >= 0 else { throw .failed(.h264, code: result) }
        let produced = unsafe UnsafeBufferPointer(start: units, count: Int(unitCount))
        for index in produced.indices {
            let unit = unsafe produced[index]
            // x264 signs each keyframe with 700 bytes of its settings: nobody reads them.
            if unsafe unit.i_type == Int32(NAL_SEI.rawValue) { continue }
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: unit.p_payload, count: Int(unit.i_payload)))
        }
        return unsafe output.b_keyframe != 0
    }
}
