// SPDX-License-Identifier: GPL-3.0-or-later

/// What a person has asked for in a window, and what is to be said there.
package struct SceneState: Hashable, Sendable {
    /// The tile that was enlarged, by its id.
    package var enlarged: UInt64?
    package var showsHelp = false
    package var isFullScreen = false
    /// A line above the pictures: "camera lost: /dev/video0 was unplugged". What can be told from the tiles, such as that
    /// one is muted, needs none.
    package var message: String?

    package init() {}

    /// Double click: enlarges a tile, or gives all the same room again.
    package mutating func toggle(_ id: UInt64) {
        enlarged = enlarged == id ? nil : id
    }
}

/// A key that works in window and terminal alike.
package struct SceneKey: Hashable, Sendable {
    package let key: String
    package let meaning: String
    /// Of no use in a call without video.
    package let isForVideo: Bool

    init(_ key: String, _ meaning: String, isForVideo: Bool = false) {
        self.key = key
        self.meaning = meaning
        self.isForVideo = isForVideo
    }

    /// Those of a call, in the order in which they are explained.
    package static let call = [
        SceneKey("m", "mute the microphone, or open it again"),
        SceneKey("v", "camera off, or on again", isForVideo: true),
        SceneKey("c", "show something else in place of the camera: type it in the terminal", isForVideo: true),
        SceneKey("s", "share your screen, or stop it", isForVideo: true),
        SceneKey("r", "raise your hand, or lower it"),
        SceneKey("t", "write to everybody, in the terminal; /help asks the conference what it can do"),
        SceneKey("h", "put the call on hold, or take it back"),
        SceneKey("0-9 * #", "press a key of the telephone"),
        SceneKey("q", "leave"),
        SceneKey("?", "show or hide this"),
    ]

    /// Those that need a window.
    package static let window = [
        SceneKey("f, F11", "full screen, or a window again", isForVideo: true),
        SceneKey("double click", "enlarge somebody, or show all again", isForVideo: true),
    ]
}
