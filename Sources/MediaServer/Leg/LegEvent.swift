// SPDX-License-Identifier: GPL-3.0-or-later
package import Audio
package import RTP

/// Names one leg of a media server for the life of the process.
package struct LegID: Hashable, Sendable, CustomStringConvertible {
    package let number: UInt64

    package init(_ number: UInt64) {
        self.number = number
    }

    package var description: String { "\(number)" }
}

/// What the packet path reports to the control plane about one leg.
package enum LegEvent: Hashable, Sendable {
    /// The leg began or ended to be heard in the mix.
    case talking(Bool)
    /// Nothing came for the configured time while media was expected.
    case mediaLost
    /// A DTMF key: `0`–`9`, `*`, `#`, `A`–`D`.
    case digit(Character)
    /// The leg could not be opened or changed: no memory, no descriptor.
    case failed
    /// The peer said RTCP BYE (RFC 3550 §6.6).
    case goodbye
    /// Media comes from here now, which is not the address in the peer's description.
    case latched(SocketAddress)
    /// The peer's camera is to be asked for a key frame by INFO: it takes no RTCP feedback (RFC 5168).
    case keyframeWanted
    /// The peer began or ended to share its screen.
    case presents(Bool)
    /// The leg's video could not be opened: no descriptor. Its audio goes on.
    case videoFailed
}

/// An RTCP datagram of a leg, in words.
package struct ControlMessage: Hashable, Sendable {
    package var at: MediaInstant
    package var isSent: Bool
    package var text: String
}

/// How one leg fares.
package struct LegStatistics: Sendable {
    /// Where media goes to.
    package var remote: SocketAddress
    package var packetsReceived: UInt64
    package var packetsSent: UInt64
    package var bytesReceived: UInt64
    package var bytesSent: UInt64
    /// Share of the peer's packets lost on the way to us in the last reporting interval, 0...1.
    package var fractionLost: Double
    /// Packets of the peer lost since the beginning.
    package var cumulativeLost: Int
    /// Share of our packets that the peer reports lost, 0...1.
    package var remoteFractionLost: Double
    /// Interarrival jitter of the peer's packets (RFC 3550 §6.4.1), ms.
    package var jitter: Double
    /// Round trip by RTCP, ms; nil before the first measurement.
    package var roundTrip: Double?
    /// Delay that the jitter buffer adds, ms.
    package var bufferDelay: Double
    /// Audio concealed since the beginning, ms.
    package var concealed: Double
    /// The peer's clock against ours, parts per million.
    package var drift: Double
    /// Level of what the peer sends, decibels below overload: 0...127.
    package var level: UInt8
    package var isTalking: Bool
    /// The codec that comes in.
    package var codec: AudioCodec
    /// Datagrams dropped, by reason.
    package var dropped: DropCounters
    /// nil where the leg has no video.
    package var video: VideoStatistics?
}
