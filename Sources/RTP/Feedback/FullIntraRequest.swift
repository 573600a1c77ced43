// SPDX-License-Identifier: GPL-3.0-or-later

/// The order to one source to send a key frame (RFC 5104 §4.3.1): one entry of a FIR message.
package struct FullIntraRequest: Hashable, Sendable {
    /// Who asks.
    package var senderSSRC: UInt32
    /// Who is to send a key frame.
    package var ssrc: UInt32
    /// Goes up by one, modulo 256, with each new order; a repetition bears the same one (§4.3.1.1). nil where a peer
    /// left the entry out.
    package var sequenceNumber: UInt8?

    package init(senderSSRC: UInt32, ssrc: UInt32, sequenceNumber: UInt8?) {
        self.senderSSRC = senderSSRC
        self.ssrc = ssrc
        self.sequenceNumber = sequenceNumber
    }
}

/// A FIR message: orders to any number of sources.
package struct FullIntraRequests: Hashable, Sendable {
    /// Bytes of one entry.
    static let entrySize = 8

    package var senderSSRC: UInt32
    /// Not used and 0 by RFC 5104 §4.3.1.2; many peers put the source here as well.
    package var mediaSSRC: UInt32
    /// The entries, as a range of the datagram.
    package var entries: Range<Int>

    /// nil where `packet` is none.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard
            let head = FeedbackHead(.payloadFeedback, PayloadFeedbackFormat.fullIntraRequest, of: packet, in: datagram)
        else { return nil }
        senderSSRC = head.senderSSRC
        mediaSSRC = head.mediaSSRC
        entries = head.control
    }

    package var count: Int { entries.count / Self.entrySize }

    /// The order at `index` of the message that this was read from; nil past the last.
    package func request(_ index: Int, in datagram: Span<UInt8>) -> FullIntraRequest? {
        guard let offset = entries.entry(index, size: Self.entrySize, in: datagram) else { return nil }
        return FullIntraRequest(
            senderSSRC: senderSSRC, ssrc: datagram.bigEndianUInt32(at: offset), sequenceNumber: datagram[offset + 4])
    }

    /// The order to the source `ssrc`, by its entry. Where a peer names the source in the head only, with an entry for
    /// SSRC 0 or none at all, that counts too; an entry for another source does not.
    package func request(for ssrc: UInt32, in datagram: Span<UInt8>) -> FullIntraRequest? {
        var unnamed: FullIntraRequest?
        for index in 0..<count {
            guard let request = request(index, in: datagram) else { break }
            if request.ssrc == ssrc { return request }
            if request.ssrc == 0 { unnamed = request }
        }
        guard mediaSSRC == ssrc, count == 0 || unnamed != nil else { return nil }
        return FullIntraRequest(senderSSRC: senderSSRC, ssrc: ssrc, sequenceNumber: unnamed?.sequenceNumber)
    }
}
