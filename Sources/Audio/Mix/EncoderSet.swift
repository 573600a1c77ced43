// SPDX-License-Identifier: GPL-3.0-or-later

/// The encoders one stream may need: a talker's own stream serves members of different codecs in turn.
final class EncoderSet {
    private var opus: AudioEncoder?
    private var g722: AudioEncoder?
    private var pcmu: AudioEncoder?
    private var pcma: AudioEncoder?
    private let effort: EncoderEffort
    private var appliedLimit = 10

    init(effort: EncoderEffort) {
        self.effort = effort
    }

    /// Makes the encoder of `parameters`' codec unless it is there. Allocates.
    func prepare(_ parameters: EncoderParameters) throws(AudioCodecError) {
        guard encoder(for: parameters.codec) == nil else { return }
        let encoder = try AudioEncoder(parameters.withoutDTX)
        switch parameters.codec {
        case .opus: opus = encoder
        case .g722: g722 = encoder
        case .pcmu: pcmu = encoder
        case .pcma: pcma = encoder
        }
    }

    func apply(_ parameters: EncoderParameters) throws(AudioCodecError) {
        try prepare(parameters)
        try encoder(for: parameters.codec)?.apply(parameters.withoutDTX)
        if parameters.codec == .opus { appliedLimit = 10 }
    }

    /// Takes over the state of the encoder for `parameters` from `other`.
    func follow(_ other: EncoderSet, _ parameters: EncoderParameters) throws(AudioCodecError) {
        try prepare(parameters)
        guard let mine = encoder(for: parameters.codec), let theirs = other.encoder(for: parameters.codec) else {
            return
        }
        mine.copyState(from: theirs)
        if parameters.codec == .opus { appliedLimit = other.appliedLimit }
    }

    func isInStep(with other: EncoderSet, _ codec: AudioCodec) -> Bool {
        guard let mine = encoder(for: codec), let theirs = other.encoder(for: codec) else { return false }
        return mine.isInStep(with: theirs)
    }

    func encode(
        _ samples: UnsafeBufferPointer<Int16>, _ parameters: EncoderParameters, independent: Bool,
        into output: UnsafeMutableRawBufferPointer
    ) throws(AudioCodecError) -> Int {
        guard let encoder = encoder(for: parameters.codec) else { throw .setting(code: 0) }
        if parameters.codec == .opus, appliedLimit != effort.limit {
            appliedLimit = effort.limit
            encoder.limitComplexity(to: appliedLimit)
        }
        guard independent else { return try unsafe encoder.encode(samples, into: output) }
        encoder.setPredictionDisabled(true)
        defer { encoder.setPredictionDisabled(false) }
        return try unsafe encoder.encode(samples, into: output)
    }

    private func encoder(for codec: AudioCodec) -> AudioEncoder? {
        switch codec {
        case .opus: opus
        case .g722: g722
        case .pcmu: pcmu
        case .pcma: pcma
        }
    }
}
