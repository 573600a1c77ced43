// SPDX-License-Identifier: GPL-3.0-or-later

/// Up to 17 lost packets: one entry of a generic NACK (RFC 4585 §6.2.1).
package struct LostPackets: Hashable, Sendable {
    /// The first of them (PID).
    package var first: UInt16
    /// Bit n, from the least significant: packet `first + n + 1` is lost too (BLP).
    package var following: UInt16

    package init(first: UInt16, following: UInt16 = 0) {
        self.first = first
        self.following = following
    }

    package var count: Int { 1 + following.nonzeroBitCount }

    /// Adds a packet up to 16 after the first. False, and nothing done, for others.
    package mutating func insert(_ sequenceNumber: UInt16) -> Bool {
        let distance = first.sequenceDistance(to: sequenceNumber)
        guard (0...16).contains(distance) else { return false }
        if distance > 0 { following |= 1 << UInt16(distance - 1) }
        return true
    }

    /// Every one of them, in order.
    package func forEach(_ body: (UInt16) -> Void) {
        body(first)
        var bits = following
        while bits != 0 {
            body(first &+ UInt16(bits.trailingZeroBitCount) &+ 1)
            bits &= bits &- 1
        }
    }
}

/// A generic NACK (RFC 4585 §6.2.1): packets that a receiver lost and would like again.
package struct NegativeAcknowledgement: Hashable, Sendable {
    /// Bytes of one entry.
    static let entrySize = 4

    package var senderSSRC: UInt32
    package var mediaSSRC: UInt32
    /// The entries, as a range of the datagram.
    package var entries: Range<Int>

    /// nil where `packet` is none.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard
            let head = FeedbackHead(
                .transportFeedback, TransportFeedbackFormat.negativeAcknowledgement, of: packet, in: datagram)
        else { return nil }
        senderSSRC = head.senderSSRC
        mediaSSRC = head.mediaSSRC
        entries = head.control
    }

    package var count: Int { entries.count / Self.entrySize }

    /// The entry at `index` of the message that this was read from; nil past the last.
    package func lost(_ index: Int, in datagram: Span<UInt8>) -> LostPackets? {
        guard let offset = entries.entry(index, size: Self.entrySize, in: datagram) else { return nil }
        return LostPackets(
            first: datagram.bigEndianUInt16(at: offset), following: datagram.bigEndianUInt16(at: offset + 2))
    }

    /// Every sequence number asked for, as the message has them: not sorted, perhaps more than once.
    package func forEach(in datagram: Span<UInt8>, _ body: (UInt16) -> Void) {
        for index in 0..<count {
            guard let lost = lost(index, in: datagram) else { return }
            lost.forEach(body)
        }
    }
}
