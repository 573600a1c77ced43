// SPDX-License-Identifier: GPL-3.0-or-later

/// The figures of one RTP session so far, both ways.
package struct RTPStatistics: Hashable, Sendable {
    package var packetsSent = 0
    /// Payload octets, without headers.
    package var octetsSent = 0
    package var packetsReceived = 0
    /// Whole datagrams, without UDP and IP headers.
    package var octetsReceived = 0
    /// Of the peer's packets: expected and not come, since the beginning.
    package var packetsLost = 0
    /// Of the peer's packets, since the report of ours before the last one: 0–1.
    package var fractionLost = 0.0
    package var duplicates = 0
    package var late = 0
    /// Interarrival jitter of the peer's packets, milliseconds (RFC 3550 §6.4.1).
    package var jitterMilliseconds = 0.0
    /// Round trip from reports, milliseconds; nil until a report of the peer has answered one of ours.
    package var roundTripMilliseconds: Double?
    /// What the peer last said about our packets.
    package var remoteReport: ReportBlock?
    /// The peer's last sender report, and when it came.
    package var lastSenderReport: SenderReport?
    package var lastSenderReportArrival: MediaInstant?
    package var controlSent = 0
    package var controlReceived = 0
    /// Times that the peer restarted: another SSRC or other sequence numbers.
    package var restarts = 0
    /// Times that our SSRC had to change (RFC 3550 §8.2).
    package var collisions = 0

    package init() {}
}
