// SPDX-License-Identifier: GPL-3.0-or-later

/// What became of a received RTP datagram.
package enum RTPVerdict: Hashable, Sendable {
    /// Valid media. The header's ranges are places in the datagram that was handed in.
    case packet(RTPHeader, RTPContinuity)
    case drop(RTPDrop)
}

/// How a packet follows on those before it (RFC 3550 §A.1). Information: duplicates and late packets are handed on,
/// the jitter buffer judges them.
package enum RTPContinuity: Hashable, Sendable {
    /// The first of the session.
    case first
    case next
    /// `lost` packets are missing before it, as yet.
    case gap(lost: Int)
    /// Older than the newest.
    case late
    case duplicate
    /// A sequence number far off: a stray, or the first after the sender's restart.
    case jump
    /// The second in a row after a jump: the sender restarted its sequence numbers.
    case restart
    /// The first of a new SSRC: decoder and jitter buffer begin anew.
    case newSource
}

/// Why an RTP datagram was dropped; counted by reason.
package enum RTPDrop: Hashable, Sendable {
    case malformed(RTPParseError)
    /// Longer than 1500 bytes.
    case oversized
    /// Not negotiated.
    case payloadType
    /// No payload: a keep-alive (RFC 6263 §4.6). Counted as received.
    case empty
    /// Our own SSRC came from elsewhere; ours has been changed (RFC 3550 §8.2).
    case collision
    /// Our own SSRC came again from where it had collided before: the peer sends our packets back.
    case loop
    /// oRTP did not give it back.
    case refused
}
