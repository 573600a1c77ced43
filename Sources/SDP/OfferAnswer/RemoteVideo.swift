// SPDX-License-Identifier: GPL-3.0-or-later

extension RemoteMedia {
    /// Puts together what media needs of a video line.
    ///
    /// - Parameters:
    ///   - ours: our direction.
    ///   - send: formats of the peer, the one to use first.
    ///   - others: formats of the peer that may be sent as well.
    ///   - theirs: all formats of the peer, retransmission among them.
    ///   - receive: what may arrive, retransmission among it.
    ///   - transport: the bundle that the line is in.
    func negotiatedVideo(
        at index: Int, role: VideoRole, direction ours: MediaDirection, send: VideoFormat, others: [VideoFormat],
        theirs: [VideoFormat], receive: [VideoFormat], rtcpMux: Bool, remoteHolds: Bool,
        capabilities: VideoCapabilities, transport: BundleTransport?
    ) -> NegotiatedVideo {
        let remoteRTP = transport?.remoteRTP ?? rtp
        var negotiated = NegotiatedVideo(
            mediaIndex: index, role: role, format: send, otherFormats: others,
            receivePayloadTypes: receive.filter { !$0.codec.isRepair }.codecs, remoteRTP: remoteRTP,
            remoteRTCP: rtcpMux ? remoteRTP : rtcp, profile: media.profile, direction: ours)
        if capabilities.retransmission {
            for format in [send] + others {
                guard let retransmission = theirs.retransmission(of: format.payloadType) else { continue }
                negotiated.sendRetransmissions[format.payloadType] = retransmission.payloadType
            }
            negotiated.receiveRetransmissions = receive.retransmissions.filter { _, original in
                negotiated.receivePayloadTypes[original] != nil
            }
        }
        negotiated.rtcpMux = rtcpMux
        negotiated.rtcpReducedSize = capabilities.rtcpReducedSize != .never && media.rtcpReducedSize
        negotiated.remoteHolds = remoteHolds
        negotiated.feedback = media.videoFeedback(of: send.payloadType).intersection(capabilities.feedback)
        negotiated.limits = PictureLimits(
            peer: send.codec, ours: capabilities.own(send.codec), framerate: media.framerate)
        negotiated.bandwidthLimit = bandwidthLimit
        negotiated.bundledWith = transport?.tag
        negotiated.remoteContent = media.content
        negotiated.remoteLabel = media.label
        negotiated.remoteMSID = media.msid
        for group in media.sourceGroups where group.semantics.uppercased() == SourceGroup.retransmission {
            if group.ssrcs.count == 2 { negotiated.remoteRetransmissionSSRCs[group.ssrcs[1]] = group.ssrcs[0] }
        }
        negotiated.remoteSSRCs = ssrcs.filter { negotiated.remoteRetransmissionSSRCs[$0] == nil }
        return negotiated
    }
}

extension MediaLine {
    /// What may still arrive from before this agreement, until the peer has seen it (RFC 3264 §8.3.2).
    func addingEarlierFormats(to video: NegotiatedVideo, capabilities: VideoCapabilities) -> NegotiatedVideo {
        var video = video
        for format in videoFormats
        where video.receivePayloadTypes[format.payloadType] == nil
            && video.receiveRetransmissions[format.payloadType] == nil && capabilities.own(format.codec) != nil
        {
            video.receivePayloadTypes[format.payloadType] = format.codec
        }
        return video
    }
}

extension MediaDescription {
    /// Adds what we want to receive at most: TIAS is exact, AS is what old phones read, in kilobits.
    mutating func append(bandwidthLimit: Int?) {
        guard let bandwidthLimit, bandwidthLimit > 0 else { return }
        bandwidths.append(Bandwidth(type: "AS", value: (bandwidthLimit + 999) / 1_000))
        bandwidths.append(Bandwidth(type: "TIAS", value: bandwidthLimit))
    }

    /// Adds who we are on a video line and where RTCP is heard.
    mutating func append(_ local: LocalMedia, rtcpMux: Bool, retransmits: Bool) {
        local.describe(in: &self, rtcpMux: rtcpMux)
        guard retransmits, let ssrc = local.ssrc, let other = local.retransmissionSSRC else { return }
        append("ssrc-group", SourceGroup(semantics: SourceGroup.retransmission, ssrcs: [ssrc, other]).value)
        guard let cname = local.cname else { return }
        append("ssrc", SourceAttribute(ssrc: other, name: "cname", value: cname).value)
    }
}
