// SPDX-License-Identifier: GPL-3.0-or-later

/// Feedback message types of transport-layer feedback, packet type 205 (RFC 4585 §6.2, RFC 5104 §4.2).
package enum TransportFeedbackFormat {
    package static let negativeAcknowledgement: UInt8 = 1
    /// TMMBR.
    package static let temporaryBitrateRequest: UInt8 = 3
    /// TMMBN.
    package static let temporaryBitrateNotification: UInt8 = 4
}

/// Feedback message types of payload-specific feedback, packet type 206 (RFC 4585 §6.3, RFC 5104 §4.3).
package enum PayloadFeedbackFormat {
    package static let pictureLoss: UInt8 = 1
    package static let fullIntraRequest: UInt8 = 4
    /// Application layer feedback; REMB is one of its kinds.
    package static let applicationLayer: UInt8 = 15
}

/// What every feedback message begins with (RFC 4585 §6.1), and the place of what follows it.
struct FeedbackHead {
    /// Bytes of both SSRCs.
    static let size = 8

    /// Who sent the message.
    let senderSSRC: UInt32
    /// What it is about; 0 where the entries say so themselves.
    let mediaSSRC: UInt32
    /// The feedback control information, as a range of the datagram; may be empty.
    let control: Range<Int>

    /// nil where `packet` is of another type or format, or does not lie in `datagram`.
    init?(_ type: RTCPPacketType, _ format: UInt8, of packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard packet.type == type, packet.count == format, packet.body.lowerBound >= 0,
            packet.body.count >= Self.size, packet.body.upperBound <= datagram.count
        else { return nil }
        senderSSRC = datagram.bigEndianUInt32(at: packet.body.lowerBound)
        mediaSSRC = datagram.bigEndianUInt32(at: packet.body.lowerBound + 4)
        control = (packet.body.lowerBound + Self.size)..<packet.body.upperBound
    }
}

extension Range<Int> {
    /// The start of the entry at `index` among entries of `size` bytes; nil past the last whole one that lies in
    /// `datagram`.
    func entry(_ index: Int, size: Int, in datagram: Span<UInt8>) -> Int? {
        guard lowerBound >= 0, index >= 0, index < count / size else { return nil }
        let offset = lowerBound + index * size
        return offset + size <= datagram.count ? offset : nil
    }
}
