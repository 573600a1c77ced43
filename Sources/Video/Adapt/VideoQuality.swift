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

/// What pictures show, which decides what is given up first.
package enum PictureKind: Hashable, Sendable {
    /// Cameras and films: pictures become smaller, and fewer at the end.
    case motion
    /// Screens and slides: pictures become fewer, and smaller at the end, for small writing has to be read.
    case detail
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
    package func largest(of kind: PictureKind) -> PictureSize {
        switch (self, kind) {
        case (.low, .motion): PictureSize(480, 270)
        case (.medium, .motion): PictureSize(640, 360)
        case (.high, .motion), (.auto, .motion), (.low, .detail), (.medium, .detail): PictureSize(1280, 720)
        case (.high, .detail), (.auto, .detail): PictureSize(1920, 1080)
        }
    }

    /// The most pictures a second.
    package func rate(of kind: PictureKind) -> Int {
        switch kind {
        case .motion: self == .low ? 15 : 30
        case .detail: self == .low ? 8 : 15
        }
    }
}

/// A step of the ladder that size and rate climb: never below `bitrate`, where the step under it looks better.
struct VideoStep: Hashable, Sendable {
    let size: PictureSize
    let rate: Int
    /// Bits a second.
    let bitrate: Int

    static func ladder(of kind: PictureKind) -> [VideoStep] {
        switch kind {
        case .motion: motion
        case .detail: detail
        }
    }

    /// From the best to the least.
    private static let motion = [
        VideoStep(size: PictureSize(1280, 720), rate: 30, bitrate: 1_200_000),
        VideoStep(size: PictureSize(960, 540), rate: 30, bitrate: 750_000),
        VideoStep(size: PictureSize(640, 360), rate: 30, bitrate: 400_000),
        VideoStep(size: PictureSize(640, 360), rate: 15, bitrate: 280_000),
        VideoStep(size: PictureSize(480, 270), rate: 15, bitrate: 170_000),
        VideoStep(size: PictureSize(320, 180), rate: 15, bitrate: 100_000),
        VideoStep(size: PictureSize(320, 180), rate: 7, bitrate: 0),
    ]

    /// As `motion`. Never so few pictures that who looks on could take the sender for dead.
    private static let detail = [
        VideoStep(size: PictureSize(1920, 1080), rate: 15, bitrate: 1_000_000),
        VideoStep(size: PictureSize(1920, 1080), rate: 8, bitrate: 500_000),
        VideoStep(size: PictureSize(1920, 1080), rate: 4, bitrate: 300_000),
        VideoStep(size: PictureSize(1280, 720), rate: 4, bitrate: 150_000),
        VideoStep(size: PictureSize(960, 540), rate: 4, bitrate: 90_000),
        VideoStep(size: PictureSize(640, 360), rate: 4, bitrate: 0),
    ]
}
