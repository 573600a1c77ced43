// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// The beginning of a VP8 frame (RFC 6386 §9.1, RFC 7741 §4.3), as far as a bridge needs it.
package struct VP8FrameHeader: Hashable, Sendable {
    /// P is 0: the frame needs no other.
    package var isKeyframe: Bool
    /// The size that a key frame states; nil for others, and where its seven further octets are not all there.
    package var pictureSize: PictureSize?

    /// Reads it from the VP8 data of a frame's first packet, the payload descriptor taken off; nil where there is none,
    /// or where a key frame lacks its start code.
    package init?(_ data: Span<UInt8>) {
        guard data.count >= 3 else { return nil }
        isKeyframe = data[0] & 0x01 == 0
        guard isKeyframe, data.count >= 6 else { return }
        guard data[3] == 0x9D, data[4] == 0x01, data[5] == 0x2A else { return nil }
        guard data.count >= 10 else { return }
        // Little-endian, 14 bits each; the upper two ask for upscaling, which changes nothing in the stream.
        let width = Int(data[6]) | Int(data[7] & 0x3F) << 8
        let height = Int(data[8]) | Int(data[9] & 0x3F) << 8
        if width > 0, height > 0 { pictureSize = PictureSize(width, height) }
    }
}
