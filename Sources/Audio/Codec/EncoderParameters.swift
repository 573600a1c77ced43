// SPDX-License-Identifier: GPL-3.0-or-later

/// Everything that decides what an encoder writes: members with equal parameters share one encode.
///
/// The initialiser rounds to what the codec can do, so that equal streams have equal keys.
package struct EncoderParameters: Hashable, Sendable {
    package let codec: AudioCodec
    /// Milliseconds of audio a packet. Opus has frames of 10, 20, 40 and 60 ms; 30 and 50 become the next shorter.
    package let ptime: Int
    /// Opus: bits a second on average. Others: fixed by the codec.
    package let bitrate: Int
    /// Opus in-band forward error correction (RFC 7587 §3.3).
    package let fec: Bool
    /// Percentage of packets the encoder expects the network to lose.
    package let expectedLoss: Int
    /// Whether the stream may pause in silence (RFC 7587 §3.1.3); false keeps packets flowing.
    package let dtx: Bool
    /// Opus: 0 (cheap) to 10 (best).
    package let complexity: Int
    /// Opus: the highest sample rate in Hz the receiver plays (`maxplaybackrate`, RFC 7587 §6.1).
    package let maxPlaybackRate: Int

    package init(
        codec: AudioCodec, ptime: Int = 20, bitrate: Int? = nil, fec: Bool = false, expectedLoss: Int = 0,
        dtx: Bool = false, complexity: Int = 5, maxPlaybackRate: Int = 48000
    ) {
        self.codec = codec
        let whole = min(60, max(10, ptime / 10 * 10))
        switch codec {
        case .opus:
            self.ptime = whole == 30 ? 20 : whole == 50 ? 40 : whole
            self.bitrate = min(128_000, max(6000, bitrate ?? 32000))
            self.fec = fec
            self.expectedLoss = min(100, max(0, expectedLoss))
            self.dtx = dtx
            self.complexity = min(10, max(0, complexity))
            self.maxPlaybackRate = Self.opusBandwidths.first { maxPlaybackRate <= $0 } ?? 48000
        case .g722, .pcmu, .pcma:
            self.ptime = whole
            self.bitrate = 64000
            self.fec = false
            self.expectedLoss = 0
            self.dtx = dtx
            self.complexity = 0
            self.maxPlaybackRate = codec.sampleRate
        }
    }

    /// Samples of PCM a packet, at ``AudioCodec/sampleRate``.
    package var samplesPerPacket: Int { codec.sampleRate / 1000 * ptime }

    /// RTP timestamp ticks a packet.
    package var ticksPerPacket: Int { codec.rtpClockRate / 1000 * ptime }

    private static let opusBandwidths = [8000, 12000, 16000, 24000, 48000]

    /// Bits a second below which Opus has none to spare for redundancy.
    static let leastRedundantBitrate = 18_000

    /// These parameters for a receiver that loses `loss` of its packets: other codecs than Opus cannot adapt. Heavy loss, which mostly is a
    /// full line, takes a quarter of the bits.
    package func adapted(to loss: LossBucket) -> EncoderParameters {
        let spared = loss == .heavy ? min(bitrate, max(Self.leastRedundantBitrate, bitrate * 3 / 4)) : bitrate
        return EncoderParameters(
            codec: codec, ptime: ptime, bitrate: spared, fec: loss != .none, expectedLoss: loss.rawValue, dtx: dtx,
            complexity: complexity, maxPlaybackRate: maxPlaybackRate)
    }
}

/// Packet loss in three steps, so that adapting to it splits a room into a handful of encodes and no more.
package enum LossBucket: Int, Hashable, Sendable, CaseIterable {
    case none = 0
    case light = 5
    case heavy = 15

    /// The bucket for a leg now in `self` that reports `fraction` (0...1) of its packets lost.
    ///
    /// A leg climbs at 2 and 9 percent and comes down at 1 and 6, so that it does not hop between classes.
    package func next(fractionLost fraction: Double) -> LossBucket {
        let percent = fraction * 100
        switch self {
        case .none: return percent >= 9 ? .heavy : percent >= 2 ? .light : .none
        case .light: return percent >= 9 ? .heavy : percent < 1 ? .none : .light
        case .heavy: return percent < 1 ? .none : percent < 6 ? .light : .heavy
        }
    }
}
