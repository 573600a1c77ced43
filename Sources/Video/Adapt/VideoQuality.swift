// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// What an encoder is to make.
package struct VideoTarget: Hashable, Sendable {
    /// Bits a second of the codec, without RTP, UDP and IP.
    package var bitrate: Int
    package var size: PictureSize
    /// Pictures a second.
    package var rate: Int

    package init(bitrate: Int, size: PictureSize, rate: Int) {
        self.bitrate = bitrate
        self.size = size
        self.rate = rate
    }
}

/// How good a picture a user or operator wants.
package enum VideoQuality: String, CaseIterable, Hashable, Sendable {
    case low
    case medium
    case high
    /// As good as network and processor allow, up to `high`; begins in the middle.
    case auto

    /// Bits a second.
    package var bitrates: ClosedRange<Int> {
        switch self {
        case .low: 60_000...250_000
        case .medium: 80_000...800_000
        case .high: 100_000...2_500_000
        case .auto: 60_000...2_500_000
        }
    }

    /// Bits a second to begin with.
    package var start: Int {
        switch self {
        case .low: 200_000
        case .medium: 600_000
        case .high: 1_500_000
        case .auto: 600_000
        }
    }

    /// The largest picture.
    package var largest: PictureSize {
        switch self {
        case .low: PictureSize(480, 270)
        case .medium: PictureSize(640, 360)
        case .high, .auto: PictureSize(1280, 720)
        }
    }

    /// The most pictures a second.
    package var rate: Int { self == .low ? 15 : 30 }
}

/// A step of the ladder that size and rate climb: never below `bitrate`, where the step under it looks better.
struct VideoStep: Hashable, Sendable {
    let size: PictureSize
    let rate: Int
    /// Bits a second.
    let bitrate: Int

    /// From the best to the least.
    static let ladder = [
        VideoStep(size: PictureSize(1280, 720), rate: 30, bitrate: 1_200_000),
        VideoStep(size: PictureSize(960, 540), rate: 30, bitrate: 750_000),
        VideoStep(size: PictureSize(640, 360), rate: 30, bitrate: 400_000),
        VideoStep(size: PictureSize(640, 360), rate: 15, bitrate: 280_000),
        VideoStep(size: PictureSize(480, 270), rate: 15, bitrate: 170_000),
        VideoStep(size: PictureSize(320, 180), rate: 15, bitrate: 100_000),
        VideoStep(size: PictureSize(320, 180), rate: 7, bitrate: 0),
    ]
}
