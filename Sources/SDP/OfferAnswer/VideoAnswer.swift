// SPDX-License-Identifier: GPL-3.0-or-later

/// A video line of an offer answered (RFC 3264 §6.1): the line to write, and what media is to do.
struct VideoAnswer {
    let media: MediaDescription
    let negotiated: NegotiatedVideo

    /// - Parameters:
    ///   - wanted: what we want, before the offer limits it.
    ///   - transport: the bundle that the line is in.
    ///   - sessionAddress: of our description's `c=`; the line gets its own where it differs.
    init?(
        to line: AcceptableVideo, capabilities: VideoCapabilities, local: LocalMedia, direction wanted: MediaDirection,
        transport: BundleTransport?, sessionAddress: String
    ) {
        guard let send = line.common.first, let address = local.address(for: line.remote.family) else { return nil }
        let remote = line.remote
        // A slot shows cameras of all members, each in its own codec.
        let answered = capabilities.answerFormats == .chosenCodec && !line.role.isSlot ? [send] : line.common
        let direction = remote.direction.reversed.intersection(wanted)
        let retransmission = line.offered.filter { $0.codec.isRetransmission }
        var negotiated = remote.negotiatedVideo(
            at: line.index, role: line.role, direction: direction, send: send, others: Array(answered.dropFirst()),
            theirs: line.offered, receive: line.common + retransmission, rtcpMux: line.rtcpMux,
            remoteHolds: !remote.direction.receives, capabilities: capabilities, transport: transport)
        negotiated.mid = remote.media.mid
        for wish in capabilities.headerExtensions {
            negotiated.extensions[wish.uri] = remote.agreed(wish.uri, ours: wish.direction, stream: direction)
        }

        let own = transport.map { local.sharing($0.local) } ?? local
        var media = MediaDescription(kind: .video, port: own.rtpPort, profile: remote.media.profile, formats: [])
        if address != sessionAddress { media.connections = [ConnectionData(address: address)] }
        media.append(bandwidthLimit: direction.receives ? capabilities.bandwidthLimit : nil)
        for format in answered {
            let codec = capabilities.own(format.codec)?.answering(format.codec, direction: direction) ?? format.codec
            media.append(VideoFormat(payloadType: format.payloadType, codec: codec))
        }
        for format in retransmission {
            // Its rtx-time is the offerer's; ours is not limited.
            guard let original = format.codec.associatedPayloadType,
                negotiated.sendRetransmissions[original] == format.payloadType
            else { continue }
            media.append(VideoFormat(payloadType: format.payloadType, codec: .retransmission(of: original)))
        }
        media.direction = direction
        if let mid = remote.media.mid { media.append("mid", mid) }
        if let content = Self.content(of: line.role, offered: remote.media) { media.append("content", content) }
        if negotiated.rtcpReducedSize { media.append("rtcp-rsize") }
        let numbers = answered.map(\.payloadType)
        for feedback in remote.media.agreedVideoFeedback(capabilities.feedback, payloadTypes: numbers) {
            media.append("rtcp-fb", feedback.value)
        }
        for wish in capabilities.headerExtensions {
            media.append(negotiated.extensions[wish.uri], uri: wish.uri, stream: direction)
        }
        media.append(own, rtcpMux: line.rtcpMux, retransmits: !negotiated.sendRetransmissions.isEmpty)
        self.media = media
        self.negotiated = negotiated
    }

    /// `a=content` says what its writer sends; nothing is said to a peer that said nothing.
    private static func content(of role: VideoRole, offered: MediaDescription) -> String? {
        switch role {
        case .slides: "slides"
        case .main: offered.content.isEmpty ? nil : "main"
        case .slot: nil
        }
    }
}
