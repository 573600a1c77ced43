// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry
import MediaServer
import RTP
import SDP
import Video

/// One agreed video line, as the packet path needs it.
struct VideoLine: Hashable, Sendable {
    var role: VideoRole
    var settings: VideoLineSettings
    /// What the peer takes.
    var limits: PictureLimits
    /// Bits a second that the peer wants at most.
    var bandwidthLimit: Int?

    /// - Parameter isHeld: we hold the peer: nothing of ours goes out.
    /// - Returns: nil where the peer's address is a name, or its codec not ours.
    init?(_ video: NegotiatedVideo, isHeld: Bool) {
        guard var settings = VideoLineSettings(video, bitrateLimit: nil, takesINFO: true, reports: true) else {
            return nil
        }
        if isHeld { settings.sends = false }
        role = video.role
        self.settings = settings
        limits = video.limits
        bandwidthLimit = video.bandwidthLimit
    }

    var packetizationMode: H264PacketizationMode { settings.isNonInterleaved ? .nonInterleaved : .singleNALUnit }

    /// What may be sent of `target`, which knows nothing of the peer's limits.
    func limiting(_ target: VideoTarget) -> VideoTarget {
        var target = target
        if let most = [limits.bitrate, bandwidthLimit].compactMap({ $0 }).min() {
            target.bitrate = min(target.bitrate, most)
        }
        if let rate = limits.frameRate { target.rate = max(1, min(target.rate, Int(rate))) }
        while !limits.allow(width: target.size.width, height: target.size.height), target.size.width > 64 {
            target.size = target.size.fitting(
                in: PictureSize(target.size.width * 3 / 4, target.size.height))
        }
        if let most = limits.macroblocksPerSecond {
            let blocks = (target.size.width + 15) / 16 * ((target.size.height + 15) / 16)
            target.rate = max(1, min(target.rate, most / max(1, blocks)))
        }
        // No encoder opens for less.
        target.bitrate = max(target.bitrate, 30_000)
        return target
    }
}
