// SPDX-License-Identifier: GPL-3.0-or-later

/// The payload type and clock (Hz) of RFC 4733 events.
package struct TelephoneEventFormat: Hashable, Sendable {
    package var payloadType: UInt8
    package var clockRate: Int

    package init(payloadType: UInt8, clockRate: Int) {
        self.payloadType = payloadType
        self.clockRate = clockRate
    }
}

/// A header extension in use.
package struct NegotiatedExtension: Hashable, Sendable {
    /// 1 to 14.
    package var id: UInt8
    /// Ours.
    package var direction: MediaDirection
    /// As offered, for example `vad=on`; the flag of RFC 6464 is in use unless this says `vad=off`.
    package var attributes: String?

    package init(id: UInt8, direction: MediaDirection, attributes: String? = nil) {
        self.id = id
        self.direction = direction
        self.attributes = attributes
    }
}

/// All that media needs to know of an agreed audio stream. "Ours" is this end, "peer" the other.
package struct NegotiatedAudio: Hashable, Sendable {
    /// Position of the `m=` line, from 0.
    package var mediaIndex: Int
    /// What we send, with the peer's parameters.
    package var codec: AudioCodecDescription
    package var sendPayloadType: UInt8
    /// What may arrive. Wider than what was answered: some peers send any codec of their own offer.
    package var receivePayloadTypes: [UInt8: AudioCodecDescription]
    /// DTMF that may arrive: payload type to clock (Hz).
    package var telephoneEvents: [UInt8: Int]
    package var sendTelephoneEvent: TelephoneEventFormat?
    /// Length of the packets to send, in ms.
    package var ptime: Int
    /// The peer's maximum, in ms.
    package var maxptime: Int?
    /// Unspecified (`0.0.0.0`, `::`) while the peer holds in the manner of RFC 2543: then nothing is sent.
    package var remoteRTP: MediaAddress
    package var remoteRTCP: MediaAddress
    package var rtcpMux: Bool
    package var rtcpReducedSize: Bool
    package var profile: MediaProfile
    /// Ours, after both sides' holds.
    package var direction: MediaDirection
    /// The peer does not want to hear us: sendonly, inactive, or an unspecified address. What it sends may be hold music.
    package var remoteHolds: Bool
    /// RFC 6464; its direction says who sends.
    package var clientToMixerLevel: NegotiatedExtension?
    /// RFC 6465.
    package var mixerToClientLevel: NegotiatedExtension?
    /// The peer's wishes; the defaults where the codec is not Opus.
    package var opus: OpusParameters
    /// Bits a second the peer wants at most (`b=`), headers included where it said `AS`.
    package var bandwidthLimit: Int?
    package var feedback: [RTCPFeedback]
    /// SSRCs the peer announced (RFC 5576); empty where it did not.
    package var remoteSSRCs: [UInt32]
    /// The peer's `a=label`.
    package var remoteLabel: String?

    /// A plain stream: two-way AVP with RTCP on the next port; the rest by assignment.
    package init(
        mediaIndex: Int = 0, codec: AudioCodecDescription, sendPayloadType: UInt8,
        receivePayloadTypes: [UInt8: AudioCodecDescription], remoteRTP: MediaAddress, remoteRTCP: MediaAddress,
        ptime: Int = 20, profile: MediaProfile = .avp, direction: MediaDirection = .sendrecv
    ) {
        self.mediaIndex = mediaIndex
        self.codec = codec
        self.sendPayloadType = sendPayloadType
        self.receivePayloadTypes = receivePayloadTypes
        self.telephoneEvents = [:]
        self.ptime = ptime
        self.remoteRTP = remoteRTP
        self.remoteRTCP = remoteRTCP
        self.rtcpMux = false
        self.rtcpReducedSize = false
        self.profile = profile
        self.direction = direction
        self.remoteHolds = false
        self.opus = OpusParameters()
        self.feedback = []
        self.remoteSSRCs = []
    }

    package var clientToMixerLevelID: UInt8? { clientToMixerLevel?.id }
    package var mixerToClientLevelID: UInt8? { mixerToClientLevel?.id }

    /// RTP may go out.
    package var sendsMedia: Bool { direction.sends && !remoteRTP.isUnspecified }
    /// RTCP may go out: on hold as well, but not to an unspecified address (RFC 3264 §5.1, §8.4).
    package var sendsRTCP: Bool { !remoteRTCP.isUnspecified }
}
