// SPDX-License-Identifier: GPL-3.0-or-later

/// Retransmission packets (RFC 4588 §4): the original with payload type, SSRC and sequence number of the retransmission
/// stream, and the original sequence number before the payload. CSRC list, header extension, marker and timestamp stay;
/// padding goes.
package enum RetransmissionPacket {
    /// Bytes of the original sequence number.
    package static let headSize = 2

    /// The original sequence number; nil where a packet carries none, as those sent to probe the path.
    package static func originalSequenceNumber(of header: RTPHeader, in datagram: Span<UInt8>) -> UInt16? {
        guard header.payload.count >= headSize, header.payload.upperBound <= datagram.count else { return nil }
        return datagram.bigEndianUInt16(at: header.payload.lowerBound)
    }

    /// Writes `datagram`, whose header is `header`, as a retransmission.
    ///
    /// - Returns: bytes written; nil, and nothing of use written, where `buffer` is too small.
    package static func wrap(
        _ datagram: Span<UInt8>, header: RTPHeader, payloadType: UInt8, ssrc: UInt32, sequenceNumber: UInt16,
        into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        let payload = header.payload
        let length = payload.upperBound + headSize
        guard isWhole(header, in: datagram), length <= buffer.count else { return nil }
        copy(datagram, 0..<payload.lowerBound, to: 0, of: &buffer)
        buffer.setBigEndian(header.sequenceNumber, at: payload.lowerBound)
        copy(datagram, payload, to: payload.lowerBound + headSize, of: &buffer)
        rewrite(&buffer, payloadType: payloadType, ssrc: ssrc, sequenceNumber: sequenceNumber)
        return length
    }

    /// Writes the original of a retransmission `datagram`, whose header is `header`.
    ///
    /// - Parameters:
    ///   - payloadType: what the `apt` of its payload type names.
    ///   - ssrc: the stream that the retransmission stream belongs to.
    /// - Returns: bytes written; nil where there is no original in it, or `buffer` is too small.
    package static func unwrap(
        _ datagram: Span<UInt8>, header: RTPHeader, payloadType: UInt8, ssrc: UInt32,
        into buffer: inout MutableSpan<UInt8>
    ) -> Int? {
        let payload = header.payload
        guard isWhole(header, in: datagram), let original = originalSequenceNumber(of: header, in: datagram),
            payload.upperBound - headSize <= buffer.count
        else { return nil }
        copy(datagram, 0..<payload.lowerBound, to: 0, of: &buffer)
        copy(
            datagram, (payload.lowerBound + headSize)..<payload.upperBound, to: payload.lowerBound, of: &buffer)
        rewrite(&buffer, payloadType: payloadType, ssrc: ssrc, sequenceNumber: original)
        return payload.upperBound - headSize
    }

    private static func isWhole(_ header: RTPHeader, in datagram: Span<UInt8>) -> Bool {
        header.payload.lowerBound >= RTPHeader.fixedSize && header.payload.upperBound <= datagram.count
    }

    private static func copy(
        _ datagram: Span<UInt8>, _ range: Range<Int>, to offset: Int, of buffer: inout MutableSpan<UInt8>
    ) {
        for index in range { buffer[offset + index - range.lowerBound] = datagram[index] }
    }

    private static func rewrite(
        _ buffer: inout MutableSpan<UInt8>, payloadType: UInt8, ssrc: UInt32, sequenceNumber: UInt16
    ) {
        buffer[0] &= ~0x20
        buffer[1] = buffer[1] & 0x80 | payloadType & 0x7F
        buffer.setBigEndian(sequenceNumber, at: 2)
        buffer.setBigEndian(ssrc, at: 8)
    }
}
