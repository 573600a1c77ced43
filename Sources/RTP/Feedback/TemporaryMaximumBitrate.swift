// SPDX-License-Identifier: GPL-3.0-or-later

/// A limit on what one source sends: one entry of a TMMBR or TMMBN message (RFC 5104 §4.2.1, §4.2.2).
package struct TemporaryMaximumBitrate: Hashable, Sendable {
    /// In a request the source that is to obey, in a notification the receiver that set the limit.
    package var ssrc: UInt32
    /// Bits a second, packet overhead counted in; `Int.max` for what no link carries.
    package var bitsPerSecond: Int
    /// Bytes that each packet has over its payload, as the receiver measures them: 0 to 511.
    package var overhead: Int

    package init(ssrc: UInt32, bitsPerSecond: Int, overhead: Int = 0) {
        self.ssrc = ssrc
        self.bitsPerSecond = bitsPerSecond
        self.overhead = min(max(overhead, 0), 511)
    }

    /// The second word of the wire form.
    var word: UInt32 {
        let rate = FloatingBitrate(bitsPerSecond: bitsPerSecond, mantissaBits: 17)
        return UInt32(rate.exponent) << 26 | rate.mantissa << 9 | UInt32(min(max(overhead, 0), 511))
    }

    init(ssrc: UInt32, word: UInt32) {
        let rate = FloatingBitrate(exponent: UInt8(word >> 26), mantissa: word >> 9 & 0x1_FFFF)
        self.init(ssrc: ssrc, bitsPerSecond: rate.bitsPerSecond, overhead: Int(word & 0x1FF))
    }
}

/// A TMMBR message, which asks for limits, or a TMMBN message, which tells those in force.
package struct TemporaryMaximumBitrates: Hashable, Sendable {
    /// Bytes of one entry.
    static let entrySize = 8

    package var senderSSRC: UInt32
    /// The entries, as a range of the datagram. A notification may have none: nothing is limited (§4.2.2.2).
    package var entries: Range<Int>
    /// TMMBN.
    package var isNotification: Bool

    /// nil where `packet` is neither.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        let format = TransportFeedbackFormat.self
        let head =
            FeedbackHead(.transportFeedback, format.temporaryBitrateRequest, of: packet, in: datagram)
            ?? FeedbackHead(.transportFeedback, format.temporaryBitrateNotification, of: packet, in: datagram)
        guard let head else { return nil }
        senderSSRC = head.senderSSRC
        entries = head.control
        isNotification = packet.count == format.temporaryBitrateNotification
    }

    package var count: Int { entries.count / Self.entrySize }

    /// The limit at `index` of the message that this was read from; nil past the last.
    package func limit(_ index: Int, in datagram: Span<UInt8>) -> TemporaryMaximumBitrate? {
        guard let offset = entries.entry(index, size: Self.entrySize, in: datagram) else { return nil }
        return TemporaryMaximumBitrate(
            ssrc: datagram.bigEndianUInt32(at: offset), word: datagram.bigEndianUInt32(at: offset + 4))
    }

    /// The limit on (TMMBR) or of (TMMBN) `ssrc`; nil where there is none.
    package func limit(for ssrc: UInt32, in datagram: Span<UInt8>) -> TemporaryMaximumBitrate? {
        for index in 0..<count {
            guard let limit = limit(index, in: datagram) else { return nil }
            if limit.ssrc == ssrc { return limit }
        }
        return nil
    }
}
