// SPDX-License-Identifier: GPL-3.0-or-later

/// What the media and signalling sides last said of one leg's video.
package struct VideoReport: Hashable, Sendable {
    /// What comes of the member's camera.
    package enum Camera: String, Hashable, Sendable {
        case live
        /// It has sent nothing so far that can be shown.
        case starting
        case off = "camera-off"
        case held
        /// Nothing came for 1.5 s or more.
        case stalled
        /// What came cannot be decoded.
        case broken
    }

    /// Why the member sees nobody, or nobody new.
    package enum Lack: Hashable, Sendable {
        /// The member takes no video now.
        case takesNone
        /// Nobody else has a live camera.
        case nobody
        /// Others send this, which the member cannot be shown: nothing is transcoded.
        case otherCodec(String)
        /// A key frame of that member's camera has not come.
        case keyframe(MemberID)
        /// There is no video in the call; why.
        case declined(String)
    }

    /// As people name it: `VP8`, `H264`; nil where video was declined.
    package var codec: String?
    package var camera: Camera
    /// `640x480`, where it is known.
    package var size: String?
    /// Whom the member sees.
    package var sees: MemberID?
    package var lack: Lack?

    package init(codec: String?, camera: Camera, size: String? = nil, sees: MemberID? = nil, lack: Lack? = nil) {
        self.codec = codec
        self.camera = camera
        self.size = size
        self.sees = sees
        self.lack = lack
    }

    /// Video that the call does not have.
    package static func declined(_ why: String) -> VideoReport {
        VideoReport(codec: nil, camera: .off, lack: .declined(why))
    }
}
