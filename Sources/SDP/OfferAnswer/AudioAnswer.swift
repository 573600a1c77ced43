// SPDX-License-Identifier: GPL-3.0-or-later

/// An audio line of an offer answered (RFC 3264 §6.1): the line to write, and what media is to do.
struct AudioAnswer {
    let media: MediaDescription
    let negotiated: NegotiatedAudio
    let address: String

    /// - Parameters:
    ///   - direction: what we want, before the offer limits it.
    ///   - current: the codec in use, which a new offer does not change needlessly.
    init(
        to offered: MediaDescription, at index: Int, in offer: SessionDescription, capabilities: AudioCapabilities,
        local: LocalMedia, direction wanted: MediaDirection, current: AudioCodecDescription?
    ) throws(MediaRefusal) {
        let remote = try RemoteAudio(offered, in: offer, capabilities: capabilities)
        guard let address = local.address(for: remote.family) else { throw .addressFamily }
        let formats = offered.audioFormats()
        let common = Self.common(formats, capabilities: capabilities, current: current)
        guard let send = common.first else { throw .noCommonFormat }
        let events = RemoteAudio.events(in: formats, capabilities: capabilities)
        let answered = capabilities.answerFormats == .chosenCodec ? [send] : common
        let answeredEvents = Self.events(for: answered, among: events)
        let direction = remote.direction.reversed.intersection(wanted)
        let rtcpMux = offered.rtcpMux && capabilities.rtcpMux != .never && RemoteAudio.allowsMux(common + events)

        var negotiated = remote.negotiated(
            at: index, direction: direction, send: send, receive: common + events,
            sendEvent: RemoteAudio.event(for: send.codec.clockRate, among: events), rtcpMux: rtcpMux,
            remoteHolds: !remote.direction.receives, capabilities: capabilities)
        negotiated.clientToMixerLevel = remote.agreed(
            HeaderExtensionMap.clientToMixerLevel, ours: capabilities.clientToMixerLevel, stream: direction)
        negotiated.mixerToClientLevel = remote.agreed(
            HeaderExtensionMap.mixerToClientLevel, ours: capabilities.mixerToClientLevel, stream: direction)
        negotiated.feedback = remote.agreedFeedback(
            capabilities, payloadTypes: Set((answered + answeredEvents).map(\.payloadType)))

        var media = MediaDescription(kind: .audio, port: local.rtpPort, profile: offered.profile, formats: [])
        for format in answered {
            // Parameters are each side's own (RFC 7587 §7.1): ours are written, the peer's are obeyed.
            let own = capabilities.own(format.codec) ?? format.codec
            media.append(AudioFormat(payloadType: format.payloadType, codec: own))
        }
        for event in answeredEvents {
            let own = AudioCodecDescription.telephoneEvent(clockRate: event.codec.clockRate)
            media.append(AudioFormat(payloadType: event.payloadType, codec: own))
        }
        media.append("ptime", "\(negotiated.ptime)")
        media.append("maxptime", "\(capabilities.maxptime)")
        media.direction = direction
        if let mid = offered.mid { media.append("mid", mid) }
        if negotiated.rtcpReducedSize { media.append("rtcp-rsize") }
        for feedback in negotiated.feedback { media.append("rtcp-fb", feedback.value) }
        media.append(negotiated.clientToMixerLevel, uri: HeaderExtensionMap.clientToMixerLevel, stream: direction)
        media.append(negotiated.mixerToClientLevel, uri: HeaderExtensionMap.mixerToClientLevel, stream: direction)
        local.describe(in: &media, rtcpMux: rtcpMux)
        self.media = media
        self.negotiated = negotiated
        self.address = address
    }

    /// The codecs of the offer that we have, the one to use first.
    private static func common(
        _ formats: [AudioFormat], capabilities: AudioCapabilities, current: AudioCodecDescription?
    ) -> [AudioFormat] {
        switch capabilities.codecOrder {
        case .offerers:
            return formats.filter { capabilities.own($0.codec) != nil }
        case .ours:
            let ordered = capabilities.codecs.flatMap { own in formats.filter { own.isSameCodec(as: $0.codec) } }
            guard let current, let kept = ordered.first(where: { $0.codec.isSameCodec(as: current) }) else {
                return ordered
            }
            return [kept] + ordered.filter { $0.payloadType != kept.payloadType }
        }
    }

    /// The events on the clocks of the codecs answered, else the fallback of the first.
    private static func events(for codecs: [AudioFormat], among events: [AudioFormat]) -> [AudioFormat] {
        var chosen: [AudioFormat] = []
        for codec in codecs {
            guard let event = events.first(where: { $0.codec.clockRate == codec.codec.clockRate }) else { continue }
            if !chosen.contains(event) { chosen.append(event) }
        }
        guard chosen.isEmpty, let first = codecs.first else { return chosen }
        return RemoteAudio.event(for: first.codec.clockRate, among: events).map { [$0] } ?? []
    }
}

extension MediaDescription {
    /// Writes a header extension, with a direction only where it differs from the stream's.
    mutating func append(_ agreed: NegotiatedExtension?, uri: String, stream: MediaDirection) {
        guard let agreed else { return }
        let map = HeaderExtensionMap(
            id: Int(agreed.id), direction: agreed.direction == stream ? nil : agreed.direction, uri: uri,
            attributes: agreed.attributes)
        append("extmap", map.value)
    }
}
