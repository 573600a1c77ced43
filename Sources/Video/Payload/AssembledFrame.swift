// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import RTP

/// A whole picture, as a decoder takes it: a VP8 frame, or an H.264 access unit in Annex B form.
package struct AssembledFrame: Hashable, Sendable {
    /// RTP ticks.
    package var timestamp: UInt32
    package var isKeyframe: Bool
    /// What a key frame states of its size.
    package var pictureSize: PictureSize?
    /// Octets.
    package var size: Int
    /// Packets that it came in.
    package var packets: Int
    /// When the last of them came.
    package var arrival: MediaInstant
}

/// What a `FrameAssembler` has next.
package enum AssemblerOutput: Hashable, Sendable {
    /// A picture that a decoder may have; its octets are there until the next call.
    case frame(AssembledFrame)
    /// Something was lost for good. Nothing more comes until a key frame does: one is to be asked for.
    case keyframeNeeded(AssemblerGap)
}

/// Why a picture could not be put together.
package enum AssemblerGap: Int, CaseIterable, Hashable, Sendable {
    /// Packets did not come in time.
    case loss
    /// The packets are there, but do not make a frame.
    case malformed
    /// The frame is larger than all the memory.
    case tooLarge
    /// Another SSRC, or a jump in sequence numbers that no loss explains.
    case restart
}

/// What became of a packet at a frame assembler's door. The raw value is a counter index.
package enum AssemblerVerdict: Int, CaseIterable, Hashable, Sendable {
    case accepted
    /// It is here already.
    case duplicate
    /// Its frame has been given out or given up.
    case late
    /// Larger than a slot, or of another codec.
    case unusable
    /// Far out of sequence, and no second packet has confirmed it so far (RFC 3550 A.1).
    case probation
}
