// SPDX-License-Identifier: GPL-3.0-or-later

package import Picture
package import RTP
package import SDP
import Synchronization
import Video

/// The camera and the screen of a test member: a real RTP socket pair, a test pattern with a patch in the member's colour that it sends in
/// VP8 or H.264, and the pictures that it is sent, decoded.
///
/// Played by `MediaPacer.video`'s thread; every method may be called from any thread.
package final class MemberVideo: Sendable {
    package struct Options: Sendable {
        package var color: PictureColor
        /// In order of preference.
        package var codecs: [VideoCodecDescription] = [.vp8]
        /// What its description says of RTCP feedback, and what its camera obeys.
        package var feedback: VideoFeedback = [.negativeAcknowledgement, .pictureLoss, .fullIntra]
        /// Its camera obeys INFO (RFC 5168).
        package var takesINFO = false
        /// Milliseconds between key frames that nobody asked for; nil for none but the first.
        package var keyframeInterval: Int?
        package var size = Picture.PictureSize(176, 144)
        /// Pictures a second.
        package var frameRate = 15

        package init(_ color: PictureColor) {
            self.color = color
        }

        var capabilities: VideoCapabilities {
            var capabilities = VideoCapabilities()
            capabilities.codecs = codecs
            capabilities.feedback = feedback
            capabilities.retransmission = false
            capabilities.bundle = false
            capabilities.headerExtensions = []
            return capabilities
        }
    }

    /// What came, and what the camera did.
    package struct Sights: Sendable {
        /// Pictures decoded.
        package var pictures = 0
        /// When the newest came.
        package var last: ContinuousClock.Instant?
        /// Of the newest picture.
        package var size: Picture.PictureSize?
        /// Of the newest picture's patch.
        package var color: PictureColor?
        /// The pattern's clock on the newest picture.
        package var clock: UInt32?
        /// RTP packets.
        package var packets = 0
        /// SSRCs of them.
        package var sources: Set<UInt32> = []
        /// RTCP datagrams.
        package var reports = 0
        /// Sender reports among them.
        package var senderReports = 0
        /// Key frames that the camera was asked for.
        package var pictureLosses = 0
        package var fullIntras = 0
        package var fastUpdates = 0
        /// Packets that the camera was asked for again.
        package var lost = 0
        /// Key frames that the camera sent, and all of its pictures.
        package var keyframesSent = 0
        package var sent = 0
        /// Packets that came once more, as `askAgain` wanted.
        package var repeated = 0
        /// Frames that did not decode.
        package var broken = 0
    }

    package let options: Options
    /// SSRC of what the camera sends.
    package let ssrc: UInt32
    let state: Mutex<State>

    /// Opens the sockets; nothing is sent before `apply`.
    /// - Throws: `MediaSocketError`.
    package init(_ name: String, _ options: Options) throws(MediaSocketError) {
        self.options = options
        ssrc = .random(in: 1 ... .max)
        let sockets = try MemberAudio.open()
        let (ssrc, options) = (ssrc, options)
        state = Mutex(State(name: name, options: options, ssrc: ssrc, sockets: sockets))
        MediaPacer.video.add(self)
    }

    package func close() {
        MediaPacer.video.remove(self)
        state.withLock { $0.agreed = nil }
    }

    var local: LocalMedia {
        let port = Int(state.withLock { $0.sockets.pair.media.localAddress.port })
        return LocalMedia(address: "127.0.0.1", rtpPort: port, ssrc: ssrc, cname: "video")
    }

    /// Sends and expects what is agreed; nil: nothing.
    package func apply(_ agreed: NegotiatedVideo?) {
        state.withLock { $0.apply(agreed) }
    }

    /// Stops or resumes the camera's packets, without a word.
    package func freeze(_ frozen: Bool) { state.withLock { $0.isFrozen = frozen } }

    /// Asks the other side for a key frame by RTCP, in the way given.
    package func ask(by feedback: VideoFeedback) { state.withLock { $0.ask(by: feedback) } }

    /// Asks the other side for the newest packet once more (generic NACK).
    package func askAgain() { state.withLock { $0.askAgain() } }

    /// Sends every so many-th packet not at all, as a bad network; 0: all are sent.
    package func lose(every count: Int) { state.withLock { $0.losesEvery = count } }

    func tellOfINFO() {
        state.withLock { state in
            state.sights.fastUpdates += 1
            state.wantsKeyframe = true
        }
    }

    package var sights: Sights { state.withLock { $0.sights } }

    /// Waits until the newest picture, which must be new, has that colour.
    /// - Throws: `ConditionNotMet` with what was seen instead.
    package func sees(_ color: PictureColor, within patience: Duration = .seconds(3)) async throws {
        let start = ContinuousClock.now
        try await Condition.await(
            "a picture in \(color)", within: patience, every: .milliseconds(10), evidence: { [self] in "\(sights)" }
        ) { [self] in
            let sights = sights
            guard let last = sights.last, last > start else { return false }
            return sights.color.map { $0.distance(to: color) < 24 } ?? false
        }
    }

    /// Waits until no picture has come for `milliseconds`.
    package func seesNothing(for milliseconds: Int = 300, within patience: Duration = .seconds(3)) async throws {
        let start = ContinuousClock.now
        try await Condition.await(
            "no picture", within: patience, every: .milliseconds(10), evidence: { [self] in "\(sights)" }
        ) { [self] in
            let last = max(sights.last ?? start, start)
            return ContinuousClock.now - last > .milliseconds(milliseconds)
        }
    }
}
