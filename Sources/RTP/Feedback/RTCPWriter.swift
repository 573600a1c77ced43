// SPDX-License-Identifier: GPL-3.0-or-later

/// Writes one RTCP datagram into a buffer of the caller's, packet after packet. A compound begins with a report and a
/// CNAME (RFC 3550 §6.1, RFC 4585 §3.1); feedback alone is a reduced-size datagram, for peers that agreed to
/// `a=rtcp-rsize` (RFC 5506). Each `append` gives false, and writes nothing, where the packet does not fit.
package struct RTCPWriter: Sendable {
    /// Bytes written so far: the datagram is the first `length` bytes of the buffer.
    package private(set) var length = 0

    package init() {}

    /// A receiver report (RFC 3550 §6.4.2) with at most 31 blocks.
    @discardableResult
    package mutating func append(
        receiverReport ssrc: UInt32, blocks: [ReportBlock] = [], to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        guard blocks.count <= 31,
            let start = begin(.receiverReport, UInt8(blocks.count), 4 + blocks.count * ReportBlock.size, &buffer)
        else { return false }
        buffer.setBigEndian(ssrc, at: start)
        for (index, block) in blocks.enumerated() {
            block.write(at: start + 4 + index * ReportBlock.size, to: &buffer)
        }
        return true
    }

    /// A sender report (RFC 3550 §6.4.1) with at most 31 blocks.
    @discardableResult
    package mutating func append(
        senderReport report: SenderReport, blocks: [ReportBlock] = [], to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        guard blocks.count <= 31,
            let start = begin(.senderReport, UInt8(blocks.count), 24 + blocks.count * ReportBlock.size, &buffer)
        else { return false }
        buffer.setBigEndian(report.ssrc, at: start)
        buffer.setBigEndian(UInt32(truncatingIfNeeded: report.ntpTimestamp >> 32), at: start + 4)
        buffer.setBigEndian(UInt32(truncatingIfNeeded: report.ntpTimestamp), at: start + 8)
        buffer.setBigEndian(report.rtpTimestamp, at: start + 12)
        buffer.setBigEndian(report.packetCount, at: start + 16)
        buffer.setBigEndian(report.octetCount, at: start + 20)
        for (index, block) in blocks.enumerated() {
            block.write(at: start + 24 + index * ReportBlock.size, to: &buffer)
        }
        return true
    }

    /// A source description with a CNAME (RFC 3550 §6.5), of which at most 255 bytes are written.
    @discardableResult
    package mutating func append(
        canonicalName: String, of ssrc: UInt32, to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let name = canonicalName.utf8.prefix(255)
        // SSRC, the item's type and length, its text, and one to four null octets up to the boundary.
        let size = 4 + (2 + name.count + 4) / 4 * 4
        guard let start = begin(.sourceDescription, 1, size, &buffer) else { return false }
        buffer.setBigEndian(ssrc, at: start)
        buffer[start + 4] = 1
        buffer[start + 5] = UInt8(name.count)
        var offset = start + 6
        for byte in name {
            buffer[offset] = byte
            offset += 1
        }
        while offset < length {
            buffer[offset] = 0
            offset += 1
        }
        return true
    }

    /// The end of a source (RFC 3550 §6.6).
    @discardableResult
    package mutating func append(goodbye ssrc: UInt32, to buffer: inout MutableSpan<UInt8>) -> Bool {
        guard let start = begin(.bye, 1, 4, &buffer) else { return false }
        buffer.setBigEndian(ssrc, at: start)
        return true
    }

    @discardableResult
    package mutating func append(_ loss: PictureLossIndication, to buffer: inout MutableSpan<UInt8>) -> Bool {
        beginFeedback(
            .payloadFeedback, PayloadFeedbackFormat.pictureLoss, from: loss.senderSSRC, about: loss.mediaSSRC,
            control: 0, &buffer) != nil
    }

    /// A FIR message with one order.
    @discardableResult
    package mutating func append(_ request: FullIntraRequest, to buffer: inout MutableSpan<UInt8>) -> Bool {
        let control = beginFeedback(
            .payloadFeedback, PayloadFeedbackFormat.fullIntraRequest, from: request.senderSSRC, about: 0,
            control: FullIntraRequests.entrySize, &buffer)
        guard let control else { return false }
        buffer.setBigEndian(request.ssrc, at: control)
        buffer.setBigEndian(UInt32(request.sequenceNumber ?? 0) << 24, at: control + 4)
        return true
    }

    /// A generic NACK for all that `lost` has; nothing where it is empty.
    @discardableResult
    package mutating func append(
        lost: RetransmissionRequest, senderSSRC: UInt32, mediaSSRC: UInt32, to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let control =
            lost.isEmpty
            ? nil
            : beginFeedback(
                .transportFeedback, TransportFeedbackFormat.negativeAcknowledgement, from: senderSSRC,
                about: mediaSSRC, control: lost.count * NegativeAcknowledgement.entrySize, &buffer)
        guard let control else { return false }
        for index in 0..<lost.count {
            let offset = control + index * NegativeAcknowledgement.entrySize
            buffer.setBigEndian(lost[index].first, at: offset)
            buffer.setBigEndian(lost[index].following, at: offset + 2)
        }
        return true
    }

    /// A TMMBR message with one limit, or a TMMBN message with the limits in force, which may be none.
    @discardableResult
    package mutating func append(
        _ limits: [TemporaryMaximumBitrate], isNotification: Bool, senderSSRC: UInt32,
        to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        let format =
            isNotification
            ? TransportFeedbackFormat.temporaryBitrateNotification : TransportFeedbackFormat.temporaryBitrateRequest
        let control = beginFeedback(
            .transportFeedback, format, from: senderSSRC, about: 0,
            control: limits.count * TemporaryMaximumBitrates.entrySize, &buffer)
        guard let control else { return false }
        for (index, limit) in limits.enumerated() {
            let offset = control + index * TemporaryMaximumBitrates.entrySize
            buffer.setBigEndian(limit.ssrc, at: offset)
            buffer.setBigEndian(limit.word, at: offset + 4)
        }
        return true
    }

    /// A REMB message about at most 255 streams.
    @discardableResult
    package mutating func append(
        estimatedBitrate bitsPerSecond: Int, of sources: [UInt32], senderSSRC: UInt32,
        to buffer: inout MutableSpan<UInt8>
    ) -> Bool {
        typealias Estimate = ReceiverEstimatedBitrate
        guard sources.count <= Estimate.maximumSources,
            let control = beginFeedback(
                .payloadFeedback, PayloadFeedbackFormat.applicationLayer, from: senderSSRC, about: 0,
                control: Estimate.headSize + 4 * sources.count, &buffer)
        else { return false }
        buffer.setBigEndian(Estimate.identifier, at: control)
        buffer.setBigEndian(Estimate.word(sources: sources.count, bitsPerSecond: bitsPerSecond), at: control + 4)
        for (index, source) in sources.enumerated() {
            buffer.setBigEndian(source, at: control + Estimate.headSize + 4 * index)
        }
        return true
    }

    private mutating func beginFeedback(
        _ type: RTCPPacketType, _ format: UInt8, from senderSSRC: UInt32, about mediaSSRC: UInt32, control: Int,
        _ buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        guard let start = begin(type, format, FeedbackHead.size + control, &buffer) else { return nil }
        buffer.setBigEndian(senderSSRC, at: start)
        buffer.setBigEndian(mediaSSRC, at: start + 4)
        return start + FeedbackHead.size
    }

    /// Writes a head for `size` bytes of body, a multiple of four, and gives the body's place.
    private mutating func begin(
        _ type: RTCPPacketType, _ count: UInt8, _ size: Int, _ buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        let start = length
        guard size / 4 <= Int(UInt16.max), start + 4 + size <= buffer.count else { return nil }
        buffer[start] = 0x80 | count
        buffer[start + 1] = type.rawValue
        buffer.setBigEndian(UInt16(size / 4), at: start + 2)
        length = start + 4 + size
        return start + 4
    }
}
