// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// The video codecs that pictures are encoded in and decoded from.
package enum VideoCodec: String, CaseIterable, Sendable {
    case vp8 = "VP8"
    case h264 = "H264"

    /// - Throws: `size` or `setting` when the codec cannot do what `parameters` ask for.
    package func makeEncoder(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) -> any VideoEncoder {
        switch self {
        case .vp8: try VP8Encoder(parameters)
        case .h264: try H264Encoder(parameters)
        }
    }

    /// - Parameter limit: larger pictures are refused before memory is taken for them. What was negotiated is best: a
    ///   frame of a few bytes can ask for a picture of any size.
    /// - Throws: `outOfMemory`, or `missing` when the library was built without this decoder.
    package func makeDecoder(
        limit: PictureSize = PictureSize(4096, 2304)
    ) throws(VideoDecoderError) -> any VideoDecoder {
        switch self {
        case .vp8: try VP8Decoder(limit: limit)
        case .h264: try H264Decoder(limit: limit)
        }
    }
}

/// How an encoder is had.
package typealias VideoEncoderMaker =
    @Sendable (VideoCodec, VideoEncoderParameters) throws(VideoEncodeError) -> any VideoEncoder

extension VideoCodec {
    /// libvpx's or x264's.
    package static let usualEncoder: VideoEncoderMaker = { codec, parameters throws(VideoEncodeError) in
        try codec.makeEncoder(parameters)
    }
}
