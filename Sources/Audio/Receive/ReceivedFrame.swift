// SPDX-License-Identifier: GPL-3.0-or-later

package import RTP

/// What one leg gives to one tick: exactly 20 ms of mono PCM.
@safe package struct ReceivedFrame {
    package enum Kind: Hashable, Sendable {
        /// Decoded, wholly or for the most part.
        case audio
        /// Made up, at least in part, because packets are missing.
        case concealed
        /// Digital silence: nobody talks, nothing came, or the leg is not decoded.
        case silence
    }

    /// 20 ms at ``sampleRate``, in the receiver's own memory: valid until its next tick. For `.silence` all zero.
    package let samples: UnsafeBufferPointer<Int16>
    /// Samples a second: that of the codec now received.
    package let sampleRate: Int
    package let kind: Kind
    /// Measured where the leg is decoded in full, else as the sender or the scout says.
    package let level: AudioLevel
    /// Somebody talks here, or did within the last half second.
    package let isActive: Bool
}

/// Counters of one receiver since it was made, with the present state of its playout.
package struct ReceiveStatistics: Sendable {
    /// Milliseconds of audio made up for missing packets while the leg was decoded in full.
    package internal(set) var concealedMilliseconds = 0
    /// Lost packets restored from the redundancy in the next one (RFC 7587 §3.3).
    package internal(set) var fecRecovered = 0
    /// Packets decoded in full, for their audio.
    package internal(set) var fullDecodes = 0
    /// Packets decoded at 8 kHz, to hear whether somebody talks.
    package internal(set) var scoutDecodes = 0
    /// Packets decoded once more, so that the full decoder knows what came before an onset.
    package internal(set) var warmUpDecodes = 0
    /// Packets passed over undecoded.
    package internal(set) var undecoded = 0
    /// Packets that the codec refused.
    package internal(set) var malformedPayloads = 0
    /// Packets of a payload type that was not negotiated.
    package internal(set) var unknownPayloadTypes = 0
    /// The sender's RFC 6464 levels were found untrue and are ignored.
    package internal(set) var levelsDistrusted = false
    /// What became of the packets: duplicates, late, lost and so on.
    package internal(set) var jitterBuffer = JitterBufferStatistics()
    /// Milliseconds that the playout runs behind the fastest recent packet.
    package internal(set) var delayMilliseconds = 0.0
    /// Milliseconds that it should.
    package internal(set) var targetMilliseconds = 0.0
    /// Parts per million that the sender's clock runs fast, as fitted.
    package internal(set) var driftPartsPerMillion = 0.0
}
