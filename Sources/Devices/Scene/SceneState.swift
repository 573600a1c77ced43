// SPDX-License-Identifier: GPL-3.0-or-later

/// What a person has asked for in a window, and what is to be said there.
package struct SceneState: Hashable, Sendable {
    /// The tile that was enlarged, by its id.
    package var enlarged: UInt64?
    /// Whom keys are for, by the id of its tile.
    package var marked: UInt64?
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
        SceneKey("v", "camera off, or on again; one that is lost is given up", isForVideo: true),
        SceneKey("c", "show something else in place of the camera: type it in the terminal", isForVideo: true),
        SceneKey("s", "share your screen, or stop it", isForVideo: true),
        SceneKey("r", "raise your hand, or lower it"),
        SceneKey("t", "write to everybody, in the terminal; /help asks the conference what it can do"),
        SceneKey("up, down, Tab", "mark somebody, for the next four keys; Esc: nobody"),
        SceneKey("u", "moderators: mute who is marked, or ask it to unmute"),
        SceneKey("d", "moderators: lower its hand"),
        SceneKey("k", "moderators: send it out"),
        SceneKey("g", "moderators: give it a role"),
        SceneKey("a", "moderators: mute all"),
        SceneKey("l", "moderators: lock the conference, or open it again"),
        SceneKey("e", "moderators: record, or stop recording"),
        SceneKey("h", "put the call on hold, or take it back"),
        SceneKey("0-9 * #", "press a key of the telephone"),
        SceneKey("q", "leave"),
        SceneKey("?", "show or hide this"),
    ]

    /// Those that need a window.
    package static let window = [
        SceneKey("f, F11", "full screen, or a window again", isForVideo: true),
        SceneKey("click", "mark somebody", isForVideo: true),
        SceneKey("double click", "enlarge somebody, or show all again", isForVideo: true),
    ]
}
