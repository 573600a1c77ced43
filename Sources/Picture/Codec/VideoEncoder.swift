// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// What an encoder is to make.
package struct VideoEncoderParameters: Hashable, Sendable {
    /// 16x16 to 4096x4096. H.264 has even sizes only: an odd last column or row is not coded.
    package var size: PictureSize
    /// Pictures a second, 1 to 60.
    package var frameRate: Int
    /// Bits a second.
    package var bitrate: Int
    /// The most bytes of an H.264 NAL unit with its start code, for peers that take no fragments (RFC 6184,
    /// packetization-mode 0). VP8 packets are cut anywhere and need none.
    package var maximumSliceBytes: Int?

    package init(size: PictureSize, frameRate: Int, bitrate: Int, maximumSliceBytes: Int? = nil) {
        self.size = size
        self.frameRate = frameRate
        self.bitrate = bitrate
        self.maximumSliceBytes = maximumSliceBytes
    }

    /// Throws when no codec could do it.
    func check(_ codec: VideoCodec) throws(VideoEncodeError) {
        guard (16...4096).contains(size.width), (16...4096).contains(size.height) else { throw .size(codec, size) }
        guard (1...60).contains(frameRate) else { throw .frameRate(frameRate) }
        guard (1000...100_000_000).contains(bitrate) else { throw .bitrate(bitrate) }
        // Less than a slice header and a macroblock or two would need.
        if let bytes = maximumSliceBytes, !(200...65535).contains(bytes) { throw .sliceBytes(bytes) }
    }

    /// Kilobits a second, as both libraries count them.
    var kilobits: Int { max(1, bitrate / 1000) }
}

package enum VideoEncodeError: Error, Equatable {
    case size(VideoCodec, PictureSize)
    case frameRate(Int)
    case bitrate(Int)
    case sliceBytes(Int)
    /// The library refused a setting, with its own number for why.
    case setting(VideoCodec, code: Int32)
    /// The picture has another size than ``VideoEncoderParameters/size``: scale it, or apply other parameters.
    case pictureSize(PictureSize, expected: PictureSize)
    /// The library could not encode a picture.
    case failed(VideoCodec, code: Int32)
}

/// One frame of a stream. Reuse it: its memory is.
package struct EncodedFrame: Sendable {
    /// A VP8 frame, or an H.264 access unit in Annex B form with SPS and PPS before each keyframe.
    package var bytes: [UInt8] = []
    package var isKeyframe = false
    /// As given to the encoder, in units of 1/90000 s.
    package var timestamp: Int64 = 0

    package init() {}
}

/// Turns pictures into one stream. Belongs to one thread at a time; encodes at once, on that thread, and keeps no
/// picture.
package protocol VideoEncoder: AnyObject {
    var codec: VideoCodec { get }
    var parameters: VideoEncoderParameters { get }

    /// Changes bitrate and frame rate without a break. Another size or slice limit begins anew, with a keyframe.
    func apply(_ parameters: VideoEncoderParameters) throws(VideoEncodeError)

    /// Encodes one picture. Keyframes come first of all and on request only.
    /// - Parameters:
    ///   - timestamp: of the picture in units of 1/90000 s, growing. H.264's rate control goes by the frame rate
    ///     instead.
    ///   - keyframe: whether it must be decodable without what was before.
    ///   - frame: is overwritten.
    /// - Returns: false when the encoder left the picture out to keep to the bitrate; never so with `keyframe`.
    func encode(
        _ picture: PictureFrame, timestamp: Int64, keyframe: Bool, into frame: inout EncodedFrame
    ) throws(VideoEncodeError) -> Bool
}
