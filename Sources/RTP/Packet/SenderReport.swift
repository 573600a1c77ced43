// SPDX-License-Identifier: GPL-3.0-or-later

/// The sender information of a sender report (RFC 3550 §6.4.1).
package struct SenderReport: Hashable, Sendable {
    package var ssrc: UInt32
    /// Wall-clock time of the report as 32.32 fixed-point seconds since 1900.
    package var ntpTimestamp: UInt64
    /// The same instant in the ticks of the stream's RTP clock.
    package var rtpTimestamp: UInt32
    package var packetCount: UInt32
    /// Payload octets sent, without headers and padding.
    package var octetCount: UInt32

    /// One to be sent.
    package init(
        ssrc: UInt32, ntpTimestamp: NTPTimestamp, rtpTimestamp: UInt32, packetCount: UInt32, octetCount: UInt32
    ) {
        self.ssrc = ssrc
        self.ntpTimestamp = ntpTimestamp.rawValue
        self.rtpTimestamp = rtpTimestamp
        self.packetCount = packetCount
        self.octetCount = octetCount
    }

    /// Reads it from `packet` of `datagram`; nil where that is no sender report.
    package init?(_ packet: RTCPPacket, in datagram: Span<UInt8>) {
        guard packet.type == .senderReport, packet.body.count >= 24, packet.body.upperBound <= datagram.count else {
            return nil
        }
        let start = packet.body.lowerBound
        ssrc = datagram.bigEndianUInt32(at: start)
        ntpTimestamp =
            UInt64(datagram.bigEndianUInt32(at: start + 4)) << 32 | UInt64(datagram.bigEndianUInt32(at: start + 8))
        rtpTimestamp = datagram.bigEndianUInt32(at: start + 12)
        packetCount = datagram.bigEndianUInt32(at: start + 16)
        octetCount = datagram.bigEndianUInt32(at: start + 20)
    }
}
