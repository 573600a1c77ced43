// SPDX-License-Identifier: GPL-3.0-or-later

/// The peer's side of an audio line, offer or answer alike, with what it inherits from its session.
struct RemoteAudio {
    let media: MediaDescription
    let family: AddressFamily
    let rtp: MediaAddress
    private let rtcp: MediaAddress
    /// The peer's, without receiving where its address is unspecified (RFC 3264 §8.4).
    let direction: MediaDirection
    private let extensions: [HeaderExtensionMap]
    private let bandwidthLimit: Int?

    init(_ media: MediaDescription, in session: SessionDescription, capabilities: AudioCapabilities)
        throws(MediaRefusal)
    {
        guard media.port != 0 else { throw .disabledByPeer }
        guard capabilities.profiles.contains(media.profile) else { throw .profile(media.profile) }
        guard let connection = session.connection(for: media) else { throw .noAddress }
        guard let family = connection.family else { throw .addressFamily }
        guard !connection.isMulticast else { throw .multicast }
        self.media = media
        self.family = family
        rtp = MediaAddress(host: connection.address, port: media.port)
        if let attribute = media.rtcp {
            rtcp = MediaAddress(host: attribute.connection?.address ?? rtp.host, port: attribute.port)
        } else {
            rtcp = MediaAddress(host: rtp.host, port: min(media.port + 1, 65_535))
        }
        let stated = session.direction(for: media)
        direction = connection.isUnspecified ? stated.held : stated
        extensions = session.headerExtensions(for: media)
        bandwidthLimit = session.bandwidthLimit(for: media)
    }

    /// The extension as both can use it; nil where either cannot. `id` holds it to the number that was offered.
    func agreed(
        _ uri: String, ours: MediaDirection?, stream: MediaDirection, id: Int? = nil
    ) -> NegotiatedExtension? {
        guard let ours else { return nil }
        // Ids over 14 need two-byte headers, those from 4096 a mapping of their own (RFC 8285 §4.2, §7).
        let usable = extensions.first { $0.uri == uri && (1...14).contains($0.id) && (id == nil || $0.id == id) }
        guard let usable else { return nil }
        // Extensions of an inactive stream count as sendrecv (RFC 8285 §7).
        let inherited: MediaDirection = direction == .inactive ? .sendrecv : direction
        let limit: MediaDirection = stream == .inactive ? .sendrecv : stream
        let agreed = (usable.direction ?? inherited).reversed.intersection(ours).intersection(limit)
        guard agreed != .inactive else { return nil }
        return NegotiatedExtension(id: UInt8(usable.id), direction: agreed, attributes: usable.attributes)
    }

    /// Feedback both understand, whatever the profile: many phones write it under AVP.
    func agreedFeedback(_ capabilities: AudioCapabilities, payloadTypes: Set<UInt8>) -> [RTCPFeedback] {
        media.feedback.filter { offered in
            (offered.payloadType.map(payloadTypes.contains) ?? true)
                && capabilities.feedback.contains { $0.kind == offered.kind && $0.parameter == offered.parameter }
        }
    }

    /// Puts together what media needs. `send` is a format of the peer.
    func negotiated(
        at index: Int, direction ours: MediaDirection, send: AudioFormat, receive: [AudioFormat],
        sendEvent: AudioFormat?, rtcpMux: Bool, remoteHolds: Bool, capabilities: AudioCapabilities
    ) -> NegotiatedAudio {
        var negotiated = NegotiatedAudio(
            mediaIndex: index, codec: send.codec, sendPayloadType: send.payloadType,
            receivePayloadTypes: Self.dictionary(receive.filter { !$0.codec.isTelephoneEvent }), remoteRTP: rtp,
            remoteRTCP: rtcpMux ? rtp : rtcp,
            ptime: capabilities.packetTime(requested: media.ptime, maximum: media.maxptime, codec: send.codec),
            profile: media.profile, direction: ours)
        negotiated.telephoneEvents = Self.dictionary(receive.filter(\.codec.isTelephoneEvent)).mapValues(\.clockRate)
        negotiated.sendTelephoneEvent = sendEvent.map {
            TelephoneEventFormat(payloadType: $0.payloadType, clockRate: $0.codec.clockRate)
        }
        negotiated.maxptime = media.maxptime
        negotiated.rtcpMux = rtcpMux
        negotiated.rtcpReducedSize = capabilities.rtcpReducedSize && media.rtcpReducedSize
        negotiated.remoteHolds = remoteHolds
        if send.codec.encodingName == "opus" { negotiated.opus = OpusParameters(send.codec.fmtp) }
        negotiated.bandwidthLimit = bandwidthLimit
        negotiated.remoteSSRCs = remoteSSRCs
        negotiated.remoteLabel = media.label
        return negotiated
    }

    private var remoteSSRCs: [UInt32] {
        var found: [UInt32] = []
        for source in media.sources where !found.contains(source.ssrc) { found.append(source.ssrc) }
        return found
    }

    private static func dictionary(_ formats: [AudioFormat]) -> [UInt8: AudioCodecDescription] {
        Dictionary(formats.map { ($0.payloadType, $0.codec) }, uniquingKeysWith: { first, _ in first })
    }

    /// The events to use beside a codec: same clock, else 8000 Hz, else any clock we know (RFC 4733 §2.1 wants the same clock,
    /// but peers that list another still understand it).
    static func event(for clockRate: Int, among events: [AudioFormat]) -> AudioFormat? {
        events.first { $0.codec.clockRate == clockRate } ?? events.first { $0.codec.clockRate == 8_000 } ?? events.first
    }

    /// Events on the clocks we can do.
    static func events(in formats: [AudioFormat], capabilities: AudioCapabilities) -> [AudioFormat] {
        guard capabilities.telephoneEvent else { return [] }
        return formats.filter { $0.codec.isTelephoneEvent && [8_000, 48_000].contains($0.codec.clockRate) }
    }

    /// RTP of these types cannot share a port with RTCP (RFC 5761 §4).
    static func allowsMux(_ formats: [AudioFormat]) -> Bool {
        !formats.contains { (64...95).contains($0.payloadType) }
    }
}
