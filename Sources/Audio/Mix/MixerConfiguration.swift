// SPDX-License-Identifier: GPL-3.0-or-later

/// What a stream carries while there is nothing to hear.
package enum SilencePolicy: Hashable, Sendable {
    /// A packet of silence each ptime, encoded once and repeated (G.722: encoded at 9 µs each): for receivers that take a pause for a dead call.
    case continuous
    /// Nothing, but a packet of silence every so many milliseconds (RFC 7587 §3.1.3 suggests 400).
    case paused(keepAlive: Int)
}

/// How a room mixes. A value; to be changed only by making another mixer.
package struct MixerConfiguration: Hashable, Sendable {
    /// How many are heard at once.
    package var maximumTalkers = 3
    /// Members the room is laid out for.
    package var maximumMembers = 4096
    /// For parameters with ``EncoderParameters/dtx``.
    package var discontinuousSilence = SilencePolicy.paused(keepAlive: 400)
    /// For parameters without.
    package var continuousSilence = SilencePolicy.continuous
    /// Two soft notes when a member joins or leaves.
    package var chimes = true
    /// No chimes while the room has more members than this: a large room would ring without end.
    package var chimeLimit = 20
    /// A quiet pattern for a member who is alone.
    package var lonePattern = true
    /// Milliseconds alone before the pattern begins.
    package var loneDelay = 1500

    package init() {}

    /// The policy for a stream of `parameters`.
    package func silencePolicy(for parameters: EncoderParameters) -> SilencePolicy {
        parameters.dtx ? discontinuousSilence : continuousSilence
    }
}

/// Why the mixer refused.
package enum MixerError: Error, Hashable, Sendable {
    /// ``MixerConfiguration/maximumMembers`` are in the room.
    case full
    /// A codec or resampler could not be made.
    case codec(AudioCodecError)
}

/// What the mixer has done since it was made.
package struct MixerCounters: Hashable, Sendable {
    package var ticks = 0
    /// Those of them that were left out for want of time.
    package var skippedTicks = 0
    /// Packets encoded from audio.
    package var encodes = 0
    /// Packets of silence encoded: to let codecs ring out after the last talker, and all silence of G.722.
    package var tailEncodes = 0
    /// Packets an encoder refused to make; none are expected.
    package var failedEncodes = 0
    /// Packets of silence handed out, once for each member.
    package var silencePackets = 0
    /// Packets handed out, once for each member.
    package var packets = 0
    /// Talkers, summed over ticks.
    package var talkerTicks = 0
    /// Samples at room rate whose gain the limiter lowered.
    package var limitedSamples = 0
    /// Moves of a member between the shared stream and one of its own.
    package var switches = 0
    /// Frames a talker owed and did not bring.
    package var missingFrames = 0
    package var rateChanges = 0
    /// Times something had to be allocated within a tick; none after warm-up.
    package var growths = 0

    package init() {}
}
