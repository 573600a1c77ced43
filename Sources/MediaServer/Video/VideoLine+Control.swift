// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Video

// RTCP that a video line sends: reports, and what it asks the peer's camera for. oRTP has no part in it: forwarded packets go past it.
extension VideoLine {
    /// Nanoseconds between reports: half to one and a half times a second, or all lines would report at once (RFC 3550 §6.3.1).
    private static let reportInterval: ClosedRange<Int64> = 500_000_000...1_500_000_000

    /// Sends a report when one is due. A line that neither sends nor receives has nothing to report.
    func reportIfDue(now: MediaInstant) {
        guard now >= nextReport else { return }
        nextReport = now.advanced(byNanoseconds: .random(in: Self.reportInterval))
        guard settings.sendsReports, source != nil || packetsSent != reportedPackets else { return }
        var writer = RTCPWriter()
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        let blocks = source?.makeReportBlock(now: now).map { [$0] } ?? []
        if let lastSent, packetsSent != reportedPackets {
            let passed = now.nanoseconds(since: lastSent.instant) / 1000 * Int64(PayloadFormat.clockRate) / 1_000_000
            writer.append(
                senderReport: SenderReport(
                    ssrc: identity.ssrc, ntpTimestamp: NTPTimestamp(at: now),
                    rtpTimestamp: lastSent.timestamp &+ UInt32(truncatingIfNeeded: passed), packetCount: packetsSent,
                    octetCount: octetsSent), blocks: blocks, to: &buffer)
            reportedPackets = packetsSent
        } else {
            writer.append(receiverReport: identity.ssrc, blocks: blocks, to: &buffer)
        }
        writer.append(canonicalName: identity.cname, of: identity.ssrc, to: &buffer)
        if let source { tellLimit(of: source, &writer, &buffer) }
        transport.send(control: datagram.span.extracting(0..<writer.length))
    }

    /// Tells the camera how much it may send: what the room allows, and no more than the best off of its receivers takes. By REMB with
    /// each report, by TMMBR until it is confirmed.
    private func tellLimit(of source: VideoSource, _ writer: inout RTCPWriter, _ buffer: inout MutableSpan<UInt8>) {
        guard let ssrc = source.ssrc, source.takesLimits else { return }
        let limits = [settings.cameraLimit, source.mostTaken].compactMap { $0 }
        // A limit that is gone has to be said.
        guard let limit = limits.min() ?? (toldLimit == nil ? nil : ReceiverLimit.largest) else { return }
        toldLimit = limit
        if settings.knowsEstimates {
            writer.append(estimatedBitrate: limit, of: [ssrc], senderSSRC: identity.ssrc, to: &buffer)
        } else if confirmedLimit.map({ $0 == (ssrc, limit) }) != true {
            writer.append(
                [TemporaryMaximumBitrate(ssrc: ssrc, bitsPerSecond: limit)], isNotification: false,
                senderSSRC: identity.ssrc, to: &buffer)
        }
    }

    /// The camera says which limits it obeys (TMMBN, RFC 5104 §4.2.2); nil: not ours.
    func confirmed(_ limit: TemporaryMaximumBitrate?) {
        // The wire rounds down to 17 bits.
        guard let limit, let toldLimit, let ssrc = source?.ssrc, limit.bitsPerSecond <= toldLimit,
            toldLimit - limit.bitsPerSecond <= toldLimit >> 16
        else {
            confirmedLimit = nil
            return
        }
        confirmedLimit = (ssrc, toldLimit)
    }

    /// Answers the peer's limit on what it is shown (TMMBR) with those in force (TMMBN, RFC 5104 §4.2.2.2), once for all that came since.
    /// - Parameter isObeyed: whether what is sent here stays within it; else none is in force.
    func answerLimit(isObeyed: Bool) {
        guard let limit = unanswered else { return }
        unanswered = nil
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        writer.append(isObeyed ? [limit] : [], isNotification: true, senderSSRC: identity.ssrc, to: &buffer)
        transport.send(control: datagram.span.extracting(0..<writer.length))
    }

    /// Asks the camera for a key frame by RTCP.
    func send(_ ask: KeyframeAsk) {
        guard let ssrc = source?.ssrc else { return }
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        switch ask {
        case .pictureLoss:
            writer.append(PictureLossIndication(senderSSRC: identity.ssrc, mediaSSRC: ssrc), to: &buffer)
        case .fullIntra(let sequence):
            writer.append(
                FullIntraRequest(senderSSRC: identity.ssrc, ssrc: ssrc, sequenceNumber: sequence), to: &buffer)
        case .fastUpdate: return
        }
        transport.send(control: datagram.span.extracting(0..<writer.length))
    }

    /// Asks the camera for packets that were lost, where it is time to.
    func askForMissing(now: MediaInstant) {
        guard let source, let missing = source.takeMissing(now: now) else { return }
        send(missing.request)
        if missing.isBroken { source.request(.decoder, now: now) }
    }

    private func send(_ lost: RetransmissionRequest) {
        guard let ssrc = source?.ssrc, !lost.isEmpty else { return }
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        writer.append(lost: lost, senderSSRC: identity.ssrc, mediaSSRC: ssrc, to: &buffer)
        transport.send(control: datagram.span.extracting(0..<writer.length))
    }

    /// Feedback stands behind a report, unless the peer takes it alone (RFC 4585 §3.1, RFC 5506).
    private func beginFeedback(_ buffer: inout MutableSpan<UInt8>) -> RTCPWriter {
        var writer = RTCPWriter()
        guard !settings.reducedSize else { return writer }
        writer.append(receiverReport: identity.ssrc, to: &buffer)
        writer.append(canonicalName: identity.cname, of: identity.ssrc, to: &buffer)
        return writer
    }

    /// Says that our stream ends (RFC 3550 §6.6), where there was one or a report of one.
    func sayGoodbye() {
        guard settings.sendsReports, source != nil || packetsSent > 0 else { return }
        var writer = RTCPWriter()
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        writer.append(receiverReport: identity.ssrc, to: &buffer)
        writer.append(canonicalName: identity.cname, of: identity.ssrc, to: &buffer)
        writer.append(goodbye: identity.ssrc, to: &buffer)
        transport.send(control: datagram.span.extracting(0..<writer.length))
    }
}

/// Room for one RTCP datagram of ours: a report with one block, a CNAME and one feedback message, or two, take less than half.
private typealias RTCPBytes = InlineArray<512, UInt8>
