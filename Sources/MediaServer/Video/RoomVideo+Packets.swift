// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

// What comes to the video ports of a room, and of pictures that are made here.
extension RoomVideo {
    /// Takes a datagram from the RTP or the RTCP port of `transport`.
    /// - Parameter now: when it arrived.
    func receive(
        _ datagram: Span<UInt8>, at transport: VideoTransport, from address: SocketAddress, now: MediaInstant
    ) {
        switch DatagramKind(of: datagram) {
        case .rtp:
            guard let (line, header) = transport.accept(datagram, from: address, now: now),
                let source = line.source
            else { return }
            if let codec = line.settings.receiveCodecs[header.payloadType] {
                take(VideoPacket(header, codec: codec, datagram: datagram), datagram, of: source, now: now)
            } else if let ssrc = source.ssrc {
                line.settings.withOriginal(of: datagram, header, in: ssrc) { packet, original in
                    take(packet, original, of: source, isAgain: true, now: now)
                }
            }
        case .rtcp:
            if transport.acceptControl(datagram, from: address, now: now) {
                receiveControl(datagram, at: transport, now: now)
            }
        case .stun, .zrtp, .dtls, .turnChannel, .unknown: transport.drop(.notMedia)
        }
    }

    /// Takes a packet of a source, and sends it on to all that watch it.
    /// - Parameter isAgain: it came in a stream of packets that are sent again, whose losses are not the source's.
    func take(
        _ packet: VideoPacket, _ datagram: Span<UInt8>, of source: VideoSource, isAgain: Bool = false, now: MediaInstant
    ) {
        let (codec, size) = (source.codec, source.pictureSize)
        if source.take(packet, datagram: datagram, isAgain: isAgain, now: now) || source.codec != codec {
            becameLive(source, now: now)
        } else if source.pictureSize != size {
            // Some may not take it as large as that, or take it again.
            reselect(keyframeOf: source.id, now: now)
        }
        if source.health.needsKeyframe, !source.broker.isWanting { source.request(.start, now: now) }
        for canvas in source.canvases {
            let tag = PictureTag(
                source: source.id, codec: packet.codec, instant: now, soundDelay: source.soundDelay)
            canvas.packets.give(datagram, tag)
        }
        // One copy for all receivers, made for the first.
        var shared: SharedPayload?
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
            guard case .forward(let forwarded) = verdict else { continue }
            if shared == nil { shared = receiver.transport.outgoing.share(datagram) }
            if let shared { receiver.send(forwarded, shared, of: source, now: now) }
        }
        if index == 0, source.canvases.isEmpty { source.unseen &+= 1 }
    }

    // MARK: RTCP

    private func receiveControl(_ datagram: Span<UInt8>, at transport: VideoTransport, now: MediaInstant) {
        // Whole and checked before anything of it counts.
        var reader = RTCPCompoundReader()
        do throws(RTCPParseError) {
            while try reader.next(in: datagram) != nil {}
        } catch {
            return transport.drop(.malformed)
        }
        reader = RTCPCompoundReader()
        while let packet = try? reader.next(in: datagram) {
            let report = SenderReport(packet, in: datagram)
            for line in transport.lines {
                if let report { line.source?.received(report, now: now) }
                if let found = packet.reportBlock(on: line.identity.ssrc, in: datagram) {
                    take(found.block, at: line, now: now)
                }
                if let source = line.source, let ssrc = source.ssrc, packet.saysGoodbye(ssrc, in: datagram),
                    source.health.left()
                {
                    withdraw(source, now: now)
                    reselect(now: now)
                }
            }
            guard let feedback = RTCPFeedbackMessage(packet, in: datagram) else { continue }
            take(feedback, datagram, at: transport, now: now)
        }
    }

    private func take(_ block: ReportBlock, at line: VideoLine, now: MediaInstant) {
        line.remoteFractionLost = block.fractionLost
        line.judge(
            block, cameraLoses: line.watched.flatMap { sources[$0] }?.lossOnItsWay ?? 0, now: now)
        guard let roundTrip = block.roundTrip(now: NTPTimestamp(at: now)) else { return }
        line.roundTrip = roundTrip
        // The way back is the same for all that share the port.
        for line in line.transport.lines { line.source?.setRoundTrip(roundTrip) }
    }

    private func take(
        _ feedback: RTCPFeedbackMessage, _ datagram: Span<UInt8>, at transport: VideoTransport, now: MediaInstant
    ) {
        switch feedback {
        case .pictureLoss(let loss):
            if let line = transport.line(sending: loss.mediaSSRC) { requestKeyframe(.pictureLoss, at: line, now: now) }
        case .fullIntra(let requests):
            for line in transport.lines {
                guard let request = requests.request(for: line.identity.ssrc, in: datagram) else { continue }
                guard let sequence = request.sequenceNumber, let source = line.watched.flatMap({ sources[$0] }) else {
                    requestKeyframe(.fullIntra, at: line, now: now)
                    continue
                }
                source.fullIntraRequest(from: request.senderSSRC, sequence: sequence, now: now)
            }
        case .lost(let lost):
            guard let line = transport.line(sending: lost.mediaSSRC) else { return }
            lost.forEach(in: datagram) { resend($0, to: line, now: now) }
        case .bitrateLimits(let limits):
            for line in transport.lines where line.settings.knowsLimits {
                let limit = limits.limit(for: line.identity.ssrc, in: datagram)
                if limits.isNotification {
                    if limits.senderSSRC == line.source?.ssrc { line.confirmed(limit) }
                } else if let limit {
                    line.taken.requested(limit.bitsPerSecond, overhead: limit.overhead)
                    line.unanswered = TemporaryMaximumBitrate(
                        ssrc: limits.senderSSRC, bitsPerSecond: limit.bitsPerSecond, overhead: limit.overhead)
                }
            }
        case .estimatedBitrate(let estimate):
            // Of all that comes over this port together: what shows nothing needs no share.
            let lines = transport.lines.filter { line in
                line.settings.knowsEstimates && line.forwarder.shown != nil
                    && estimate.names(line.identity.ssrc, in: datagram)
            }
            for line in lines { line.taken.estimated(estimate.bitsPerSecond / lines.count) }
        case .other: break
        }
    }

    /// Whether what the peer is sent on `line` stays within what it says that it takes.
    func staysWithinLimit(_ line: VideoLine) -> Bool {
        guard let limit = line.taken.said, let source = line.watched.flatMap({ sources[$0] }) else { return true }
        if source.content == .canvas { return true }
        guard source.takesLimits, let most = source.mostTaken else { return false }
        return most <= max(limit, ReceiverLimit.smallest)
    }

    /// The peer wants key frames of whatever it sees, or is about to.
    func requestKeyframes(_ request: KeyframeRequest, for leg: VideoLeg, now: MediaInstant) {
        for line in leg.lines { requestKeyframe(request, at: line, now: now) }
    }

    private func requestKeyframe(_ request: KeyframeRequest, at line: VideoLine, now: MediaInstant) {
        line.watched.flatMap { sources[$0] }?.request(request, now: now)
    }

    private func resend(_ sequence: UInt16, to line: VideoLine, now: MediaInstant) {
        guard line.resendsLeft > 0, let origin = line.forwarder.origin(of: sequence),
            line.forwarder.shown == origin.source,
            let source = sources[origin.source], let cache = source.resendCache,
            cache.answer(
                origin, askedAs: sequence, limit: &line.limit, roundTrip: line.roundTrip.map { Int($0) }, now: now)
                == .resend
        else { return }
        let codec = source.codec
        _ = cache.withPacket(origin.sequenceNumber, ssrc: origin.ssrc) { datagram in
            guard let header = try? RTPHeader(parsing: datagram),
                let packet = line.forwarder.resend(
                    VideoPacket(header, codec: codec, datagram: datagram), as: sequence)
            else { return }
            line.resendsLeft -= 1
            line.resend(packet, datagram)
        }
    }
}
