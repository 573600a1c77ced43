// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import Picture

/// What a member's camera sends where pictures are decoded: a test pattern of its own, 640x360, encoded beforehand.
enum PatternStream {
    static let size = PictureSize(640, 360)

    /// - Returns: `count` frames, the first a key frame; a frame that the encoder left out is empty.
    static func frames(
        _ codec: VideoCodec, member: Int, count: Int, bitrate: Int
    ) throws -> [EncodedFrame] {
        let pattern = TestPattern(
            name: "Member \(member)",
            color: PictureColor(
                red: UInt8(clamping: 40 + member * 13), green: UInt8(clamping: 220 - member * 9), blue: 90))
        let encoder = try codec.makeEncoder(
            VideoEncoderParameters(size: size, frameRate: VideoScript.rate, bitrate: bitrate))
        let picture = PictureFrame(size)
        return try (0..<count).map { index in
            pattern.draw(UInt32(index * 1000 / VideoScript.rate + member * 97), on: picture)
            var frame = EncodedFrame()
            let ticks = Int64(index * 90_000 / VideoScript.rate)
            return try encoder.encode(picture, timestamp: ticks, keyframe: index == 0, into: &frame)
                ? frame : EncodedFrame()
        }
    }
}
