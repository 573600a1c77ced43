// SPDX-License-Identifier: GPL-3.0-or-later
import MediaServer
import RTP
import SDP
import Video

// What comes to the video ports of a call.
extension CallVideo {
    /// Takes a datagram from either port.
    /// - Parameter now: when it arrived.
    func receive(_ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant) {
        switch DatagramKind(of: datagram) {
        case .rtp: receiveMedia(datagram, from: source, now: now)
        case .rtcp: receiveControl(datagram, from: source, now: now)
        case .stun, .zrtp, .dtls, .turnChannel, .unknown: break
        }
    }

    private func receiveMedia(_ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant) {
        guard let header = try? RTPHeader(parsing: datagram), var latch else { return }
        let verdict = latch.receive(header, from: source, now: now)
        self.latch = latch
        switch verdict {
        case .accept: break
        case .acceptAndLatch: setRoutes()
        case .drop: return
        }
        // Our own packets, sent back.
        guard !identity.isOurs(header.ssrc) else { return }
        guard let place = demultiplexer.line(of: header, in: datagram), place < roles.count,
            let line = lines[roles[place]], line.settings.receives
        else { return }
        if let codec = line.settings.receiveCodecs[header.payloadType] {
            let stream = streams[line.role] ?? StreamReceiver(line.role, ways: line.settings.keyframeWays)
            streams[line.role] = stream
            take(VideoPacket(header, codec: codec, datagram: datagram), datagram, of: stream, at: line, now: now)
        } else if let stream = streams[line.role], let ssrc = stream.ssrc {
            line.settings.withOriginal(of: datagram, header, in: ssrc) { packet, original in
                take(packet, original, of: stream, at: line, isAgain: true, now: now)
            }
        }
    }

    /// Takes a packet of a stream, as it came or out of one that brings it again.
    private func take(
        _ packet: VideoPacket, _ datagram: Span<UInt8>, of stream: StreamReceiver, at line: VideoLine,
        isAgain: Bool = false, now: MediaInstant
    ) {
        let asks = line.settings.asksForPackets
        if stream.take(packet, datagram: datagram, asks: asks, isAgain: isAgain, now: now) {
            report(.live(line.role, true))
        }
        collect(stream, now: now)
        flushAsk(of: line.role)
    }

    // MARK: RTCP

    private func receiveControl(_ datagram: Span<UInt8>, from source: SocketAddress, now: MediaInstant) {
        guard var latch else { return }
        let verdict = latch.receiveControl(from: source, now: now)
        self.latch = latch
        switch verdict {
        case .accept: break
        case .acceptAndLatch: setRoutes()
        case .drop: return
        }
        // Whole and checked before anything of it counts.
        var reader = RTCPCompoundReader()
        do throws(RTCPParseError) {
            while try reader.next(in: datagram) != nil {}
        } catch {
            return
        }
        reader = RTCPCompoundReader()
        while let packet = try? reader.next(in: datagram) {
            if let report = SenderReport(packet, in: datagram) {
                for stream in streams.values { stream.received(report, now: now) }
            }
            for (role, sender) in senders {
                guard let found = packet.reportBlock(on: sender.ssrc, in: datagram) else { continue }
                take(found.block, on: role, now: now)
            }
            if packet.type == .bye { leave(packet, datagram) }
            guard let feedback = RTCPFeedbackMessage(packet, in: datagram) else { continue }
            for (role, sender) in senders where sender.isActive { take(feedback, datagram, on: role, sender, now: now) }
        }
    }

    private func take(_ block: ReportBlock, on role: VideoRole, now: MediaInstant) {
        adapt(role) { $0.reported(fractionLost: block.fractionLost, now: now) }
        guard let roundTrip = block.roundTrip(now: NTPTimestamp(at: now)) else { return }
        senders[role]?.roundTrip = roundTrip
        for stream in streams.values { stream.setRoundTrip(roundTrip) }
    }

    /// Pictures of a source that has left are not shown for a second and a half more.
    private func leave(_ packet: RTCPPacket, _ datagram: Span<UInt8>) {
        for (role, stream) in streams {
            guard let ssrc = stream.ssrc, packet.saysGoodbye(ssrc, in: datagram) else { continue }
            pictures.end(role)
            streams[role] = nil
            report(.live(role, false))
        }
    }

    private func take(
        _ feedback: RTCPFeedbackMessage, _ datagram: Span<UInt8>, on role: VideoRole, _ sender: VideoSender,
        now: MediaInstant
    ) {
        switch feedback {
        case .pictureLoss, .fullIntra:
            if feedback.wantsKeyFrame(of: sender.ssrc, in: datagram) { sender.wantKeyframe() }
        case .lost(let lost):
            guard lost.mediaSSRC == sender.ssrc else { return }
            lost.forEach(in: datagram) { sequence in
                sender.resend(sequence, now: now) { emit($0, .media) }
            }
        case .bitrateLimits(let limits):
            guard !limits.isNotification, let limit = limits.limit(for: sender.ssrc, in: datagram) else { return }
            adapt(role) { $0.requested(maximum: limit.bitsPerSecond, overhead: limit.overhead, now: now) }
            acknowledge(limit, from: limits.senderSSRC, on: sender)
        case .estimatedBitrate(let estimate):
            guard estimate.names(sender.ssrc, in: datagram) else { return }
            adapt(role) { $0.estimated(maximum: estimate.bitsPerSecond, now: now) }
        case .other: break
        }
    }
}
