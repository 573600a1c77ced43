// SPDX-License-Identifier: GPL-3.0-or-later

/// How much an offer within a session brings up again.
package enum OfferScope: Hashable, Sendable {
    /// The codecs and extensions in use: hold, resume, a change of address.
    case current
    /// All we have.
    case full
}

/// An audio line of an offer of ours (RFC 3264 §5.1, §8.3).
enum AudioOffer {
    /// - Parameters:
    ///   - line: the position's past; nil for a new line.
    ///   - current: the stream as agreed; nil where there is none.
    static func media(
        line: MediaLine?, current: NegotiatedAudio?, scope: OfferScope, capabilities: AudioCapabilities,
        local: LocalMedia, direction: MediaDirection
    ) -> MediaDescription {
        let profile = current?.profile ?? capabilities.offeredProfile
        var media = MediaDescription(kind: .audio, port: local.rtpPort, profile: profile, formats: [])
        // nil where everything is on offer.
        let kept = scope == .current && line?.local.port != 0 ? line : nil
        let formats = formats(line: line, kept: kept, capabilities: capabilities)
        for format in formats { media.append(format) }
        media.append("ptime", "\(kept?.local.ptime ?? capabilities.ptime)")
        media.append("maxptime", "\(capabilities.maxptime)")
        media.direction = direction
        if let mid = line?.mid { media.append("mid", mid) }
        if current?.rtcpReducedSize == true || (current == nil && capabilities.rtcpReducedSize) {
            media.append("rtcp-rsize")
        }
        let allFeedback = capabilities.feedback.map { RTCPFeedback(kind: $0.kind, parameter: $0.parameter) }
        for feedback in kept?.local.feedback ?? allFeedback { media.append("rtcp-fb", feedback.value) }
        let wishes = [
            capabilities.clientToMixerLevel.map { ExtensionWish(HeaderExtensionMap.clientToMixerLevel, $0) },
            capabilities.mixerToClientLevel.map { ExtensionWish(HeaderExtensionMap.mixerToClientLevel, $0) },
        ].compactMap { $0 }
        media.offer(wishes, line: line, kept: kept, direction: direction)
        // Once agreed, the sharing of the port is offered again, whoever asked first: dropping it would move RTCP.
        let rtcpMux = current.map(\.rtcpMux) ?? (capabilities.rtcpMux == .offered)
        local.describe(in: &media, rtcpMux: rtcpMux && RemoteAudio.allowsMux(formats))
        return media
    }

    private static func formats(
        line: MediaLine?, kept: MediaLine?, capabilities: AudioCapabilities
    ) -> [AudioFormat] {
        if let last = kept?.local.audioFormats(), last.contains(where: { capabilities.own($0.codec) != nil }) {
            return last
        }
        let line = line ?? MediaLine(local: MediaDescription(kind: .audio, port: 0, profile: .avp, formats: []))
        let wanted =
            capabilities.codecs
            + capabilities.telephoneEventClocks.map { AudioCodecDescription.telephoneEvent(clockRate: $0) }
        var taken: Set<UInt8> = []
        var formats: [AudioFormat] = []
        for codec in wanted {
            guard let payloadType = line.payloadType(for: codec, avoiding: taken) else { continue }
            taken.insert(payloadType)
            formats.append(AudioFormat(payloadType: payloadType, codec: codec))
        }
        return formats
    }
}

/// The peer's answer to an audio line of ours (RFC 3264 §7).
enum AudioAnswerReading {
    static func read(
        _ answered: MediaDescription, to offered: MediaDescription, at index: Int, in answer: SessionDescription,
        capabilities: AudioCapabilities
    ) throws(MediaRefusal) -> NegotiatedAudio {
        let remote = try RemoteAudio(answered, in: answer, capabilities: capabilities)
        let ours = offered.audioFormats()
        let known = Dictionary(ours.map { ($0.payloadType, $0.codec) }, uniquingKeysWith: { first, _ in first })
        // Some peers leave the map out where the number is ours.
        let theirs = answered.audioFormats(known: known)
        let send = theirs.first { format in
            !format.codec.isTelephoneEvent && ours.contains { $0.codec.isSameCodec(as: format.codec) }
        }
        guard let send else { throw .noCommonFormat }
        let wanted = offered.direction ?? .sendrecv
        let direction = remote.direction.reversed.intersection(wanted)
        // The peer is to use our numbers, but may use those of its answer, which are ours too unless they clash.
        let foreign = theirs.filter { format in
            known[format.payloadType] == nil && ours.contains { $0.codec.isSameCodec(as: format.codec) }
        }
        let events = RemoteAudio.events(in: theirs, capabilities: capabilities)
        var negotiated = remote.negotiated(
            at: index, direction: direction, send: send, receive: ours + foreign,
            sendEvent: RemoteAudio.event(for: send.codec.clockRate, among: events),
            rtcpMux: offered.rtcpMux && answered.rtcpMux, remoteHolds: wanted.sends && !remote.direction.receives,
            capabilities: capabilities)
        let ids = Dictionary(
            offered.headerExtensions.map { ($0.uri, $0.id) }, uniquingKeysWith: { first, _ in first })
        if let id = ids[HeaderExtensionMap.clientToMixerLevel] {
            negotiated.clientToMixerLevel = remote.agreed(
                HeaderExtensionMap.clientToMixerLevel, ours: capabilities.clientToMixerLevel, stream: direction, id: id)
        }
        if let id = ids[HeaderExtensionMap.mixerToClientLevel] {
            negotiated.mixerToClientLevel = remote.agreed(
                HeaderExtensionMap.mixerToClientLevel, ours: capabilities.mixerToClientLevel, stream: direction, id: id)
        }
        negotiated.feedback = remote.agreedFeedback(capabilities, payloadTypes: Set(theirs.map(\.payloadType)))
        return negotiated
    }
}
