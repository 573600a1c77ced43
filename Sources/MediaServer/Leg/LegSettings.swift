// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
package import RTP
package import SDP

/// How one audio leg sends and receives, as offer and answer agreed on it: plain values for the packet path.
package struct LegSettings: Hashable, Sendable {
    /// What may arrive, by payload type.
    package var receiveCodecs: [UInt8: AudioCodec]
    /// DTMF that may arrive: payload type to clock (Hz).
    package var receiveEvents: [UInt8: Int]
    package var sendPayloadType: UInt8
    /// What this leg is sent; legs with equal parameters share one encode.
    package var encoder: EncoderParameters
    /// DTMF that may be sent.
    package var sendEventPayloadType: UInt8?
    /// Clock of the events sent, Hz.
    package var sendEventClockRate: Int
    /// Keys are listened for in the audio: there is no other way for them.
    package var hearsKeyTones: Bool
    package var remoteMedia: SocketAddress
    package var remoteControl: SocketAddress
    /// Where the peer's signalling comes from, for its latch; nil where that says nothing of its media.
    package var signallingHost: SocketAddress?
    /// RTCP shares the RTP port (RFC 5761).
    package var multiplexed: Bool
    /// RTP may go out.
    package var sends: Bool
    /// RTCP may go out; also while held (RFC 3264 §5.1).
    package var sendsReports: Bool
    /// Media is expected to come in: silence for too long ends the leg.
    package var receives: Bool
    /// The peer holds: what it sends (hold music) stays out of the room.
    package var remoteHolds: Bool
    /// The leg neither hears nor is heard, but for what is played to it alone.
    package var isApart = false
    /// Header extension that carries the sender's level (RFC 6464), and who of us reads it.
    package var senderLevelID: UInt8?
    /// Header extension that carries the levels of a mix (RFC 6465).
    package var mixLevelID: UInt8?

    /// What `audio` means to the packet path; nil where the peer's address is a name: only numbers get there.
    package init?(_ audio: NegotiatedAudio, _ preferences: LegPreferences) {
        guard let codec = AudioCodec(audio.codec),
            let media = SocketAddress(host: audio.remoteRTP.host, port: audio.remoteRTP.port)
        else { return nil }
        let control = SocketAddress(host: audio.remoteRTCP.host, port: audio.remoteRTCP.port)
        receiveCodecs = audio.receivePayloadTypes.compactMapValues { AudioCodec($0) }
        receiveEvents = audio.telephoneEvents
        sendPayloadType = audio.sendPayloadType
        let wish = preferences.opusBitrate
        let bitrate = min(wish, audio.opus.maxaveragebitrate ?? wish, audio.bandwidthLimit ?? wish)
        encoder = EncoderParameters(
            codec: codec, ptime: audio.ptime, bitrate: bitrate < wish ? Self.rounded(bitrate) : wish, fec: false,
            dtx: preferences.discontinuous && audio.opus.usedtx, complexity: preferences.complexity,
            maxPlaybackRate: audio.opus.maxplaybackrate)
        adaptsToLoss = preferences.redundancy && audio.opus.useinbandfec
        sendEventPayloadType = audio.sendTelephoneEvent?.payloadType
        sendEventClockRate = audio.sendTelephoneEvent?.clockRate ?? 8000
        hearsKeyTones = preferences.keyTones && audio.sendTelephoneEvent == nil
        remoteMedia = media
        remoteControl = control ?? media.with(port: media.port &+ 1)
        multiplexed = audio.rtcpMux
        sends = audio.sendsMedia
        sendsReports = preferences.reports && audio.sendsRTCP
        receives = audio.direction.receives
        remoteHolds = audio.remoteHolds
        senderLevelID = audio.clientToMixerLevelID
        mixLevelID = audio.mixerToClientLevelID
    }

    /// Whether Opus redundancy follows the loss that the leg's receiver reports.
    package var adaptsToLoss: Bool

    /// Bitrates in steps, so that callers with odd limits share encodes.
    private static func rounded(_ bitrate: Int) -> Int {
        [128_000, 96_000, 64_000, 48_000, 32_000, 24_000, 16_000, 12_000, 8000].first { $0 <= bitrate } ?? 6000
    }

    /// The same leg with media stopped both ways: its audio was switched off.
    package var stopped: LegSettings {
        var settings = self
        settings.sends = false
        settings.sendsReports = false
        settings.receives = false
        settings.remoteHolds = true
        return settings
    }

    /// Payload types that prove that a packet belongs to this leg.
    package var acceptedPayloadTypes: PayloadTypeSet {
        PayloadTypeSet(Array(receiveCodecs.keys) + Array(receiveEvents.keys))
    }
}

/// What our side wishes for the legs it sends on.
package struct LegPreferences: Hashable, Sendable {
    /// Bits a second, where the peer asks for nothing lower.
    package var opusBitrate: Int
    /// Opus, 0 (cheapest) to 10.
    package var complexity: Int
    /// Opus in-band FEC against reported loss, where the peer takes it.
    package var redundancy: Bool
    /// Whether streams pause in silence, where the peer asks for that.
    package var discontinuous: Bool
    /// Whether RTCP is sent at all.
    package var reports: Bool
    /// Whether keys are listened for in the audio of telephones that agreed to no telephone events.
    package var keyTones: Bool

    package init(
        opusBitrate: Int = 32_000, complexity: Int = 5, redundancy: Bool = true, discontinuous: Bool = true,
        reports: Bool = true, keyTones: Bool = false
    ) {
        self.opusBitrate = opusBitrate
        self.complexity = complexity
        self.redundancy = redundancy
        self.discontinuous = discontinuous
        self.reports = reports
        self.keyTones = keyTones
    }
}

extension AudioCodec {
    /// The codec of an SDP format; nil for one that is not ours.
    package init?(_ description: AudioCodecDescription) {
        switch description.encodingName {
        case "opus": self = .opus
        case "g722": self = .g722
        case "pcmu": self = .pcmu
        case "pcma": self = .pcma
        default: return nil
        }
    }
}
