// SPDX-License-Identifier: GPL-3.0-or-later

/// A leg's decoders, each made when its codec is first expected or seen.
struct DecoderSet {
    private var opus: AudioDecoder?
    private var g722: AudioDecoder?
    private var pcmu: AudioDecoder?
    private var pcma: AudioDecoder?
    /// An Opus decoder at 8 kHz, to hear whether somebody talks.
    private(set) var scout: AudioDecoder?

    mutating func prepare(_ codec: AudioCodec) throws(AudioCodecError) {
        guard decoder(codec) == nil else { return }
        let decoder = try AudioDecoder(codec)
        switch codec {
        case .opus:
            opus = decoder
            scout = try AudioDecoder(.opus, sampleRate: 8000)
        case .g722: g722 = decoder
        case .pcmu: pcmu = decoder
        case .pcma: pcma = decoder
        }
    }

    func decoder(_ codec: AudioCodec) -> AudioDecoder? {
        switch codec {
        case .opus: opus
        case .g722: g722
        case .pcmu: pcmu
        case .pcma: pcma
        }
    }
}
