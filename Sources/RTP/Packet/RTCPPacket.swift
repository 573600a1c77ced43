// SPDX-License-Identifier: GPL-3.0-or-later

/// RTCP packet types (RFC 3550 §12.1, RFC 4585 §6.1, RFC 3611 §2). An open set: unknown ones are passed over.
package struct RTCPPacketType: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt8

    @inlinable
    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    package static let senderReport = RTCPPacketType(rawValue: 200)
    package static let receiverReport = RTCPPacketType(rawValue: 201)
    package static let sourceDescription = RTCPPacketType(rawValue: 202)
    package static let bye = RTCPPacketType(rawValue: 203)
    package static let applicationDefined = RTCPPacketType(rawValue: 204)
    package static let transportFeedback = RTCPPacketType(rawValue: 205)
    package static let payloadFeedback = RTCPPacketType(rawValue: 206)
    package static let extendedReport = RTCPPacketType(rawValue: 207)
}

/// Why a datagram is not a valid RTCP compound (RFC 3550 §A.2, RFC 5506 §3): dropped whole, and counted.
package enum RTCPParseError: Error, Hashable, Sendable, CaseIterable {
    /// Shorter than one header and an SSRC.
    case short
    /// The version bits of a packet are not 2.
    case version
    /// A packet's length runs past the datagram, or the lengths do not add up to it.
    case length
    /// Padding in a packet that is not the last, or more padding than packet.
    case padding
    /// A packet holds fewer blocks than its count says.
    case blocks
}

/// One packet of an RTCP compound: its head as values and the place of what follows it. Copyable, without references.
package struct RTCPPacket: Hashable, Sendable {
    package var type: RTCPPacketType
    /// The five bits of reception report count, source count, subtype or feedback message type.
    package var count: UInt8
    /// What follows the four bytes of head, padding cut off, as a range of the datagram. At least the sender's SSRC
    /// but for an empty SDES or BYE.
    package var body: Range<Int>

    /// The SSRC that the packet begins with; nil for an empty SDES or BYE.
    package func senderSSRC(in datagram: Span<UInt8>) -> UInt32? {
        guard body.count >= 4, body.upperBound <= datagram.count else { return nil }
        return datagram.bigEndianUInt32(at: body.lowerBound)
    }
}

/// Walks the packets of an RTCP compound, checking each (RFC 3550 §6.1, A.2). Reduced-size compounds (RFC 5506) pass:
/// the first packet need not be a report. No allocation.
package struct RTCPCompoundReader: Sendable {
    private var offset = 0

    package init() {}

    /// The next packet of `datagram`, nil at its end.
    /// - Throws: `RTCPParseError`; the rest of the datagram is not to be read then.
    package mutating func next(in datagram: Span<UInt8>) throws(RTCPParseError) -> RTCPPacket? {
        if offset == datagram.count, offset > 0 { return nil }
        guard datagram.count - offset >= 4 else { throw offset == 0 ? .short : .length }
        let first = datagram[offset]
        guard first >> 6 == 2 else { throw .version }
        let end = offset + 4 * (Int(datagram.bigEndianUInt16(at: offset + 2)) + 1)
        guard end <= datagram.count else { throw .length }
        var bodyEnd = end
        if first & 0x20 != 0 {
            let padding = Int(datagram[end - 1])
            guard end == datagram.count, padding > 0, padding % 4 == 0, offset + 4 + padding <= end else {
                throw .padding
            }
            bodyEnd -= padding
        }
        let packet = RTCPPacket(
            type: RTCPPacketType(rawValue: datagram[offset + 1]), count: first & 0x1F,
            body: (offset + 4)..<bodyEnd)
        guard packet.body.count >= Self.smallestBody(packet) else { throw .blocks }
        offset = end
        return packet
    }

    /// Bytes that a packet of this type and count must have at the least.
    private static func smallestBody(_ packet: RTCPPacket) -> Int {
        switch packet.type {
        case .senderReport: 24 + 24 * Int(packet.count)
        case .receiverReport: 4 + 24 * Int(packet.count)
        case .sourceDescription, .bye: 4 * Int(packet.count)
        case .applicationDefined, .transportFeedback, .payloadFeedback: 8
        case .extendedReport: 4
        default: 0
        }
    }
}
