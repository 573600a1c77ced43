// SPDX-License-Identifier: GPL-3.0-or-later

/// Who is heard in a packet, for the CSRC list (RFC 3550 §5.1) and its levels (RFC 6465).
package struct Contributor: Hashable, Sendable {
    /// Slot of the member.
    package let slot: Int
    /// dBov without its sign: 0 is loudest, 127 silence.
    package let level: UInt8
}

/// One packet for one member. Its memory belongs to the mixer and holds until the next tick.
@safe package struct MixedPacket {
    package enum Kind: Hashable, Sendable {
        case audio
        /// Silence encoded beforehand.
        case silence
    }

    package let kind: Kind
    /// What the payload was encoded with.
    package let parameters: EncoderParameters
    /// The RTP payload. Members of one class get the very same memory.
    package let payload: UnsafeRawBufferPointer
    /// RTP ticks of the first sample since the mixer began, the same for all members of one clock rate: add the leg's
    /// random offset. It runs on through silence and wraps.
    package let timestamp: UInt32
    /// RTP ticks since the packet before this one to the same member; 0 for its first.
    package let timestampIncrement: UInt32
    /// Set on the first packet after a pause (RFC 3551 §4.1).
    package let marker: Bool
    /// At most 15, never the receiving member itself.
    package let contributors: UnsafeBufferPointer<Contributor>
}
