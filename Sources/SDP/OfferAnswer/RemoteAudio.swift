// SPDX-License-Identifier: GPL-3.0-or-later

/// The peer's side of an audio line, offer or answer alike.
struct RemoteAudio {
    private let remote: RemoteMedia
    var media: MediaDescription { remote.media }
    var family: AddressFamily { remote.family }
    var direction: MediaDirection { remote.direction }

    init(_ media: MediaDescription, in session: SessionDescription, capabilities: AudioCapabilities)
        throws(MediaRefusal)
    {
        remote = try RemoteMedia(media, in: session, profiles: capabilities.profiles)
    }

    /// The extension as both can use it; nil where either cannot. `id` holds it to the number that was offered.
    func agreed(
        _ uri: String, ours: MediaDirection?, stream: MediaDirection, id: Int? = nil
    ) -> NegotiatedExtension? {
        remote.agreed(uri, ours: ours, stream: stream, id: id)
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
            receivePayloadTypes: Self.dictionary(receive.filter { !$0.codec.isTelephoneEvent }), remoteRTP: remote.rtp,
            remoteRTCP: rtcpMux ? remote.rtp : remote.rtcp,
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
        negotiated.bandwidthLimit = remote.bandwidthLimit
        negotiated.remoteSSRCs = remote.ssrcs
        negotiated.remoteLabel = media.label
        return negotiated
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

    static func allowsMux(_ formats: [AudioFormat]) -> Bool {
        RemoteMedia.allowsMux(formats.lazy.map(\.payloadType))
    }
}
