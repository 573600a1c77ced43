// SPDX-License-Identifier: GPL-3.0-or-later

/// The largest pictures, and how many of them, that a peer takes in the format we send it; nil is no limit.
package struct PictureLimits: Hashable, Sendable {
    /// Macroblocks of 16 × 16 in a picture: 3600 is 1280 × 720. Neither side of a picture may be longer than √(8 × this)
    /// macroblocks (H.264 §A.3.1, RFC 7741 §6.1).
    package var macroblocksPerPicture: Int?
    package var macroblocksPerSecond: Int?
    /// Pictures a second, 1 to 240.
    package var frameRate: Double?
    /// Of the coded video, bits a second.
    package var bitrate: Int?

    package init(
        macroblocksPerPicture: Int? = nil, macroblocksPerSecond: Int? = nil, frameRate: Double? = nil,
        bitrate: Int? = nil
    ) {
        self.macroblocksPerPicture = macroblocksPerPicture
        self.macroblocksPerSecond = macroblocksPerSecond
        self.frameRate = frameRate
        self.bitrate = bitrate
    }

    /// From what the peer said of the format, what we say of it, and its `a=framerate`. A capability below that of the
    /// level does not narrow it (RFC 6184 §8.1).
    init(peer: VideoCodecDescription, ours: VideoCodecDescription?, framerate: Double?) {
        self.init(frameRate: framerate)
        if let parameters = peer.h264Parameters {
            let level = parameters.sendLevel(ours: ours?.h264Parameters ?? parameters)
            macroblocksPerPicture = max(parameters.maxFS ?? 0, level.macroblocksPerPicture)
            macroblocksPerSecond = max(parameters.maxMBPS ?? 0, level.macroblocksPerSecond)
            bitrate = max(parameters.maxBR ?? 0, level.bitrate)
        } else if peer.encodingName == "vp8" {
            let parameters = VP8Parameters(peer.fmtp)
            macroblocksPerPicture = parameters.maxFrameSize
            if let rate = parameters.maxFrameRate { frameRate = min(framerate ?? .infinity, Double(rate)) }
        }
        // Whoever paces an encoder by it is not to divide by next to nothing.
        frameRate = frameRate.map { min(max($0, 1), 240) }
    }

    /// Whether a picture of so many pixels is within the size allowed.
    package func allow(width: Int, height: Int) -> Bool {
        guard width > 0, height > 0 else { return false }
        guard let limit = macroblocksPerPicture else { return true }
        let (columns, rows) = ((width + 15) / 16, (height + 15) / 16)
        guard columns <= limit, rows <= limit else { return false }
        return columns * rows <= limit && columns * columns <= 8 * limit && rows * rows <= 8 * limit
    }
}
