// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture

/// Pictures as a movie, without sound: VP8 in Matroska and WebM, H.264 in MP4.
final class MovieSink: SceneSink {
    private let path: String
    private let encoder: any VideoEncoder
    private var writer: MovieWriter?
    private var frame = EncodedFrame()
    private var lastKeyframe: Int64?

    private static let bitrate = 2_500_000
    /// Players jump from key frame to key frame: nanoseconds between two.
    private static let keyframeInterval: Int64 = 5_000_000_000

    init(path: String, size: PictureSize, rate: Double) throws(DeviceError) {
        self.path = path
        let codec: VideoCodec = path.lowercased().hasSuffix(".mp4") ? .h264 : .vp8
        do throws(VideoEncodeError) {
            encoder = try codec.makeEncoder(
                VideoEncoderParameters(size: size, frameRate: max(1, Int(rate.rounded())), bitrate: Self.bitrate))
        } catch {
            throw .badFile(path: path, reason: "\(error)")
        }
    }

    func write(_ picture: PictureFrame, at time: Int64) throws(DeviceError) {
        let isKeyframe = lastKeyframe.map { time - $0 >= Self.keyframeInterval } ?? true
        do throws(VideoEncodeError) {
            guard
                try encoder.encode(picture, timestamp: time * 9 / 100_000, keyframe: isKeyframe, into: &frame)
            else { return }
        } catch {
            throw .badFile(path: path, reason: "\(error)")
        }
        if frame.isKeyframe { lastKeyframe = time }
        if writer == nil {
            writer = try MovieWriter(path: path, codec: encoder.codec, size: picture.size, first: frame)
        }
        try writer?.write(frame)
    }

    func finish() throws(DeviceError) {
        try writer?.finish()
    }
}
