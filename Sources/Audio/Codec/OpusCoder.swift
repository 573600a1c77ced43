// SPDX-License-Identifier: GPL-3.0-or-later

import COpus

/// A libopus decoder. One thread at a time.
@safe final class OpusDecoding {
    private let state: OpaquePointer
    private let sampleRate: Int

    init(sampleRate: Int) throws(AudioCodecError) {
        guard [8000, 12000, 16000, 24000, 48000].contains(sampleRate) else { throw .sampleRate(sampleRate) }
        guard let state = unsafe opus_decoder_create(Int32(sampleRate), 1, nil) else { throw .outOfMemory(.opus) }
        unsafe self.state = state
        self.sampleRate = sampleRate
    }

    deinit { unsafe opus_decoder_destroy(state) }

    /// Decodes `payload`, or the redundant copy of the packet before it when `fec` is set; an empty payload conceals.
    /// With `fec` or an empty payload exactly `samples` samples are written.
    func decode(
        _ payload: UnsafeRawBufferPointer, fec: Bool, samples: Int, into output: UnsafeMutableBufferPointer<Int16>
    ) throws(AudioCodecError) -> Int {
        guard let target = output.baseAddress, samples <= output.count else {
            throw .outputTooSmall(capacity: output.count)
        }
        let bytes = unsafe payload.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let result = unsafe opus_decode(
            state, bytes, Int32(clamping: payload.count), target, Int32(clamping: samples), fec ? 1 : 0)
        guard result >= 0 else {
            if result == OPUS_BUFFER_TOO_SMALL { throw .outputTooSmall(capacity: output.count) }
            throw .malformedPayload(bytes: payload.count, code: result)
        }
        return Int(result)
    }

    /// Samples `payload` decodes to, or nil when it is no Opus packet.
    func sampleCount(of payload: UnsafeRawBufferPointer) -> Int? {
        guard let bytes = unsafe payload.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return nil }
        let count = unsafe opus_packet_get_nb_samples(bytes, Int32(clamping: payload.count), Int32(sampleRate))
        return count > 0 ? Int(count) : nil
    }

    /// The largest length that libopus can conceal within `samples`: a whole number of 2.5 ms.
    func concealable(_ samples: Int) -> Int { samples - samples % (sampleRate / 400) }

    func reset() { _ = unsafe confab_opus_decoder_reset(state) }
}

/// A libopus encoder whose whole state lies in one block, so that it can be copied (opus.h, `opus_encoder_get_size`).
@safe final class OpusEncoding {
    private let block: UnsafeMutableRawPointer
    private let size: Int

    private var state: OpaquePointer { unsafe OpaquePointer(block) }

    init(_ parameters: EncoderParameters) throws(AudioCodecError) {
        size = Int(opus_encoder_get_size(1))
        unsafe block = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        let result = unsafe opus_encoder_init(OpaquePointer(block), 48000, 1, OPUS_APPLICATION_VOIP)
        guard result == OPUS_OK else { throw .setting(code: result) }
        try apply(parameters)
    }

    deinit { unsafe block.deallocate() }

    func apply(_ parameters: EncoderParameters) throws(AudioCodecError) {
        try set(OPUS_SET_BITRATE_REQUEST, Int32(parameters.bitrate))
        try set(OPUS_SET_INBAND_FEC_REQUEST, parameters.fec ? 1 : 0)
        try set(OPUS_SET_PACKET_LOSS_PERC_REQUEST, Int32(parameters.expectedLoss))
        try set(OPUS_SET_DTX_REQUEST, parameters.dtx ? 1 : 0)
        try set(OPUS_SET_COMPLEXITY_REQUEST, Int32(parameters.complexity))
        try set(OPUS_SET_SIGNAL_REQUEST, OPUS_SIGNAL_VOICE)
        let bandwidth =
            switch parameters.maxPlaybackRate {
            case ...8000: OPUS_BANDWIDTH_NARROWBAND
            case ...12000: OPUS_BANDWIDTH_MEDIUMBAND
            case ...16000: OPUS_BANDWIDTH_WIDEBAND
            case ...24000: OPUS_BANDWIDTH_SUPERWIDEBAND
            default: OPUS_BANDWIDTH_FULLBAND
            }
        try set(OPUS_SET_MAX_BANDWIDTH_REQUEST, bandwidth)
    }

    private func set(_ request: Int32, _ value: Int32) throws(AudioCodecError) {
        let result = unsafe confab_opus_encoder_set(state, request, value)
        guard result == OPUS_OK else { throw .setting(code: result) }
    }

    func setComplexity(_ complexity: Int) {
        _ = unsafe confab_opus_encoder_set(state, OPUS_SET_COMPLEXITY_REQUEST, Int32(complexity))
    }

    func setPredictionDisabled(_ disabled: Bool) {
        _ = unsafe confab_opus_encoder_set(state, OPUS_SET_PREDICTION_DISABLED_REQUEST, disabled ? 1 : 0)
    }

    /// Samples by which the decoder's output lags the encoder's input.
    var lookahead: Int {
        var samples: opus_int32 = 0
        _ = unsafe confab_opus_encoder_get(state, OPUS_GET_LOOKAHEAD_REQUEST, &samples)
        return Int(samples)
    }

    func encode(
        _ frame: UnsafeBufferPointer<Int16>, into output: UnsafeMutableRawBufferPointer
    ) throws(AudioCodecError) -> Int {
        guard let samples = frame.baseAddress else { throw .frameLength(samples: 0) }
        guard let bytes = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self) else {
            throw .outputTooSmall(capacity: output.count)
        }
        let result = unsafe opus_encode(state, samples, Int32(frame.count), bytes, Int32(clamping: output.count))
        guard result >= 0 else {
            if result == OPUS_BUFFER_TOO_SMALL { throw .outputTooSmall(capacity: output.count) }
            throw .frameLength(samples: frame.count)
        }
        return Int(result)
    }

    func copyState(from other: OpusEncoding) {
        unsafe block.copyMemory(from: other.block, byteCount: size)
    }

    func reset() { _ = unsafe confab_opus_encoder_reset(state) }
}
