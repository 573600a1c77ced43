// SPDX-License-Identifier: GPL-3.0-or-later

/// What the media side last measured of one leg. A plain value that travels up from the worker.
package struct MediaReport: Hashable, Sendable {
    /// Codec as people name it: `opus`, `G.722`, `PCMU`, `PCMA`.
    package var codec: String
    /// Where the leg's RTP goes to, `host:port`.
    package var remoteMedia: String
    /// Share of the member's packets that did not arrive in time, percent, over the last reporting interval.
    package var lossPercent: Double
    /// Interarrival jitter of the member's packets (RFC 3550 §6.4.1), ms.
    package var jitterMilliseconds: Double
    /// Round trip time by RTCP (RFC 3550 §6.4.1), ms; nil before the first measurement.
    package var roundTripMilliseconds: Double?
    /// Level of the member's audio, dBov: 0 is full scale, -127 digital silence; nil when unknown.
    package var levelDBov: Double?
    /// nil where the call has no video and none was asked for.
    package var video: VideoReport?

    package init(
        codec: String, remoteMedia: String, lossPercent: Double = 0, jitterMilliseconds: Double = 0,
        roundTripMilliseconds: Double? = nil, levelDBov: Double? = nil, video: VideoReport? = nil
    ) {
        self.codec = codec
        self.remoteMedia = remoteMedia
        self.lossPercent = lossPercent
        self.jitterMilliseconds = jitterMilliseconds
        self.roundTripMilliseconds = roundTripMilliseconds
        self.levelDBov = levelDBov
        self.video = video
    }
}
