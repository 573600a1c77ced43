// SPDX-License-Identifier: GPL-3.0-or-later

import RTP

/// A stream of packets that can be forwarded: one video line of one member. The owner gives the numbers.
package struct VideoSourceID: RawRepresentable, Hashable, Sendable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }
}

/// What a `VideoForwarder` says of a packet.
package enum ForwardVerdict: Hashable, Sendable {
    case forward(ForwardedPacket)
    case drop(ForwardDrop)
}

/// Why a packet does not go to a receiver. The raw value is a counter index.
package enum ForwardDrop: Int, CaseIterable, Hashable, Sendable {
    /// Its source is neither shown nor about to be.
    case notSelected
    /// Its source is to be shown from its next key frame on, which has not come.
    case awaitingKeyframe
    /// Older than the key frame that its source was switched to at, or older than what is remembered.
    case late
    /// The receiver does not take its codec.
    case codec
    /// H.264 that a receiver of packetization-mode 0 cannot read.
    case packetizationMode
}

/// How a packet leaves: the values of its RTP header and, of VP8, its payload descriptor. The rest of the payload goes
/// as it came.
package struct ForwardedPacket: Hashable, Sendable {
    package var payloadType: UInt8
    package var marker: Bool
    package var sequenceNumber: UInt16
    package var timestamp: UInt32
    package var ssrc: UInt32
    /// Whose picture it is, as the one contributing source (RFC 3550 §5.1); nil says nothing.
    package var contributor: UInt32?
    /// VP8: the descriptor with its running numbers continued; nil: nothing of the payload is rewritten.
    package var descriptor: VP8PayloadDescriptor?
    /// The part of the datagram that is copied behind header and descriptor.
    package var rest: Range<Int>
    /// The first packet of a source: from here on the receiver sees another picture.
    package var startsSource = false
    /// Sequence numbers left free just before this one, for the parameter sets that the receiver needs first (see
    /// `head(ofParameterSet:)`).
    package var parameterSetPackets: UInt8 = 0

    /// Octets of the packet on the wire, without SRTP.
    package var size: Int { headSize + rest.count }

    /// Octets that `writeHead` writes.
    package var headSize: Int { headerSize + (descriptor?.size ?? 0) }

    /// Octets of the RTP header.
    package var headerSize: Int { RTPHeader.fixedSize + (contributor == nil ? 0 : 4) }

    /// Writes RTP header and descriptor at the beginning of `buffer`, which must hold `headSize` octets; the `rest` of
    /// the source's datagram belongs behind it. CSRC list and header extensions of the source are left out: their
    /// numbers were agreed with another peer.
    package func writeHead(into buffer: inout MutableSpan<UInt8>) {
        buffer[0] = contributor == nil ? 0x80 : 0x81
        buffer[1] = payloadType & 0x7F | (marker ? 0x80 : 0)
        buffer.setBigEndian(sequenceNumber, at: 2)
        buffer.setBigEndian(timestamp, at: 4)
        buffer.setBigEndian(ssrc, at: 8)
        if let contributor { buffer.setBigEndian(contributor, at: RTPHeader.fixedSize) }
        descriptor?.write(into: &buffer, at: headerSize)
    }

    /// Writes the packet whole: the head, and the rest out of the source's `datagram`.
    /// - Returns: its octets; nil where `buffer` has no room.
    package func write(from datagram: Span<UInt8>, into buffer: inout MutableSpan<UInt8>) -> Int? {
        guard size <= buffer.count, rest.upperBound <= datagram.count else { return nil }
        writeHead(into: &buffer)
        buffer.copy(datagram.extracting(rest), at: headSize)
        return size
    }

    /// The header of the packet with parameter sets number `index`, below `parameterSetPackets`, which leaves before
    /// this one; its payload is the owner's to write.
    package func head(ofParameterSet index: UInt8) -> ForwardedPacket {
        var head = self
        head.marker = false
        head.sequenceNumber = sequenceNumber &- UInt16(parameterSetPackets) &+ UInt16(index)
        head.rest = 0..<0
        head.parameterSetPackets = 0
        head.startsSource = index == 0
        return head
    }
}
