// SPDX-License-Identifier: GPL-3.0-or-later

/// One packet of silence for a class, encoded when the class is made and sent as often as needed; G.722, which needs
/// its encoder in step with its receivers, encodes the zeros each time.
@safe final class SilencePayload {
    private let storage: UnsafeMutableRawBufferPointer
    private var count: Int
    /// What it was encoded from.
    let zeros: SampleFrame

    init(_ parameters: EncoderParameters) throws(AudioCodecError) {
        let encoder = try AudioEncoder(parameters.withoutDTX)
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: OutputStream.largestPayload, alignment: 16)
        unsafe storage = buffer
        zeros = SampleFrame(capacity: parameters.samplesPerPacket)
        zeros.silence(count: parameters.samplesPerPacket)
        // Decodable by itself, whatever the receiver heard before.
        encoder.setPredictionDisabled(true)
        count = 0
        for _ in 0..<3 { count = try unsafe encoder.encode(zeros.samples, into: buffer) }
    }

    deinit { unsafe storage.deallocate() }

    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(rebasing: storage[..<count]) }
}

extension EncoderParameters {
    /// The same for an encoder that the mixer itself keeps off silence.
    var withoutDTX: EncoderParameters {
        EncoderParameters(
            codec: codec, ptime: ptime, bitrate: bitrate, fec: fec, expectedLoss: expectedLoss, dtx: false,
            complexity: complexity, maxPlaybackRate: maxPlaybackRate)
    }
}
