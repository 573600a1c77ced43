// SPDX-License-Identifier: GPL-3.0-or-later

/// One reception report block (RFC 3550 §6.4.1): what a receiver says about the stream of one source.
package struct ReportBlock: Hashable, Sendable {
    /// Bytes on the wire.
    package static let size = 24

    /// The source that is reported on.
    package var ssrc: UInt32
    /// Lost since the report before, in 256ths.
    package var fractionLost: UInt8
    /// Lost since the beginning; negative where more duplicates came than packets were lost.
    package var cumulativeLost: Int
    /// The highest sequence number received, with the count of its cycles in the upper 16 bits.
    package var extendedHighestSequence: UInt32
    /// Interarrival jitter in ticks of the stream's RTP clock.
    package var jitter: UInt32
    /// The middle 32 bits of the NTP timestamp of the last sender report; 0 for none.
    package var lastSenderReport: UInt32
    /// Since then, in 1/65536 s.
    package var delaySinceLastSenderReport: UInt32

    /// A block to be sent.
    package init(
        ssrc: UInt32, fractionLost: UInt8 = 0, cumulativeLost: Int = 0, extendedHighestSequence: UInt32,
        jitter: UInt32 = 0, lastSenderReport: UInt32 = 0, delaySinceLastSenderReport: UInt32 = 0
    ) {
        self.ssrc = ssrc
        self.fractionLost = fractionLost
        self.cumulativeLost = cumulativeLost
        self.extendedHighestSequence = extendedHighestSequence
        self.jitter = jitter
        self.lastSenderReport = lastSenderReport
        self.delaySinceLastSenderReport = delaySinceLastSenderReport
    }

    /// Reads the block at `offset` of `datagram`; nil where it does not fit in.
    package init?(at offset: Int, in datagram: Span<UInt8>) {
        guard offset >= 0, offset + Self.size <= datagram.count else { return nil }
        ssrc = datagram.bigEndianUInt32(at: offset)
        fractionLost = datagram[offset + 4]
        let lost = datagram.bigEndianUInt32(at: offset + 4) & 0xFF_FFFF
        cumulativeLost = Int(Int32(bitPattern: lost << 8) >> 8)
        extendedHighestSequence = datagram.bigEndianUInt32(at: offset + 8)
        jitter = datagram.bigEndianUInt32(at: offset + 12)
        lastSenderReport = datagram.bigEndianUInt32(at: offset + 16)
        delaySinceLastSenderReport = datagram.bigEndianUInt32(at: offset + 20)
    }

    /// Writes the block at `offset` of `buffer`, which the caller has checked to have room. The loss stays within its
    /// 24 bits.
    func write(at offset: Int, to buffer: inout MutableSpan<UInt8>) {
        let lost = UInt32(truncatingIfNeeded: max(-0x80_0000, min(0x7F_FFFF, cumulativeLost))) & 0xFF_FFFF
        buffer.setBigEndian(ssrc, at: offset)
        buffer.setBigEndian(UInt32(fractionLost) << 24 | lost, at: offset + 4)
        buffer.setBigEndian(extendedHighestSequence, at: offset + 8)
        buffer.setBigEndian(jitter, at: offset + 12)
        buffer.setBigEndian(lastSenderReport, at: offset + 16)
        buffer.setBigEndian(delaySinceLastSenderReport, at: offset + 20)
    }
}

extension RTCPPacket {
    /// Where the report blocks of a sender or receiver report begin; nil for other packets.
    private var reportBlocksStart: Int? {
        switch type {
        case .senderReport: body.lowerBound + 24
        case .receiverReport: body.lowerBound + 4
        default: nil
        }
    }

    /// The block that a sender or receiver report has on `ssrc`, with its offset in the datagram; nil where it has
    /// none.
    package func reportBlock(on ssrc: UInt32, in datagram: Span<UInt8>) -> (block: ReportBlock, offset: Int)? {
        guard let start = reportBlocksStart else { return nil }
        for index in 0..<Int(count) {
            let offset = start + index * ReportBlock.size
            guard offset + ReportBlock.size <= body.upperBound, let block = ReportBlock(at: offset, in: datagram) else {
                return nil
            }
            if block.ssrc == ssrc { return (block, offset) }
        }
        return nil
    }
}
