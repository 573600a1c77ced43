// SPDX-License-Identifier: GPL-3.0-or-later

/// What happens to the video of a call.
public enum VideoEvent: Hashable, Sendable {
    /// The call has video from now on.
    case started
    /// It has none any more: the text says why.
    case stopped(String)
    /// Our camera was switched on or off.
    case camera(isOn: Bool)
    /// How good the picture is that we send of our camera from now on: as network and processor allow.
    case quality(VideoSize)
    /// Our camera, or what we share, went away: the text names it. It comes back by itself where it can.
    case sourceLost(String)
    /// What went away is back.
    case sourceReturned
    /// We share a screen or file, or share no more.
    case sharing(Bool)
    /// Whose screen is shown, by name; nil for nobody's.
    case presenter(String?)
}

/// The size of what is sent, and how often.
public struct VideoSize: Hashable, Sendable {
    /// Pixels at most; what a camera gives has its own shape.
    public var width: Int
    public var height: Int
    /// Pictures a second.
    public var rate: Int
    /// Bit/s of the codec.
    public var bitrate: Int

    public init(width: Int, height: Int, rate: Int, bitrate: Int) {
        self.width = width
        self.height = height
        self.rate = rate
        self.bitrate = bitrate
    }
}
