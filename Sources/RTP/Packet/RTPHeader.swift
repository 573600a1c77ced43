// SPDX-License-Identifier: GPL-3.0-or-later

/// The header of an RTP packet (RFC 3550 §5.1) as plain values, with the places of payload, CSRC list and header
/// extension in the datagram. Copyable and without references: reading one allocates nothing.
package struct RTPHeader: Hashable, Sendable {
    /// Bytes of the fixed part.
    package static let fixedSize = 12
    /// The most contributing sources that the header can name.
    package static let maximumContributingSources = 15

    /// Payload type, 0–127.
    package var payloadType: UInt8
    /// The marker bit: for audio the first packet of a talk spurt (RFC 3551 §4.1).
    package var marker: Bool
    /// Sequence number; wraps.
    package var sequenceNumber: UInt16
    /// RTP timestamp in ticks of the payload type's RTP clock; wraps.
    package var timestamp: UInt32
    /// Synchronisation source.
    package var ssrc: UInt32
    /// How many contributing sources follow the fixed part, 0–15.
    package var contributingSourceCount: UInt8
    /// The "defined by profile" word of the header extension; 0 where there is no extension.
    package var extensionProfile: UInt16
    /// Bytes of the header extension's elements in the datagram (without its own 4 bytes of head); empty without one.
    package var extensionElements: Range<Int>
    /// Bytes of the payload in the datagram, padding cut off. May be empty.
    package var payload: Range<Int>

    /// A header with no extension; `payload` defaults to nothing after the fixed part.
    @inlinable
    package init(
        payloadType: UInt8, marker: Bool = false, sequenceNumber: UInt16, timestamp: UInt32, ssrc: UInt32,
        contributingSourceCount: UInt8 = 0, extensionProfile: UInt16 = 0, extensionElements: Range<Int> = 12..<12,
        payload: Range<Int> = 12..<12
    ) {
        self.payloadType = payloadType
        self.marker = marker
        self.sequenceNumber = sequenceNumber
        self.timestamp = timestamp
        self.ssrc = ssrc
        self.contributingSourceCount = contributingSourceCount
        self.extensionProfile = extensionProfile
        self.extensionElements = extensionElements
        self.payload = payload
    }

    /// Reads the header of `datagram`, whole and checked: every range it gives lies inside the datagram.
    /// - Throws: `RTPParseError`, the reason to drop the datagram.
    @inlinable
    package init(parsing datagram: Span<UInt8>) throws(RTPParseError) {
        guard datagram.count >= Self.fixedSize else { throw .short }
        let first = datagram[0]
        guard first >> 6 == 2 else { throw .version }
        let contributing = first & 0x0F
        var offset = Self.fixedSize + 4 * Int(contributing)
        guard offset <= datagram.count else { throw .contributingSources }

        var profile: UInt16 = 0
        var elements = offset..<offset
        if first & 0x10 != 0 {
            guard offset + 4 <= datagram.count else { throw .headerExtension }
            profile = datagram.bigEndianUInt16(at: offset)
            let length = 4 * Int(datagram.bigEndianUInt16(at: offset + 2))
            offset += 4
            guard offset + length <= datagram.count else { throw .headerExtension }
            elements = offset..<(offset + length)
            offset += length
        }

        var end = datagram.count
        if first & 0x20 != 0 {
            let padding = Int(datagram[end - 1])
            guard padding > 0, offset + padding <= end else { throw .padding }
            end -= padding
        }

        let second = datagram[1]
        self.init(
            payloadType: second & 0x7F, marker: second & 0x80 != 0,
            sequenceNumber: datagram.bigEndianUInt16(at: 2), timestamp: datagram.bigEndianUInt32(at: 4),
            ssrc: datagram.bigEndianUInt32(at: 8), contributingSourceCount: contributing, extensionProfile: profile,
            extensionElements: elements, payload: offset..<end)
    }

    /// The contributing source at `index` of the packet that this header was read from; nil past the list.
    @inlinable
    package func contributingSource(_ index: Int, in datagram: Span<UInt8>) -> UInt32? {
        guard index >= 0, index < Int(contributingSourceCount) else { return nil }
        let offset = Self.fixedSize + 4 * index
        guard offset + 4 <= datagram.count else { return nil }
        return datagram.bigEndianUInt32(at: offset)
    }
}
