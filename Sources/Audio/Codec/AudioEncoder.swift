// SPDX-License-Identifier: GPL-3.0-or-later

/// Turns mono PCM at the codec's rate into payloads of one stream.
///
/// Belongs to one thread at a time. Nothing is allocated after `init`.
package final class AudioEncoder {
    package private(set) var parameters: EncoderParameters

    private enum Engine {
        case opus(OpusEncoding)
        case g722(G722Encoding)
        case g711(G711Coding)
    }

    private let engine: Engine

    package init(_ parameters: EncoderParameters) throws(AudioCodecError) {
        self.parameters = parameters
        switch parameters.codec {
        case .opus: engine = .opus(try OpusEncoding(parameters))
        case .g722: engine = .g722(try G722Encoding())
        case .pcmu, .pcma: engine = .g711(try G711Coding(parameters.codec))
        }
    }

    /// Changes bitrate, redundancy, bandwidth or ptime without a break in the stream.
    /// - Throws: `setting` when the codec is another one.
    package func apply(_ parameters: EncoderParameters) throws(AudioCodecError) {
        guard parameters.codec == self.parameters.codec else { throw .setting(code: 0) }
        if case .opus(let opus) = engine { try opus.apply(parameters) }
        self.parameters = parameters
    }

    /// Encodes one packet.
    /// - Parameter frame: ``EncoderParameters/samplesPerPacket`` samples (Opus also takes its other frame sizes).
    /// - Returns: bytes written. Opus with `dtx` returns 2 or less for a packet that need not be sent.
    package func encode(
        _ frame: UnsafeBufferPointer<Int16>, into output: UnsafeMutableRawBufferPointer
    ) throws(AudioCodecError) -> Int {
        switch engine {
        case .opus(let opus): try unsafe opus.encode(frame, into: output)
        case .g722(let g722): try unsafe g722.encode(frame, into: output)
        case .g711(let g711): try unsafe g711.encode(frame, into: output)
        }
    }

    /// Encodes with `limit` where the parameters ask for a higher complexity, until ``apply(_:)``. Opus only.
    func limitComplexity(to limit: Int) {
        if case .opus(let opus) = engine { opus.setComplexity(min(parameters.complexity, limit)) }
    }

    /// While true, every packet decodes without the packets before it (`OPUS_SET_PREDICTION_DISABLED`). Opus only.
    package func setPredictionDisabled(_ disabled: Bool) {
        if case .opus(let opus) = engine { opus.setPredictionDisabled(disabled) }
    }

    /// Becomes the exact continuation of `other`: a decoder of its stream notices no change of encoder.
    /// - Precondition: both have the same codec.
    package func copyState(from other: AudioEncoder) {
        switch (engine, other.engine) {
        case (.opus(let mine), .opus(let theirs)): mine.copyState(from: theirs)
        case (.g722(let mine), .g722(let theirs)): mine.copyState(from: theirs)
        case (.g711, .g711): break
        default: preconditionFailure("encoder of \(parameters.codec) cannot continue \(other.parameters.codec)")
        }
        parameters = other.parameters
    }

    /// Whether a decoder of `other`'s stream reads this one's next packet as well. Opus has packets without prediction for that.
    package func isInStep(with other: AudioEncoder) -> Bool {
        switch (engine, other.engine) {
        case (.g722(let mine), .g722(let theirs)): mine.isInStep(with: theirs)
        case (.g711, .g711): true
        default: false
        }
    }

    /// Samples by which a decoder's output lags this encoder's input, at the codec's rate.
    package var lookahead: Int {
        switch engine {
        case .opus(let opus): opus.lookahead
        case .g722: 22
        case .g711: 0
        }
    }

    /// Forgets the stream.
    package func reset() {
        switch engine {
        case .opus(let opus): opus.reset()
        case .g722(let g722): g722.reset()
        case .g711: break
        }
    }
}
