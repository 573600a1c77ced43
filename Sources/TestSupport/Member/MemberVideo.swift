// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import Picture
package import RTP
package import SDP
import Synchronization
import Video

/// The camera and the screens of a test member: real RTP sockets, a test pattern with a patch in the member's colour that it sends in VP8 or
/// H.264, and the pictures that it is sent, decoded; where it has more lines, a shared screen and the cameras of others, one a slot.
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
        package var size = PictureSize(176, 144)
        /// Pictures a second.
        package var frameRate = 15
        /// Lines for the cameras of others.
        package var slots = 0
        /// The colour of the screen that it may share; nil: it has no line for screens.
        package var slides: PictureColor?
        /// Lost packets come again in streams of their own (RFC 4588), and its camera sends what it lost again.
        package var retransmits = false
        /// Offers that packets carry the line's name (RFC 9143 §15).
        package var readsNames = false
        /// All video lines share the ports of the first (RFC 9143).
        package var bundles = true
        /// The line for screens takes larger pictures than the codecs say.
        package var takesLargeScreens = true

        package init(_ color: PictureColor) {
            self.color = color
        }

        var capabilities: VideoCapabilities {
            var capabilities = VideoCapabilities()
            capabilities.codecs = codecs
            capabilities.feedback = feedback
            capabilities.retransmission = retransmits
            if roles.count > 1, bundles { capabilities.rtcpMux = .offered }
            capabilities.slotDirection = .recvonly
            capabilities.takesLargeScreens = takesLargeScreens
            capabilities.bundle = false
            capabilities.headerExtensions = []
            return capabilities
        }

        var roles: [VideoRole] {
            [.main] + (slides == nil ? [] : [.slides]) + (0..<slots).map { .slot($0) }
        }
    }

    /// What came, and what the camera did.
    package struct Sights: Sendable {
        /// Pictures decoded.
        package var pictures = 0
        /// When the newest came.
        package var last: ContinuousClock.Instant?
        /// The newest.
        package var picture: SharedPicture?
        /// Of the newest picture.
        package var size: PictureSize?
        /// Of the newest picture's patch.
        package var color: PictureColor?
        /// The pattern's clock on the newest picture.
        package var clock: UInt32?
        /// All colours that any picture's patch had, in order of appearance.
        package var colors: [PictureColor] = []
        /// Pictures whose clock was behind that of one before in the same colour.
        package var rewound = 0
        var clocks: [UInt32] = []
        /// RTP packets.
        package var packets = 0
        /// SSRCs of them.
        package var sources: Set<UInt32> = []
        /// The first contributing source of the newest packet: whose picture it is.
        package var contributor: UInt32?
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
        /// Packets that came once more, as `askAgain` wanted, and those of them in a stream of their own.
        package var repeated = 0
        package var retransmitted = 0
        /// Frames that did not decode.
        package var broken = 0
        /// Lines' names in packets, and in how many.
        package var names: [String: Int] = [:]
        /// Bits a second that the camera was last told that it may send, and how.
        package var limit: Int?
        package var limitedBy: VideoFeedback = []
        /// How often it was told.
        package var limits = 0
        /// The answers to our own limits (TMMBN): bits a second, nil where none is in force.
        package var answers: [Int?] = []
    }

    package let options: Options
    let state: Mutex<State>

    /// Opens the sockets; nothing is sent before `apply`.
    /// - Throws: `MediaSocketError`.
    package init(_ name: String, _ options: Options) throws(MediaSocketError) {
        self.options = options
        var lines: [Line] = []
        var shared: MemberAudio.Sockets?
        for role in options.roles {
            let sockets = if let shared { shared } else { try MemberAudio.open() }
            if options.bundles { shared = sockets }
            lines.append(Line(role, name: name, options: options, ssrc: .random(in: 1 ... .max), sockets: sockets))
        }
        state = Mutex(State(lines: lines))
        MediaPacer.video.add(self)
    }

    package func close() {
        MediaPacer.video.remove(self)
        apply([])
    }

    /// Where and as whom each line takes part.
    var local: [VideoRole: LocalVideo] {
        state.withLock { state in
            Dictionary(
                uniqueKeysWithValues: state.lines.map { line in
                    let port = Int(line.sockets.pair.media.localAddress.port)
                    return (
                        line.role,
                        LocalVideo(
                            LocalMedia(
                                address: "127.0.0.1", rtpPort: port, ssrc: line.ssrc, cname: "video",
                                retransmissionSSRC: line.ssrc &+ 1))
                    )
                })
        }
    }

    /// Names the video lines of an offer, and says that they share their ports.
    func bundle(_ offer: inout SessionDescription) {
        guard options.bundles, options.roles.count > 1 else { return }
        var names: [String] = []
        for index in offer.media.indices where offer.media[index].kind == .video && offer.media[index].port != 0 {
            if offer.media[index].mid == nil { offer.media[index].append("mid", "v\(index)") }
            if let name = offer.media[index].mid { names.append(name) }
            if options.readsNames {
                offer.media[index].append("extmap", "\(Self.nameExtension) \(HeaderExtensionMap.mid)")
            }
        }
        offer.append("group", "BUNDLE \(names.joined(separator: " "))")
    }

    /// Sends and expects what is agreed; a line that is not among them, nothing.
    package func apply(_ agreed: [NegotiatedVideo]) {
        state.withLock { state in
            for line in state.lines { line.apply(agreed.first { $0.role == line.role }) }
        }
    }

    /// Stops or resumes the camera's packets, without a word.
    package func freeze(_ frozen: Bool, _ role: VideoRole = .main) {
        state.withLock { $0[role]?.camera?.isFrozen = frozen }
    }

    /// Begins or ends to send its screen.
    package func share(_ shares: Bool) { freeze(!shares, .slides) }

    /// Ends its screen with a word (RTCP BYE).
    package func leaveScreen() {
        share(false)
        state.withLock { $0[.slides]?.sayGoodbye() }
    }

    /// Asks the other side for a key frame by RTCP, in the way given.
    package func ask(by feedback: VideoFeedback, _ role: VideoRole = .main) {
        state.withLock { $0[role]?.ask(by: feedback) }
    }

    static let nameExtension: UInt8 = 5

    /// Says how much it can take of what comes on a line, by REMB or TMMBR, bits a second.
    package func limit(to bitrate: Int, by feedback: VideoFeedback, _ role: VideoRole = .main) {
        state.withLock { $0[role]?.limit(to: bitrate, by: feedback) }
    }

    /// Says what share of a line's packets was lost on the way here.
    package func report(lost share: Double, _ role: VideoRole = .main) {
        state.withLock { $0[role]?.report(lost: share) }
    }

    /// Asks the other side for the newest packet once more (generic NACK).
    package func askAgain(_ role: VideoRole = .main) { state.withLock { $0[role]?.askAgain() } }

    /// Sends every so many-th packet not at all, as a bad network; 0: all are sent.
    package func lose(every count: Int) { state.withLock { $0[.main]?.camera?.losesEvery = count } }

    /// Sends what cannot be decoded, in packets of which nothing is missed.
    package func damage(_ damages: Bool) { state.withLock { $0[.main]?.camera?.isDamaged = damages } }

    /// Sends a datagram from its own ports to where its camera's packets go.
    package func send(_ bytes: [UInt8]) {
        state.withLock { state in
            guard let line = state[.main], let media = line.media else { return }
            try? line.sockets.pair.media.send(bytes.span, to: media)
        }
    }

    func tellOfINFO() {
        state.withLock { state in
            state[.main]?.sights.fastUpdates += 1
            state[.main]?.camera?.wantsKeyframe = true
        }
    }

    /// Takes what waits in its sockets now, not at the pacer's next turn: a busy machine may let that be late.
    package func takesWhatCame() { turn(now: .now()) }

    package var sights: Sights { sights(.main) }

    package func sights(_ role: VideoRole) -> Sights { state.withLock { $0[role]?.sights ?? Sights() } }

    /// The colours of all pictures in all lines since the beginning, and how many pictures went back in time.
    package var history: (colors: [PictureColor], rewound: Int) {
        options.roles.reduce(into: ([], 0)) { history, role in
            let sights = sights(role)
            history.colors += sights.colors
            history.rewound += sights.rewound
        }
    }

    /// The slots' colours of the last `milliseconds`, by their number.
    package func slots(within milliseconds: Int = 400) -> [Int: PictureColor] {
        let now = ContinuousClock.now
        return (0..<options.slots).reduce(into: [:]) { colors, number in
            let sights = sights(.slot(number))
            guard let last = sights.last, now - last < .milliseconds(milliseconds) else { return }
            colors[number] = sights.color
        }
    }

    /// Waits until the newest picture, which must be new, has that colour.
    /// - Throws: `ConditionNotMet` with what was seen instead.
    package func sees(
        _ color: PictureColor, _ role: VideoRole = .main, within patience: Duration = .seconds(3)
    ) async throws {
        let start = ContinuousClock.now
        try await Condition.await(
            "a picture in \(color) on \(role)", within: patience, every: .milliseconds(10),
            evidence: { [self] in "\(sights(role))" }
        ) { [self] in
            let sights = sights(role)
            guard let last = sights.last, last > start else { return false }
            return sights.color?.isLike(color) ?? false
        }
    }

    /// Waits until new pictures in those colours are in its slots, each once, and no others.
    /// - Returns: the slot of each.
    @discardableResult
    package func sees(
        inSlots colors: [PictureColor], within patience: Duration = .seconds(3)
    ) async throws -> [Int] {
        let start = ContinuousClock.now
        // Not looked up again for who asks: a picture may be late by then.
        var found: [Int] = []
        try await Condition.await(
            "\(colors) in slots", within: patience, every: .milliseconds(10),
            evidence: { [self] in "\(slots()), main \(sights)" }
        ) { [self] in
            found = places(of: colors)
            return Set(found).count == colors.count
                && found.allSatisfy { sights(.slot($0)).last.map { $0 > start } ?? false }
        }
        return found
    }

    /// The slots of those colours; none where others are seen too, or fewer.
    private func places(of colors: [PictureColor]) -> [Int] {
        let seen = slots()
        guard seen.count == colors.count else { return [] }
        return colors.compactMap { color in seen.first { $0.value.isLike(color) }?.key }
    }

    /// Waits until no picture has come for `milliseconds`.
    package func seesNothing(
        _ role: VideoRole = .main, for milliseconds: Int = 300, within patience: Duration = .seconds(3)
    ) async throws {
        let start = ContinuousClock.now
        try await Condition.await(
            "no picture", within: patience, every: .milliseconds(10), evidence: { [self] in "\(sights(role))" }
        ) { [self] in
            let last = max(sights(role).last ?? start, start)
            return ContinuousClock.now - last > .milliseconds(milliseconds)
        }
    }
}

extension PictureColor {
    /// The same but for what coding does to it.
    package func isLike(_ other: PictureColor) -> Bool { distance(to: other) < 24 }
}
