// SPDX-License-Identifier: GPL-3.0-or-later

/// A packet in the jitter buffer, its payload borrowed: valid until the buffer's next mutating call.
@safe package struct BufferedPacket {
    /// Sequence number, extended past its wraps; comparable within one run between resets.
    package let sequence: Int64
    /// Payload type, 0–127.
    package let payloadType: UInt8
    /// The marker bit.
    package let marker: Bool
    /// What the sender said of its level (RFC 6464), nil where the packet carried none.
    package let level: AudioLevel?
    /// Length of its media in RTP ticks.
    package let duration: Int
    /// Ticks at its beginning whose time has passed: decode all, throw that many away.
    package let skip: Int
    /// The payload, in the buffer's own memory.
    package let payload: UnsafeRawBufferPointer
}

/// What stands next in the playout.
package enum JitterBufferOutput {
    /// The next packet, taken out.
    case packet(BufferedPacket)
    /// Packets were lost: `ticks` of media are missing up to `next`, which is here and stays (its in-band FEC may
    /// cover the last packet before it). Say with `advance` how much was concealed.
    case missing(ticks: Int, next: BufferedPacket)
    /// The sender was silent on purpose (DTX): `ticks` until its next packet, which is here. Say with `advance` how much
    /// was filled.
    case silence(ticks: Int)
    /// Nothing is here. Say with `starve` how much was concealed meanwhile.
    case empty
}

/// How the playout stands against where it should be.
package struct PlayoutAdjustment: Hashable, Sendable {
    /// Nanoseconds of delay too much (positive: play faster) or too little (negative: play slower).
    package var error: Int64
    /// What the sender's clock runs faster than ours, parts per million; 0 while not known or not significant.
    package var drift: Double
    /// Nothing to adjust.
    package static let none = PlayoutAdjustment(error: 0, drift: 0)
}
