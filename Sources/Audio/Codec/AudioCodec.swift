// SPDX-License-Identifier: GPL-3.0-or-later

/// The audio codecs of the bridge.
package enum AudioCodec: String, Hashable, Sendable, CaseIterable {
    /// RFC 7587. Mono here, whatever the `/2` of its `rtpmap` says.
    case opus
    /// RFC 3551 §4.5.2, 64 kbit/s.
    case g722
    /// RFC 3551 §4.5.14, mu-law.
    case pcmu
    /// RFC 3551 §4.5.14, A-law.
    case pcma

    /// Samples a second of the PCM that goes into the encoder and comes out of the decoder.
    package var sampleRate: Int {
        switch self {
        case .opus: 48000
        case .g722: 16000
        case .pcmu, .pcma: 8000
        }
    }

    /// RTP timestamp ticks a second. For G.722 this is 8000 although it samples at 16 kHz (RFC 3551 §4.5.2).
    package var rtpClockRate: Int {
        switch self {
        case .opus: 48000
        case .g722, .pcmu, .pcma: 8000
        }
    }

    /// Whether a payload decodes to the same samples whatever came before it.
    package var isMemoryless: Bool {
        switch self {
        case .opus, .g722: false
        case .pcmu, .pcma: true
        }
    }
}

/// What can go wrong in a codec or resampler.
package enum AudioCodecError: Error, Hashable, Sendable {
    /// The codec cannot run at this many samples a second.
    case sampleRate(Int)
    /// The library could not allocate its state.
    case outOfMemory(AudioCodec)
    /// The payload is not one of this codec; carries its length in bytes and the library's code (0: none).
    case malformedPayload(bytes: Int, code: Int32)
    /// The output buffer holds fewer samples or bytes than the result needs.
    case outputTooSmall(capacity: Int)
    /// An encoder was given a frame that is no packet of its parameters.
    case frameLength(samples: Int)
    /// A setting was refused by the library.
    case setting(code: Int32)
}
