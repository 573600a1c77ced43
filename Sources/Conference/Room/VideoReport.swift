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

    /// How the member is shown the cameras of the room.
    package enum Delivery: Hashable, Sendable {
        /// Each in a line of its own: in how many of how many lines.
        case slots(filled: Int, of: Int)
        /// One: who speaks, or spoke last.
        case speaker
        /// All in one picture, which somebody describes in words: `1280x720, 15 a second`.
        case grid(String)
    }

    /// Why the member sees less than there is.
    package enum Lack: Hashable, Sendable {
        /// The member takes no video now.
        case takesNone
        /// Nobody else has a live camera.
        case nobody
        /// Others send this, which the member cannot be shown as it is.
        case otherCodec(String)
        /// Others send this, and `limit` pictures, the most, are made anew in the room.
        case manyAnew(String, limit: Int)
        /// That member's picture, so large, is larger than this one says that it takes.
        case tooLarge(MemberID, String)
        /// A key frame of that member's camera has not come.
        case keyframe(MemberID)
        /// It has fewer lines than there are cameras: so many are not shown.
        case fewSlots(hidden: Int)
        /// The room wants a grid, and nobody makes one.
        case notComposed
        /// There is no video in the call; why.
        case declined(String)

        /// - Parameter name: of a member, for people; nil for one who has gone.
        package func words(_ name: (MemberID) -> String? = { _ in nil }) -> String {
            switch self {
            case .takesNone: "it takes none now"
            case .nobody: "nobody else sends video"
            case .otherCodec(let codec): "others send \(codec)"
            case .manyAnew(let codec, let limit):
                "others send \(codec), and \(limit) pictures, the most, are made anew already"
            case .fewSlots(let hidden): "it has too few slots for \(hidden) more"
            case .notComposed: "no grid is made here"
            case .tooLarge(let member, let size):
                "the picture of \(name(member) ?? member.description) is \(size), larger than it says that it takes"
            case .keyframe(let member): "no key frame of \(name(member) ?? member.description) yet"
            case .declined(let why): "declined: \(why)"
            }
        }
    }

    /// As people name it: `VP8`, `H264`; nil where video was declined.
    package var codec: String?
    package var camera: Camera
    /// `640x480`, where it is known.
    package var size: String?
    package var delivery: Delivery
    /// Whose camera or screen is the member's one picture.
    package var sees: MemberID?
    /// Whose screen the member sees in a line for that.
    package var presenter: MemberID?
    /// The member shares its screen.
    package var presents = false
    package var lack: Lack?

    package init(
        codec: String?, camera: Camera, size: String? = nil, delivery: Delivery = .speaker, sees: MemberID? = nil,
        lack: Lack? = nil
    ) {
        self.codec = codec
        self.camera = camera
        self.size = size
        self.delivery = delivery
        self.sees = sees
        self.lack = lack
    }

    /// Video that the call does not have.
    package static func declined(_ why: String) -> VideoReport {
        VideoReport(codec: nil, camera: .off, lack: .declined(why))
    }
}
