// SPDX-License-Identifier: GPL-3.0-or-later

/// REMB: what a receiver believes it can take, of all the named streams together. An application layer feedback message
/// of draft-alvestrand-rmcat-remb-03 §2.2, which every browser and many SFUs still speak.
package struct ReceiverEstimatedBitrate: Hashable, Sendable {
    /// "REMB".
    static let identifier: UInt32 = 0x5245_4D42
    /// Bytes before the list of sources: identifier, count and rate.
    static let headSize = 8
    /// The count is one byte.
    static let maximumSources = 255

    package var senderSSRC: UInt32
    /// Bits a second, headers counted in; `Int.max` for what no link carries.
    package var bitsPerSecond: Int
    /// The streams, 4 bytes each, as a range of the datagram.
    package var sources: Range<Int>

    /// nil where `packet` is none, or names more streams than it has room for.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard
            let head = FeedbackHead(.payloadFeedback, PayloadFeedbackFormat.applicationLayer, of: packet, in: datagram),
            head.control.count >= Self.headSize
        else { return nil }
        let start = head.control.lowerBound
        guard datagram.bigEndianUInt32(at: start) == Self.identifier else { return nil }
        let word = datagram.bigEndianUInt32(at: start + 4)
        let end = start + Self.headSize + 4 * Int(word >> 24)
        guard end <= head.control.upperBound else { return nil }
        senderSSRC = head.senderSSRC
        bitsPerSecond = FloatingBitrate(exponent: UInt8(word >> 18 & 0x3F), mantissa: word & 0x3_FFFF).bitsPerSecond
        sources = (start + Self.headSize)..<end
    }

    package var count: Int { sources.count / 4 }

    /// The stream at `index` of the message that this was read from; nil past the last.
    package func source(_ index: Int, in datagram: Span<UInt8>) -> UInt32? {
        guard let offset = sources.entry(index, size: 4, in: datagram) else { return nil }
        return datagram.bigEndianUInt32(at: offset)
    }

    package func names(_ ssrc: UInt32, in datagram: Span<UInt8>) -> Bool {
        (0..<count).contains { source($0, in: datagram) == ssrc }
    }

    /// Count and rate on the wire.
    static func word(sources: Int, bitsPerSecond: Int) -> UInt32 {
        let rate = FloatingBitrate(bitsPerSecond: bitsPerSecond, mantissaBits: 18)
        return UInt32(sources) << 24 | UInt32(rate.exponent) << 18 | rate.mantissa
    }
}
