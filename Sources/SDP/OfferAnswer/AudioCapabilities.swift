// SPDX-License-Identifier: GPL-3.0-or-later

/// What one of our ends can do with audio. A plain value: the same one serves every session of a process.
package struct AudioCapabilities: Hashable, Sendable {
    package enum CodecOrder: Hashable, Sendable {
        /// The first of `codecs` that the peer offers; a codec in use stays while it is offered.
        case ours
        /// The first codec of the offer that we have (RFC 3264 §6.1 SHOULD).
        case offerers
    }

    package enum AnswerFormats: Hashable, Sendable {
        /// One codec: some peers answer a list with a re-INVITE that locks one of them (RFC 3264 §10.2).
        case chosenCodec
        /// Every codec both have: the peer may change among them without signalling.
        case allCommon
    }

    package enum Multiplexing: Hashable, Sendable {
        case never
        /// When the peer offers it; our own offers do not ask.
        case whenOffered
        case offered
    }

    /// In order of preference, each with the parameters we ask for.
    package var codecs: [AudioCodecDescription]
    package var codecOrder: CodecOrder
    package var answerFormats: AnswerFormats
    /// DTMF as RFC 4733 on the clocks of the codecs.
    package var telephoneEvent: Bool
    /// The packet time we ask for where the peer has no wish, in ms.
    package var ptime: Int
    /// The packet times we can send, in ms, ascending.
    package var sendPacketTimes: [Int]
    /// The longest packet we take, in ms.
    package var maxptime: Int
    /// Our part in RFC 6464 levels: a mixer receives, a client sends; nil is off.
    package var clientToMixerLevel: MediaDirection?
    /// Our part in RFC 6465 levels: a mixer sends, a client receives; nil is off.
    package var mixerToClientLevel: MediaDirection?
    package var rtcpMux: Multiplexing
    /// RFC 5506, when the peer offers it.
    package var rtcpReducedSize: Bool
    /// Feedback we understand for audio; payload types here are not looked at.
    package var feedback: [RTCPFeedback]
    /// Profiles taken from an offer. SRTP goes in here when its keys are negotiated (RFC 4568, RFC 5763): until then an answer
    /// to SAVP would promise what nobody keeps.
    package var profiles: Set<MediaProfile>
    package var offeredProfile: MediaProfile
    /// What we want when nobody holds.
    package var direction: MediaDirection

    package init(
        codecs: [AudioCodecDescription] = [.opus, .g722, .pcma, .pcmu], codecOrder: CodecOrder = .ours,
        answerFormats: AnswerFormats = .chosenCodec, telephoneEvent: Bool = true, ptime: Int = 20,
        sendPacketTimes: [Int] = [10, 20, 30, 40, 50, 60], maxptime: Int = 60,
        clientToMixerLevel: MediaDirection? = nil, mixerToClientLevel: MediaDirection? = nil,
        rtcpMux: Multiplexing = .whenOffered, rtcpReducedSize: Bool = false, feedback: [RTCPFeedback] = [],
        profiles: Set<MediaProfile> = [.avp, .avpf], offeredProfile: MediaProfile = .avp,
        direction: MediaDirection = .sendrecv
    ) {
        self.codecs = codecs
        self.codecOrder = codecOrder
        self.answerFormats = answerFormats
        self.telephoneEvent = telephoneEvent
        self.ptime = ptime
        self.sendPacketTimes = sendPacketTimes
        self.maxptime = maxptime
        self.clientToMixerLevel = clientToMixerLevel
        self.mixerToClientLevel = mixerToClientLevel
        self.rtcpMux = rtcpMux
        self.rtcpReducedSize = rtcpReducedSize
        self.feedback = feedback
        self.profiles = profiles
        self.offeredProfile = offeredProfile
        self.direction = direction
    }

    /// A mixer: hears levels, tells who is in the mix.
    package static let focus = AudioCapabilities(clientToMixerLevel: .recvonly, mixerToClientLevel: .sendonly)
    /// A client: tells its level, hears who is in the mix.
    package static let userAgent = AudioCapabilities(
        clientToMixerLevel: .sendonly, mixerToClientLevel: .recvonly, rtcpMux: .offered)

    /// Our entry for a codec of the peer.
    func own(_ codec: AudioCodecDescription) -> AudioCodecDescription? {
        codecs.first { $0.isSameCodec(as: codec) }
    }

    /// The packet time to send, in ms: the peer's wish, or ours, rounded down to what we and the codec can do, and never over
    /// the peer's maximum unless even our shortest is.
    package func packetTime(requested: Int?, maximum: Int?, codec: AudioCodecDescription) -> Int {
        // libopus makes frames of these lengths only; 30 and 50 ms would be several frames in a packet.
        let opusFrames: Set<Int> = [10, 20, 40, 60]
        let possible = sendPacketTimes.filter { codec.encodingName != "opus" || opusFrames.contains($0) }
        let ceiling = min(requested ?? ptime, maximum ?? .max)
        return possible.last { $0 <= ceiling } ?? possible.first ?? ptime
    }

    /// The clocks DTMF can run on, those of the codecs, in the order of the codecs.
    var telephoneEventClocks: [Int] {
        guard telephoneEvent else { return [] }
        var clocks: [Int] = []
        for codec in codecs where !clocks.contains(codec.clockRate) { clocks.append(codec.clockRate) }
        return clocks
    }
}
