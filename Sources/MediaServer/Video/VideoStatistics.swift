// SPDX-License-Identifier: GPL-3.0-or-later
package import Video

/// How the video of one leg fares.
package struct VideoStatistics: Sendable {
    /// Why a leg sees nobody, or nobody new.
    package enum Lack: Hashable, Sendable {
        /// Its description, or a hold, says that it takes no video now.
        case takesNone
        /// Nobody else has a live camera.
        case nobody
        /// Others have, but send what this leg cannot be shown: nothing is transcoded.
        case otherCodec(VideoCodec)
        /// The key frame of that leg's camera has not come.
        case keyframe(LegID)
    }

    /// Of the newest key frame; before it the agreed one.
    package var codec: VideoCodec
    package var camera: SourceHealth.State
    /// Of the camera's newest key frame that said so.
    package var pictureSize: PictureSize?
    /// Whose camera it sees.
    package var sees: LegID?
    package var lack: Lack?
    package var packetsReceived: UInt64
    package var packetsSent: UInt64
    /// Share of our packets that the peer reports lost, 0...1.
    package var remoteFractionLost: Double
    /// Round trip by RTCP, ms; nil before the first measurement.
    package var roundTrip: Double?
}
