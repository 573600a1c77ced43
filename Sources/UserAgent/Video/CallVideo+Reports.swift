// SPDX-License-Identifier: GPL-3.0-or-later
import MediaServer
import RTP
import SDP
import Video

// RTCP that a call's video sends: reports on all streams in one datagram, and what it asks the other side for.
extension CallVideo {
    /// Nanoseconds between reports: half to one and a half times a second (RFC 3550 §6.3.1).
    private static let reportInterval: ClosedRange<Int64> = 500_000_000...1_500_000_000
    /// Blocks in one report (RFC 3550 §6.4.1).
    private static let mostBlocks = 31

    func reportIfDue(now: MediaInstant) {
        guard now >= nextReport else { return }
        nextReport = now.advanced(byNanoseconds: .random(in: Self.reportInterval))
        guard controlRoute != nil else { return }
        var blocks: [ReportBlock] = []
        for stream in streams.values where blocks.count < Self.mostBlocks {
            if let block = stream.makeReportBlock(now: now) { blocks.append(block) }
        }
        var writer = RTCPWriter()
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        if let report = senders[.main]?.report(now: now) {
            writer.append(senderReport: report, blocks: blocks, to: &buffer)
        } else {
            writer.append(receiverReport: identity.main.ssrc, blocks: blocks, to: &buffer)
        }
        let shares = senders[.slides]?.report(now: now)
        if let shares { writer.append(senderReport: shares, to: &buffer) }
        writer.append(canonicalName: identity.cname, of: identity.main.ssrc, to: &buffer)
        if shares != nil { writer.append(canonicalName: identity.cname, of: identity.slides.ssrc, to: &buffer) }
        emit(datagram.span.extracting(0..<writer.length), .control)
    }

    /// Sends what a stream wants to ask for.
    func flushAsk(of role: VideoRole) {
        guard let stream = streams[role], let ask = stream.takeAsk(), let ssrc = stream.ssrc else { return }
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        switch ask {
        case .pictureLoss:
            writer.append(PictureLossIndication(senderSSRC: identity.main.ssrc, mediaSSRC: ssrc), to: &buffer)
        case .fullIntra(let sequence):
            writer.append(
                FullIntraRequest(senderSSRC: identity.main.ssrc, ssrc: ssrc, sequenceNumber: sequence), to: &buffer)
        case .fastUpdate: return report(.keyframeWanted)
        }
        emit(datagram.span.extracting(0..<writer.length), .control)
    }

    /// Asks for packets that were lost.
    func ask(for lost: RetransmissionRequest, of stream: StreamReceiver) {
        guard let ssrc = stream.ssrc else { return }
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        writer.append(lost: lost, senderSSRC: identity.main.ssrc, mediaSSRC: ssrc, to: &buffer)
        emit(datagram.span.extracting(0..<writer.length), .control)
    }

    /// Says that a limit is obeyed (TMMBN, RFC 5104 §4.2.2).
    func acknowledge(_ limit: TemporaryMaximumBitrate, from receiver: UInt32, on sender: VideoSender) {
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        var writer = beginFeedback(&buffer)
        var bounding = limit
        bounding.ssrc = receiver
        writer.append([bounding], isNotification: true, senderSSRC: sender.ssrc, to: &buffer)
        emit(datagram.span.extracting(0..<writer.length), .control)
    }

    /// Feedback stands behind a report, unless the peer takes it alone (RFC 4585 §3.1, RFC 5506).
    private func beginFeedback(_ buffer: inout MutableSpan<UInt8>) -> RTCPWriter {
        var writer = RTCPWriter()
        guard lines[.main]?.settings.reducedSize != true else { return writer }
        writer.append(receiverReport: identity.main.ssrc, to: &buffer)
        writer.append(canonicalName: identity.cname, of: identity.main.ssrc, to: &buffer)
        return writer
    }

    /// Says that our streams end (RFC 3550 §6.6).
    func sayGoodbye() {
        var writer = RTCPWriter()
        var datagram = RTCPBytes(repeating: 0)
        var buffer = datagram.mutableSpan
        writer.append(receiverReport: identity.main.ssrc, to: &buffer)
        writer.append(canonicalName: identity.cname, of: identity.main.ssrc, to: &buffer)
        writer.append(goodbye: identity.main.ssrc, to: &buffer)
        if (senders[.slides]?.packetsSent ?? 0) > 0 { writer.append(goodbye: identity.slides.ssrc, to: &buffer) }
        emit(datagram.span.extracting(0..<writer.length), .control)
    }
}

/// Room for one datagram: a report with 31 blocks, two CNAMEs and a message.
private typealias RTCPBytes = InlineArray<1400, UInt8>
