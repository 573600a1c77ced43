// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

// What comes to the video ports of a room.
extension RoomVideo {
    /// Takes a datagram from the RTP or the RTCP port of `leg`.
    /// - Parameter now: when it arrived.
    func receive(_ datagram: Span<UInt8>, at leg: VideoLeg, from address: SocketAddress, now: MediaInstant) {
        switch DatagramKind(of: datagram) {
        case .rtp:
            guard let packet = leg.accept(datagram, from: address, now: now) else { return }
            take(packet, datagram, of: leg.source, now: now)
        case .rtcp:
            if leg.acceptControl(from: address, now: now) { receiveControl(datagram, at: leg, now: now) }
        case .stun, .zrtp, .dtls, .turnChannel, .unknown: leg.drop(.notMedia)
        }
    }

    /// Takes a packet of a source, and sends it on to all that watch it.
    func take(_ packet: VideoPacket, _ datagram: Span<UInt8>, of source: VideoSource, now: MediaInstant) {
        let codec = source.codec
        if source.take(packet, datagram: datagram, now: now) || source.codec != codec { becameLive(source, now: now) }
        if source.health.needsKeyframe, !source.broker.isWanting { source.request(.start, now: now) }
        var index = 0
        while index < source.watchers.count {
            let receiver = source.watchers[index]
            guard receiver.watches(source.id) else {
                source.watchers.remove(at: index)
                continue
            }
            index += 1
            let sets = source.parameterSetPackets(readsAggregates: receiver.settings.isNonInterleaved)
            let verdict = receiver.forwarder.receive(
                packet, from: source.id, contributor: source.contributor, parameterSetPackets: sets, now: now)
            if case .forward(let forwarded) = verdict { receiver.send(forwarded, datagram, of: source, now: now) }
        }
        if index == 0 { source.unseen &+= 1 }
    }

    // MARK: RTCP

    private func receiveControl(_ datagram: Span<UInt8>, at leg: VideoLeg, now: MediaInstant) {
        // Whole and checked before anything of it counts.
        var reader = RTCPCompoundReader()
        do throws(RTCPParseError) {
            while try reader.next(in: datagram) != nil {}
        } catch {
            return leg.drop(.malformed)
        }
        reader = RTCPCompoundReader()
        while let packet = try? reader.next(in: datagram) {
            if let report = SenderReport(packet, in: datagram) { leg.source.received(report, now: now) }
            if let found = packet.reportBlock(on: leg.identity.ssrc, in: datagram) {
                take(found.block, at: leg, now: now)
            }
            guard let feedback = RTCPFeedbackMessage(packet, in: datagram) else { continue }
            take(feedback, datagram, at: leg, now: now)
        }
    }

    private func take(_ block: ReportBlock, at leg: VideoLeg, now: MediaInstant) {
        leg.remoteFractionLost = block.fractionLost
        guard let roundTrip = block.roundTrip(now: NTPTimestamp(at: now)) else { return }
        leg.roundTrip = roundTrip
        leg.source.setRoundTrip(roundTrip)
    }

    private func take(_ feedback: RTCPFeedbackMessage, _ datagram: Span<UInt8>, at leg: VideoLeg, now: MediaInstant) {
        switch feedback {
        case .pictureLoss:
            if feedback.wantsKeyFrame(of: leg.identity.ssrc, in: datagram) {
                requestKeyframe(.pictureLoss, for: leg, now: now)
            }
        case .fullIntra(let requests):
            guard let request = requests.request(for: leg.identity.ssrc, in: datagram) else { return }
            guard let sequence = request.sequenceNumber, let source = source(for: leg) else {
                return requestKeyframe(.fullIntra, for: leg, now: now)
            }
            source.fullIntraRequest(from: request.senderSSRC, sequence: sequence, now: now)
        case .lost(let lost):
            guard lost.mediaSSRC == leg.identity.ssrc else { return }
            lost.forEach(in: datagram) { resend($0, to: leg, now: now) }
        case .bitrateLimits, .estimatedBitrate, .other: break
        }
    }

    /// The receiver at `leg` wants a key frame of whatever it sees, or is about to.
    func requestKeyframe(_ request: KeyframeRequest, for leg: VideoLeg, now: MediaInstant) {
        source(for: leg)?.request(request, now: now)
    }

    private func source(for leg: VideoLeg) -> VideoSource? {
        (leg.forwarder.awaited ?? leg.forwarder.shown).flatMap { sources[$0] }
    }

    private func resend(_ sequence: UInt16, to leg: VideoLeg, now: MediaInstant) {
        guard leg.resendsLeft > 0, let origin = leg.forwarder.origin(of: sequence),
            let source = sources[origin.source], let cache = source.resendCache,
            cache.answer(
                origin, askedAs: sequence, limit: &leg.limit, roundTrip: leg.roundTrip.map { Int($0) }, now: now)
                == .resend
        else { return }
        let codec = source.codec
        _ = cache.withPacket(origin.sequenceNumber, ssrc: origin.ssrc) { datagram in
            guard let header = try? RTPHeader(parsing: datagram),
                let packet = leg.forwarder.resend(
                    VideoPacket(header, codec: codec, datagram: datagram), as: sequence)
            else { return }
            leg.resendsLeft -= 1
            leg.resend(packet, datagram)
        }
    }

    // MARK: Questions

    func statistics(of leg: VideoLeg) -> VideoStatistics {
        VideoStatistics(
            codec: leg.source.codec, camera: leg.source.health.state, pictureSize: leg.source.pictureSize,
            sees: leg.forwarder.shown.flatMap { sources[$0]?.owner }, lack: lack(of: leg),
            packetsReceived: leg.source.packets, packetsSent: UInt64(leg.packetsSent),
            remoteFractionLost: Double(leg.remoteFractionLost) / 256, roundTrip: leg.roundTrip)
    }
}
