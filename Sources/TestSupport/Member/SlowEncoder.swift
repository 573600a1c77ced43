// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
package import Geometry
package import Picture
import RTP

/// An encoder that keeps its thread busy for so long with each picture, beside what encoding takes.
package final class SlowEncoder: VideoEncoder {
    private let encoder: any VideoEncoder
    private let threads: Int
    private let milliseconds: @Sendable (PictureSize) -> Int

    private init(
        _ encoder: any VideoEncoder, threads: Int, _ milliseconds: @escaping @Sendable (PictureSize) -> Int
    ) {
        self.encoder = encoder
        self.threads = threads
        self.milliseconds = milliseconds
    }

    /// - Parameters:
    ///   - threads: that are busy with a picture, of the rank of the one that encodes.
    ///   - milliseconds: is asked for each picture; on the thread that encodes.
    package static func maker(
        threads: Int = 1, _ milliseconds: @escaping @Sendable (PictureSize) -> Int
    ) -> VideoEncoderMaker {
        { codec, parameters throws(VideoEncodeError) in
            try SlowEncoder(codec.makeEncoder(parameters), threads: threads, milliseconds)
        }
    }

    package var codec: VideoCodec { encoder.codec }
    package var parameters: VideoEncoderParameters { encoder.parameters }

    package func apply(_ parameters: VideoEncoderParameters) throws(VideoEncodeError) { try encoder.apply(parameters) }

    package func encode(
        _ picture: PictureFrame, timestamp: Int64, keyframe: Bool, into frame: inout EncodedFrame
    ) throws(VideoEncodeError) -> Bool {
        let end = MediaInstant.now().advanced(byMilliseconds: milliseconds(picture.size))
        // On Linux a thread has the rank of the one that starts it.
        for _ in 1..<max(1, threads) { Thread.detachNewThread { SlowEncoder.toil(until: end) } }
        Self.toil(until: end)
        return try encoder.encode(picture, timestamp: timestamp, keyframe: keyframe, into: &frame)
    }

    private static func toil(until end: MediaInstant) {
        while MediaInstant.now() < end {}
    }
}
