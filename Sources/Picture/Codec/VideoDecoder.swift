// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// Why a decoder could not be made.
package enum VideoDecoderError: Error, Equatable {
    case missing(VideoCodec)
    case outOfMemory(VideoCodec)
}

/// Why a frame gave no picture. All of these are a peer's or the network's doing, and the decoder goes on.
package struct VideoDecodeError: Error, Equatable {
    package enum Reason: Equatable, Sendable {
        case empty
        /// It asks for a larger picture than the decoder's limit. (H.264 reports that as `unreadable`.)
        case tooLarge(PictureSize)
        /// The library's own number for why.
        case unreadable(code: Int32)
        /// Parts of it are missing or wrong; what could be made out is not shown.
        case damaged
        /// It builds on frames that are missing or were damaged. A keyframe has to be asked for.
        case waitingForKeyframe
        /// Not 4:2:0 with 8 bits, in libavcodec's numbers.
        case pixelFormat(Int32)
    }

    package let codec: VideoCodec
    /// Of the frame, as given to ``VideoDecoder/decode(_:timestamp:)``.
    package let timestamp: UInt32
    /// Length of the frame.
    package let bytes: Int
    package let reason: Reason
}

/// Turns the frames of one stream into pictures. Belongs to one thread at a time; decodes at once, on that thread.
///
/// It never shows what it knows to be wrong: after damage or loss nothing comes out until the next keyframe.
package protocol VideoDecoder: AnyObject {
    var codec: VideoCodec { get }
    /// Whether only a keyframe can bring the picture back: to be asked for with PLI.
    var needsKeyframe: Bool { get }

    /// Decodes one frame; sizes may change from one to the next.
    /// - Parameters:
    ///   - frame: a VP8 frame, or an H.264 access unit in Annex B form.
    ///   - timestamp: names the frame in errors; nothing else depends on it.
    /// - Returns: the picture, which stays as it is however long it is kept; nil when the frame shows none.
    func decode(_ frame: Span<UInt8>, timestamp: UInt32) throws(VideoDecodeError) -> PictureFrame?

    /// To be told when frames were lost on the way.
    func missedFrames()

    /// Forgets the stream.
    func reset()
}

extension VideoDecoder {
    /// The same for a frame in an array.
    package func decode(_ frame: [UInt8], timestamp: UInt32) throws(VideoDecodeError) -> PictureFrame? {
        try decode(frame.span, timestamp: timestamp)
    }
}
