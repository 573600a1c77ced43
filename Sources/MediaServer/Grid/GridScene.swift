// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry
import Video

/// What the canvas of one room is to show, and to whom: told whole by the room's media thread whenever it changes.
struct GridScene: Hashable, Sendable {
    /// One tile.
    struct Member: Hashable, Sendable {
        /// The same for the same participant as long as it is there; never the same for two of this process.
        var id: UInt64
        var name: String
        /// Its camera; nil for a member without video.
        var source: VideoSourceID?
        /// It is a shared screen, which may say nothing while nothing moves.
        var isScreen = false
        /// Why its picture may not be shown, for people; nil: it may.
        var absence: String?
        var isTalking: Bool
    }

    /// One stream of encoded canvases.
    struct Output: Hashable, Sendable {
        /// Names it among the room's sources.
        var id: VideoSourceID
        var ssrc: UInt32
        var format: GridClass
        /// Where its frames go whole; nil: they go to the media thread, as packets.
        var recorded: RecordedPictures?
    }

    /// In the order in which they stand.
    var members: [Member] = []
    /// Who is large, the others in a strip beside it: a shared screen. nil: all are equally large.
    var main: UInt64?
    var outputs: [Output] = []
}

/// What a canvas tells the room's media thread.
enum GridEvent: Hashable, Sendable {
    /// Nothing of that camera can be decoded before a key frame.
    case keyframeWanted(VideoSourceID)
    /// What came of that camera did not decode and is not shown; false: it is again.
    case damaged(VideoSourceID, Bool)
    /// So many canvases a second are made from now on.
    case rate(Int)
}

/// How canvases are made.
package struct GridConfiguration: Hashable, Sendable {
    /// Pictures a second, 5 to 30, while the processor keeps up.
    package var rate = 15
    /// Of the largest canvas.
    package var size = GridSize.hd720
    /// The most tiles.
    package var maximumTiles = 16

    package init() {}
}

/// Sizes that a canvas may have at most.
package enum GridSize: String, Hashable, Sendable, CaseIterable {
    case hd720 = "720p"
    case quarterHD = "540p"
    case nHD = "360p"
    case small = "180p"

    package var size: PictureSize {
        switch self {
        case .hd720: PictureSize(1280, 720)
        case .quarterHD: PictureSize(960, 540)
        case .nHD: PictureSize(640, 360)
        case .small: PictureSize(320, 180)
        }
    }
}
