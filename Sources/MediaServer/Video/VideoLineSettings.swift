// SPDX-License-Identifier: GPL-3.0-or-later
package import RTP
package import SDP
package import Video

/// Streams that can stand for one another at a receiver: nothing is transcoded.
enum VideoClass: Int, CaseIterable, Hashable, Sendable {
    case vp8
    /// Whatever of H.264: who reads packetization-mode 1 reads mode 0 too.
    case h264
    /// H.264 of packetization-mode 0 alone.
    case h264SingleNALUnit
    case vp9
    case av1
}

/// How one video line sends and receives, as offer and answer agreed on it: plain values for the packet path.
package struct VideoLineSettings: Hashable, Sendable {
    /// What may arrive, by payload type.
    package var receiveCodecs: [UInt8: PayloadFormat]
    /// Retransmissions that may arrive, by payload type: the one that they retransmit (RFC 4588).
    package var receiveRetransmissions: [UInt8: UInt8]
    /// The payload type in which a packet is sent again, by its own; where there is none it is sent again as it was.
    package var sendRetransmissions: [UInt8: UInt8]
    /// What the peer is to send, and is sent first.
    package var codec: PayloadFormat
    /// What may be sent.
    package var payloadTypes: PayloadTypeMap
    /// H.264: aggregates and fragments are agreed (packetization-mode 1).
    package var isNonInterleaved: Bool
    package var remoteMedia: SocketAddress
    package var remoteControl: SocketAddress
    /// Where the peer's signalling comes from, for its latch; nil where that says nothing of its media.
    package var signallingHost: SocketAddress?
    /// RTCP shares the RTP port (RFC 5761).
    package var multiplexed: Bool
    /// The largest pictures that the peer takes, and what it may be sent, bits a second; nil for no limit.
    package var limits: PictureLimits
    package var bandwidthLimit: Int?
    /// RTP may go out.
    package var sends: Bool
    /// RTCP may go out; also while held.
    package var sendsReports: Bool
    /// The peer's camera may send.
    package var receives: Bool
    /// Lost packets may be asked for one by one.
    package var asksForPackets: Bool
    /// Limits on what is sent may be told, both ways: by REMB, by TMMBR (RFC 5104 §4.2).
    package var knowsEstimates: Bool
    package var knowsLimits: Bool
    /// What the peer's camera may send in this room, bits a second; nil for no limit.
    package var cameraLimit: Int?
    /// How the peer is asked for key frames.
    package var keyframeWays: KeyframeWays
    /// Feedback may go without a report before it (RFC 5506).
    package var reducedSize: Bool
    /// SSRCs that the peer announced, those of retransmissions among them.
    package var remoteSSRCs: [UInt32]
    /// The line's name, and the header extension that packets carry it in; nil where none is agreed (RFC 9143 §15).
    package var mid: String?
    package var midExtension: UInt8?
    /// Packets of ours are to carry it: the line shares its ports.
    package var namesItself: Bool

    /// What `video` means to the packet path; nil where the peer's address is a name, or its codec not ours.
    ///
    /// - Parameters:
    ///   - bitrateLimit: what each camera may send, bits a second; nil for no limit.
    ///   - takesINFO: the peer may be asked by INFO (RFC 5168).
    ///   - reports: whether RTCP is sent at all.
    package init?(_ video: NegotiatedVideo, bitrateLimit: Int?, takesINFO: Bool, reports: Bool) {
        guard let codec = PayloadFormat(encodingName: video.codec.encodingName),
            let media = SocketAddress(host: video.remoteRTP.host, port: video.remoteRTP.port)
        else { return nil }
        let control = SocketAddress(host: video.remoteRTCP.host, port: video.remoteRTCP.port)
        receiveCodecs = video.receivePayloadTypes.compactMapValues { PayloadFormat(encodingName: $0.encodingName) }
        self.codec = codec
        payloadTypes = PayloadTypeMap()
        for format in video.sendFormats.reversed() {
            guard let codec = PayloadFormat(encodingName: format.codec.encodingName) else { continue }
            payloadTypes[codec] = format.payloadType
        }
        let h264 = video.sendFormats.compactMap(\.codec.h264Parameters).first
        isNonInterleaved = h264.map { $0.packetizationMode == 1 } ?? true
        remoteMedia = media
        remoteControl = control ?? media.with(port: media.port &+ 1)
        limits = video.limits
        bandwidthLimit = [video.bandwidthLimit, bitrateLimit].compactMap { $0 }.min()
        multiplexed = video.rtcpMux
        sends = video.sendsMedia
        sendsReports = reports && video.sendsRTCP
        receives = video.direction.receives
        asksForPackets = reports && video.feedback.contains(.negativeAcknowledgement)
        knowsEstimates = reports && video.feedback.contains(.estimatedBitrate)
        knowsLimits = reports && video.feedback.contains(.temporaryBitrate)
        cameraLimit = bitrateLimit
        keyframeWays = takesINFO ? .fastUpdate : []
        if reports, video.feedback.contains(.pictureLoss) { keyframeWays.insert(.pictureLoss) }
        if reports, video.feedback.contains(.fullIntra) { keyframeWays.insert(.fullIntra) }
        reducedSize = video.rtcpReducedSize
        remoteSSRCs = video.remoteSSRCs + video.remoteRetransmissionSSRCs.keys
        receiveRetransmissions = video.receiveRetransmissions
        sendRetransmissions = video.sendRetransmissions
        mid = video.mid
        midExtension = video.extensions[HeaderExtensionMap.mid]?.id
        namesItself = video.bundledWith != nil && video.extensions[HeaderExtensionMap.mid]?.direction.sends == true
    }

    /// What may arrive.
    package var incomingPayloadTypes: [UInt8] { Array(receiveCodecs.keys) + receiveRetransmissions.keys }

    /// How packets that come are known to be this line's.
    package var marks: BundleDemultiplexer.Line {
        BundleDemultiplexer.Line(
            ssrcs: remoteSSRCs, mid: mid.map { Array($0.utf8) } ?? [], midExtension: midExtension,
            payloadTypes: receives ? PayloadTypeSet(incomingPayloadTypes) : [])
    }

    /// Gives `body` the packet that `datagram` brings once more, as it would have come in the stream `ssrc` (RFC 4588); nothing where it
    /// is no such packet.
    package func withOriginal(
        of datagram: Span<UInt8>, _ header: RTPHeader, in ssrc: UInt32, _ body: (VideoPacket, Span<UInt8>) -> Void
    ) {
        guard let payloadType = receiveRetransmissions[header.payloadType], let codec = receiveCodecs[payloadType]
        else { return }
        var bytes = InlineArray<1500, UInt8>(repeating: 0)
        var buffer = bytes.mutableSpan
        let size = RetransmissionPacket.unwrap(
            datagram, header: header, payloadType: payloadType, ssrc: ssrc, into: &buffer)
        guard let size else { return }
        let original = bytes.span.extracting(0..<size)
        guard let header = try? RTPHeader(parsing: original) else { return }
        body(VideoPacket(header, codec: codec, datagram: original), original)
    }

    /// What this line can be shown, where one codec was agreed.
    var receiverClass: VideoClass? { receiverClass(codec) }

    /// What this line can be shown; more than one where the codec may change without signalling.
    var receiverClasses: [VideoClass] {
        PayloadFormat.allCases.filter { payloadTypes[$0] != nil }.compactMap { receiverClass($0) }
    }

    private func receiverClass(_ codec: PayloadFormat) -> VideoClass? {
        switch codec {
        case .vp8: .vp8
        case .h264: isNonInterleaved ? .h264 : .h264SingleNALUnit
        case .vp9: .vp9
        case .av1: .av1
        }
    }
}

/// The video of one leg as it is to be from now on.
package struct VideoSetup: Sendable {
    package struct Line: Sendable {
        /// What it is for; names the line within the leg.
        package var role: VideoRole
        package var identity: VideoIdentity
        /// The number of the sockets that it uses, which lines of a bundle share.
        package var transport: UInt8
        package var settings: VideoLineSettings

        package init(
            _ role: VideoRole, as identity: VideoIdentity, over transport: UInt8, _ settings: VideoLineSettings
        ) {
            self.role = role
            self.identity = identity
            self.transport = transport
            self.settings = settings
        }
    }

    /// All of them; those that were and are not here any more end.
    package var lines: [Line]
    /// Sockets that the leg has not had so far, by their number; at most 128.
    package var sockets: [UInt8: LegSockets]

    package init(lines: [Line], sockets: [UInt8: LegSockets]) {
        self.lines = lines
        self.sockets = sockets
    }
}

/// Who a video line is on the wire.
package struct VideoIdentity: Hashable, Sendable {
    /// SSRC of what we send.
    package var ssrc: UInt32
    /// SSRC of what we send again, where that goes as a stream of its own (RFC 4588).
    package var retransmissionSSRC: UInt32
    /// Names the line's camera or screen in the CSRC lists of what others are sent, and as `src-id` in the roster; unique in the room.
    package var sourceID: UInt32
    /// RTCP canonical name: that of the leg's audio, so that the two are played in time (RFC 3550 §6.5.1).
    package var cname: String

    package init(ssrc: UInt32, retransmissionSSRC: UInt32, sourceID: UInt32, cname: String) {
        self.ssrc = ssrc
        self.retransmissionSSRC = retransmissionSSRC
        self.sourceID = sourceID
        self.cname = cname
    }
}
