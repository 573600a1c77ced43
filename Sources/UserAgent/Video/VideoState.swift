// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import MediaServer
import SDP

/// What a user agent keeps of the video of one call. Lives in the actor.
struct VideoState {
    let wire: VideoWire
    /// Where it is received.
    let port: Int
    /// Bound, and not yet owned by the video thread.
    var sockets: LegSockets?
    var thread: CallVideo?
    var camera: VideoFeed
    /// What is shared beside the camera.
    var screen = VideoFeed()
    /// What the other side was last told that we want of each line.
    var told: [VideoRole: MediaDirection] = [:]
    /// An offer of ours about video is open.
    var isOffering = false
    /// The other side does not take more lines than one.
    var refusesSlots = false
    var isStarted = false
    /// By name, as last told.
    var presenter: String?
}

/// One source of ours and whether it is sent.
struct VideoFeed {
    /// What is sent when it is on; nil where nothing is.
    var spec: VideoSourceSpec?
    /// Running; nil while it is off.
    var pictures: OutgoingPictures?
    /// Unplugged for now, its window closed.
    var isLost = false

    /// Whether the other side is to expect pictures.
    var sends: Bool { pictures != nil && !isLost }

    /// Why there are none.
    var absence: String {
        if isLost { return "camera lost" }
        if pictures != nil { return "" }
        return spec == nil || spec == VideoSourceSpec.none ? "no camera" : "camera off"
    }
}
