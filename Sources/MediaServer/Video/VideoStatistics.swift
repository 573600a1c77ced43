// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry
package import Video

/// How the video of one leg fares.
package struct VideoStatistics: Sendable {
    /// How a leg is shown the cameras of its room.
    package enum Delivery: Hashable, Sendable {
        /// Each in a line of its own: in how many of how many lines.
        case slots(filled: Int, of: Int)
        /// One: who speaks, or spoke last.
        case speaker
        /// All in one picture.
        case grid(Grid)
    }

    /// A composed picture as a leg gets it.
    package struct Grid: Hashable, Sendable {
        package var size: PictureSize
        /// Pictures a second; nil before the first.
        package var rate: Int?
        /// What it would be if the processor kept up.
        package var wantedRate: Int
    }

    /// Why a leg sees less than there is.
    package enum Lack: Hashable, Sendable {
        /// Its description, or a hold, says that it takes no video now.
        case takesNone
        /// Nobody else has a live camera.
        case nobody
        /// Others have, but send what this leg cannot be shown as it is.
        case otherCodec(PayloadFormat)
        /// Others send that, and the room makes as many pictures anew as it may, which is `limit`.
        case manyAnew(PayloadFormat, limit: Int)
        /// What that leg sends is larger than this one says that it takes.
        case tooLarge(LegID, PictureSize)
        /// The key frame of that leg's camera has not come.
        case keyframe(LegID)
        /// It has fewer lines than there are cameras: so many are not shown.
        case fewSlots(hidden: Int)
        /// The room wants a grid, and nobody makes one.
        case notComposed
    }

    /// Of the newest key frame; before it the agreed one.
    package var codec: PayloadFormat
    package var camera: SourceHealth.State
    /// Of the camera's newest key frame that said so.
    package var pictureSize: PictureSize?
    package var delivery: Delivery
    /// Whose camera or screen it sees as its one picture.
    package var sees: LegID?
    /// Whose screen it sees in a line for that.
    package var presenter: LegID?
    /// It shares its screen.
    package var presents: Bool
    package var lack: Lack?
    package var packetsReceived: UInt64
    package var packetsSent: UInt64
    /// Share of our packets that the peer reports lost, of the line where most are, 0...1.
    package var remoteFractionLost: Double
    /// Round trip by RTCP, ms; nil before the first measurement.
    package var roundTrip: Double?
}
