// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry
package import SDP
package import Video

/// Receivers that can share one encoded canvas.
package struct GridClass: Hashable, Sendable {
    /// VP8 or H.264.
    package var codec: PayloadFormat
    /// H.264: aggregates and fragments are read (packetization-mode 1).
    package var isNonInterleaved: Bool
    package var size: PictureSize
    /// Bits a second.
    package var bitrate: Int

    package init(codec: PayloadFormat, isNonInterleaved: Bool = true, size: PictureSize, bitrate: Int) {
        self.codec = codec
        self.isNonInterleaved = isNonInterleaved
        self.size = size
        self.bitrate = bitrate
    }

    /// The largest canvas that a receiver takes, of a few sizes, so that many receivers share few.
    /// - Parameters:
    ///   - largest: of the room's canvases.
    ///   - rate: pictures a second.
    ///   - bitrate: what the receiver may be sent, bits a second; nil for no limit.
    /// - Returns: nil for a codec that is not encoded here.
    package init?(
        codec: PayloadFormat, isNonInterleaved: Bool, limits: PictureLimits, bitrate limit: Int?,
        largest: PictureSize, rate: Int
    ) {
        guard codec == .vp8 || codec == .h264 else { return nil }
        let limit = [limit, limits.bitrate].compactMap { $0 }.min() ?? .max
        let step =
            GridStep.ladder.first { step in
                step.size.width <= largest.width && step.size.height <= largest.height && step.least <= limit
                    && limits.allow(width: step.size.width, height: step.size.height)
                    && step.macroblocks * rate <= limits.macroblocksPerSecond ?? .max
            } ?? GridStep.smallest
        // In steps, lest each phone's own limit be a class of its own.
        let allowed = max(limit / GridStep.grain * GridStep.grain, GridStep.grain / 2)
        self.init(
            codec: codec, isNonInterleaved: codec != .h264 || isNonInterleaved, size: step.size,
            bitrate: min(step.bitrate, allowed))
    }
}

/// A size of canvas.
private struct GridStep {
    let size: PictureSize
    /// Bits a second that it is worth, and below which a smaller one looks better.
    let bitrate: Int
    let least: Int

    var macroblocks: Int { (size.width + 15) / 16 * ((size.height + 15) / 16) }

    static let grain = 128_000
    static let smallest = GridStep(size: PictureSize(160, 90), bitrate: 96_000, least: 0)

    static let ladder = [
        GridStep(size: PictureSize(1280, 720), bitrate: 1_500_000, least: 600_000),
        GridStep(size: PictureSize(960, 540), bitrate: 900_000, least: 400_000),
        GridStep(size: PictureSize(640, 360), bitrate: 600_000, least: 200_000),
        GridStep(size: PictureSize(320, 180), bitrate: 256_000, least: 96_000),
        smallest,
    ]
}
