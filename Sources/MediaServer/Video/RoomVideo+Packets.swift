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
            forward(packet, datagram, of: leg, now: now)
        case .rtcp:
            if leg.acceptControl(from: address, now: now) { receiveControl(datagram, at: leg, now: now) }
        case .stun, .zrtp, .dtls, .turnChannel, .unknown: leg.drop(.notMedia)
        }
    }

    private func forward(_ packet: VideoPacket, _ datagram: Span<UInt8>, of leg: VideoLeg, now: MediaInstant) {
        let source = leg.source
        let codec = source.codec
        if source.take(packet, datagram: datagram, now: now) || source.codec != codec { becameLive(leg, now: now) }
        if source.health.needsKeyframe, !source.broker.isWanting {
            carryOut(source.broker.request(.start, now: now), at: leg)
        }
        var isSeen = false
        for receiver in legs where receiver !== leg && receiver.watches(source.id) {
            isSeen = true
            let sets = source.parameterSetPackets(readsAggregates: receiver.settings.isNonInterleaved)
            let verdict = receiver.forwarder.receive(packet, from: source.id, parameterSetPackets: sets, now: now)
            if case .forward(let forwarded) = verdict { receiver.send(forwarded, datagram, of: source, now: now) }
        }
        if !isSeen { source.unseen &+= 1 }
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
            guard let sequence = request.sequenceNumber, let camera = camera(for: leg) else {
                return requestKeyframe(.fullIntra, for: leg, now: now)
            }
            carryOut(
                camera.source.broker.fullIntraRequest(from: request.senderSSRC, sequence: sequence, now: now),
                at: camera)
        case .lost(let lost):
            guard lost.mediaSSRC == leg.identity.ssrc else { return }
            lost.forEach(in: datagram) { resend($0, to: leg, now: now) }
        case .bitrateLimits, .estimatedBitrate, .other: break
        }
    }

    /// The receiver at `leg` wants a key frame of whatever it sees, or is about to.
    func requestKeyframe(_ request: KeyframeRequest, for leg: VideoLeg, now: MediaInstant) {
        guard let camera = camera(for: leg) else { return }
        carryOut(camera.source.broker.request(request, now: now), at: camera)
    }

    private func camera(for leg: VideoLeg) -> VideoLeg? {
        (leg.forwarder.awaited ?? leg.forwarder.shown).flatMap { self.leg(of: $0) }
    }

    private func resend(_ sequence: UInt16, to leg: VideoLeg, now: MediaInstant) {
        guard leg.resendsLeft > 0, let origin = leg.forwarder.origin(of: sequence),
            let camera = self.leg(of: origin.source),
            let cache = camera.source.resendCache,
            cache.answer(
                origin, askedAs: sequence, limit: &leg.limit, roundTrip: leg.roundTrip.map { Int($0) }, now: now)
                == .resend
        else { return }
        let codec = camera.source.codec
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
            sees: leg.forwarder.shown.flatMap { self.leg(of: $0)?.id }, lack: lack(of: leg),
            packetsReceived: leg.source.packets, packetsSent: UInt64(leg.packetsSent),
            remoteFractionLost: Double(leg.remoteFractionLost) / 256, roundTrip: leg.roundTrip)
    }
}
