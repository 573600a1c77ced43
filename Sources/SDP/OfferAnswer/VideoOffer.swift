// SPDX-License-Identifier: GPL-3.0-or-later

/// A video line of an offer of ours (RFC 3264 §5.1, §8.3).
struct VideoOffer {
    /// Of the line that is written.
    var capabilities: VideoCapabilities
    let scope: OfferScope
    /// Every format that the video lines of the session have had, this offer's new lines among them.
    var formatsOfSession: [VideoFormat]
    /// Payload types of other media.
    let foreign: Set<UInt8>

    /// - Parameters:
    ///   - line: the position's past; nil for a new line.
    ///   - current: the stream as agreed; nil where there is none.
    ///   - content: `a=content` of a line that is not as it was.
    ///   - bundledAs: `a=mid` of a line without one that is in a bundle; nil for a line outside.
    ///   - sessionAddress: of our description's `c=`; the line gets its own where it differs.
    mutating func media(
        line: MediaLine?, current: NegotiatedVideo?, local: LocalMedia, direction: MediaDirection, content: String?,
        bundledAs: String?, family: AddressFamily, sessionAddress: String
    ) -> MediaDescription {
        let profile = current?.profile ?? capabilities.offeredProfile
        var media = MediaDescription(kind: .video, port: local.rtpPort, profile: profile, formats: [])
        let address = local.address(for: family) ?? local.address
        if address != sessionAddress { media.connections = [ConnectionData(address: address)] }
        media.append(bandwidthLimit: direction.receives ? capabilities.bandwidthLimit : nil)
        // nil where everything is on offer.
        let kept = scope == .current && current != nil ? line : nil
        let formats = formats(line: line, kept: kept)
        for format in formats { media.append(format) }
        formatsOfSession += formats
        media.direction = direction
        if let mid = line?.mid ?? bundledAs { media.append("mid", mid) }
        if let content = kept == nil ? content : kept?.local.value("content") { media.append("content", content) }
        if current.map(\.rtcpReducedSize) ?? (capabilities.rtcpReducedSize == .offered) { media.append("rtcp-rsize") }
        for feedback in kept?.local.feedback ?? capabilities.feedback.attributes() {
            media.append("rtcp-fb", feedback.value)
        }
        // The line's name is of use in a bundle only.
        let wishes = capabilities.headerExtensions.filter {
            $0.uri != HeaderExtensionMap.mid || line?.extensionIDs[$0.uri] != nil
        }
        media.offer(wishes, line: line, kept: kept, direction: direction)
        let wantsMux = current.map(\.rtcpMux) ?? (capabilities.rtcpMux == .offered)
        let rtcpMux = bundledAs != nil || wantsMux && RemoteMedia.allowsMux(formats.lazy.map(\.payloadType))
        media.append(local, rtcpMux: rtcpMux, retransmits: formats.contains { $0.codec.isRetransmission })
        return media
    }

    private func formats(line: MediaLine?, kept: MediaLine?) -> [VideoFormat] {
        if let last = kept?.local.videoFormats(), last.contains(where: { capabilities.own($0.codec) != nil }) {
            return last
        }
        var formats: [VideoFormat] = []
        func add(_ codec: VideoCodecDescription) -> UInt8? {
            let taken = Set(formats.map(\.payloadType))
            guard let number = payloadType(for: codec, line: line, avoiding: taken) else { return nil }
            formats.append(VideoFormat(payloadType: number, codec: codec))
            return number
        }
        let originals = capabilities.codecs.compactMap(add)
        if capabilities.retransmission {
            for original in originals { _ = add(.retransmission(of: original)) }
        }
        return formats
    }

    /// The payload type that this format has, had, or gets: the line's own before those of other lines, so that a number
    /// means the same throughout, as a bundle needs it (RFC 9143 §9.1).
    private func payloadType(
        for codec: VideoCodecDescription, line: MediaLine?, avoiding taken: Set<UInt8>
    ) -> UInt8? {
        let own = line?.videoFormats ?? []
        let known = (own + formatsOfSession).first { format in
            format.codec.isSameFormat(as: codec) && !taken.contains(format.payloadType)
                && !own.contains { $0.payloadType == format.payloadType && !$0.codec.isSameFormat(as: codec) }
        }
        if let known { return known.payloadType }
        let free = Array(96...127) + Array(35...63) as [UInt8]
        let meant = taken.union(own.map(\.payloadType))
        let used = meant.union(formatsOfSession.map(\.payloadType)).union(foreign)
        return free.first { !used.contains($0) } ?? free.first { !meant.contains($0) }
    }
}

/// The peer's answer to a video line of ours (RFC 3264 §7).
enum VideoAnswerReading {
    static func read(
        _ answered: MediaDescription, to offered: MediaDescription, at index: Int, role: VideoRole,
        in answer: SessionDescription, capabilities: VideoCapabilities, transport: BundleTransport?
    ) throws(MediaRefusal) -> NegotiatedVideo {
        let remote = try RemoteMedia(
            answered, in: answer, profiles: capabilities.profiles, isBundled: transport != nil)
        let ours = offered.videoFormats()
        // Some peers leave the map or the parameters out where the number is ours.
        let theirs = answered.videoFormats(known: ours.codecs)
        let send = theirs.filter { format in
            !format.codec.isRepair && ours.contains { $0.codec.isSameFormat(as: format.codec) }
        }
        guard let first = send.first else { throw .noCommonFormat }
        let wanted = offered.direction ?? .sendrecv
        let direction = remote.direction.reversed.intersection(wanted)
        // The peer is to use our numbers, but may use those of its answer, which are ours too unless they clash.
        let numbers = Set(ours.map(\.payloadType))
        let foreign = send.filter { !numbers.contains($0.payloadType) }
        var negotiated = remote.negotiatedVideo(
            at: index, role: role, direction: direction, send: first, others: Array(send.dropFirst()), theirs: theirs,
            receive: ours + foreign, rtcpMux: offered.rtcpMux && (answered.rtcpMux || transport != nil),
            remoteHolds: wanted.sends && !remote.direction.receives, capabilities: capabilities, transport: transport)
        negotiated.mid = offered.mid
        let ids = Dictionary(
            offered.headerExtensions.map { ($0.uri, $0.id) }, uniquingKeysWith: { first, _ in first })
        for wish in capabilities.headerExtensions {
            guard let id = ids[wish.uri] else { continue }
            negotiated.extensions[wish.uri] = remote.agreed(
                wish.uri, ours: wish.direction, stream: direction, id: id)
        }
        return negotiated
    }
}
