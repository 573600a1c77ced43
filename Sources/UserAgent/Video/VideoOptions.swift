// SPDX-License-Identifier: GPL-3.0-or-later

/// What a user agent does with video. A program asks for it; by default every video line is declined and no camera is touched.
public struct VideoOptions: Hashable, Sendable {
    /// Whether video is offered, and taken where it is offered.
    public var isEnabled: Bool
    /// What is sent: `default`, `camera:/dev/video0`, `screen`, `screen:WINDOW TITLE`, `file:x.mp4`, `image:x.png`, `pattern`, `none`. Nil is
    /// the system's camera, or none and a notice where it has none.
    public var camera: String?
    /// Whether the camera is on when a call begins.
    public var isCameraOn: Bool
    public var quality: Quality
    /// How many others a conference may show beside one another; 0 for one picture at a time.
    public var slots: Int
    /// In order of preference.
    public var codecs: [Codec]

    public init(
        isEnabled: Bool = false, camera: String? = nil, isCameraOn: Bool = true, quality: Quality = .auto,
        slots: Int = 16,
        codecs: [Codec] = Codec.allCases
    ) {
        self.isEnabled = isEnabled
        self.camera = camera
        self.isCameraOn = isCameraOn
        self.quality = quality
        self.slots = slots
        self.codecs = codecs
    }

    /// How good the pictures are that we send.
    public enum Quality: String, Hashable, Sendable, CaseIterable {
        /// Up to 480 by 270 (screens 1280 by 720, 8 pictures), 15 pictures and 250 kbit a second.
        case low
        /// Up to 640 by 360 (screens 1280 by 720), 30 pictures and 800 kbit a second.
        case medium
        /// Up to 1280 by 720 (screens 1920 by 1080), 30 pictures (screens 15) and 2.5 Mbit a second.
        case high
        /// As good as network and processor allow.
        case auto
    }

    /// What video is coded with.
    public enum Codec: String, Hashable, Sendable, CaseIterable {
        case vp8
        case h264
    }
}
