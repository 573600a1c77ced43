// SPDX-License-Identifier: GPL-3.0-or-later

/// What a video line of a session is for.
package enum VideoRole: Hashable, Sendable {
    /// The first line: the camera of a member, the speaker or the grid from the focus.
    case main
    /// The shared screen, `a=content:slides` (RFC 4796).
    case slides
    /// One other camera each, one way only; counted from 0 in the order of the lines.
    case slot(Int)

    var isSlot: Bool {
        if case .slot = self { true } else { false }
    }

    /// The order of new lines in an offer: phones look at the first, room systems at the second.
    var rank: Int {
        switch self {
        case .main: 0
        case .slides: 1
        case .slot(let number): 2 + max(number, 0)
        }
    }
}

/// What one of our ends can do with video. A plain value, as `AudioCapabilities`.
package struct VideoCapabilities: Hashable, Sendable {
    /// In order of preference, each with the parameters we ask for. Two entries of H.264 stand for its two packetization
    /// modes.
    package var codecs: [VideoCodecDescription]
    package var codecOrder: AudioCapabilities.CodecOrder
    /// With `allCommon` the sender may go from one codec to another without signalling: a forwarder of other people's
    /// streams wants that.
    package var answerFormats: AudioCapabilities.AnswerFormats
    /// Feedback we understand and send.
    package var feedback: VideoFeedback
    /// RTX (RFC 4588) for the formats in use.
    package var retransmission: Bool
    package var headerExtensions: [ExtensionWish]
    /// What we want to receive on a line at most, bits a second, written as `b=AS` and `b=TIAS`; nil says nothing.
    package var bandwidthLimit: Int?
    package var rtcpMux: AudioCapabilities.Multiplexing
    /// RFC 5506: RTCP of feedback alone.
    package var rtcpReducedSize: AudioCapabilities.Multiplexing
    /// Joins a bundle that the peer offers (RFC 9143). We never offer one first: many phones do not know it.
    package var bundle: Bool
    /// Audio may be in it.
    package var bundlesAudio: Bool
    /// Profiles taken from an offer, each answered as it was offered.
    package var profiles: Set<MediaProfile>
    /// AVP, because many phones refuse AVPF; feedback is offered under either.
    package var offeredProfile: MediaProfile
    /// What we want of the main line when nobody holds.
    package var direction: MediaDirection
    package var slidesDirection: MediaDirection
    /// The line for screens takes up to 1920 × 1080; otherwise it takes what the codecs say.
    package var takesLargeScreens = true
    /// One way: the focus sends, the user agent receives.
    package var slotDirection: MediaDirection

    package init(
        codecs: [VideoCodecDescription] = [.h264, .h264SingleNALUnit, .vp8],
        codecOrder: AudioCapabilities.CodecOrder = .ours,
        answerFormats: AudioCapabilities.AnswerFormats = .chosenCodec, feedback: VideoFeedback = .all,
        retransmission: Bool = true, headerExtensions: [ExtensionWish] = [ExtensionWish(HeaderExtensionMap.mid)],
        bandwidthLimit: Int? = nil, rtcpMux: AudioCapabilities.Multiplexing = .whenOffered,
        rtcpReducedSize: AudioCapabilities.Multiplexing = .whenOffered, bundle: Bool = true, bundlesAudio: Bool = true,
        profiles: Set<MediaProfile> = [.avp, .avpf], offeredProfile: MediaProfile = .avp,
        direction: MediaDirection = .sendrecv, slidesDirection: MediaDirection = .sendrecv,
        slotDirection: MediaDirection = .sendonly
    ) {
        self.codecs = codecs
        self.codecOrder = codecOrder
        self.answerFormats = answerFormats
        self.feedback = feedback
        self.retransmission = retransmission
        self.headerExtensions = headerExtensions
        self.bandwidthLimit = bandwidthLimit
        self.rtcpMux = rtcpMux
        self.rtcpReducedSize = rtcpReducedSize
        self.bundle = bundle
        self.bundlesAudio = bundlesAudio
        self.profiles = profiles
        self.offeredProfile = offeredProfile
        self.direction = direction
        self.slidesDirection = slidesDirection
        self.slotDirection = slotDirection
    }

    /// Fills the slots that its members offer.
    package static let focus = VideoCapabilities()
    /// Offers slots to be filled.
    package static let userAgent = VideoCapabilities(rtcpMux: .offered, slotDirection: .recvonly)

    /// The same for the lines of one role: screens may be larger than cameras.
    func of(_ role: VideoRole) -> VideoCapabilities {
        guard role == .slides, takesLargeScreens else { return self }
        var capabilities = self
        capabilities.codecs = codecs.map(\.forScreens)
        return capabilities
    }

    func direction(of role: VideoRole) -> MediaDirection {
        switch role {
        case .main: direction
        case .slides: slidesDirection
        case .slot: slotDirection
        }
    }

    /// Our entry for a format of the peer.
    func own(_ codec: VideoCodecDescription) -> VideoCodecDescription? {
        codecs.first { $0.isSameFormat(as: codec) }
    }

    /// Those of `formats` that we have, the one to use first; a codec in use stays. Retransmission is not among them.
    func common(_ formats: [VideoFormat], current: VideoCodecDescription?) -> [VideoFormat] {
        switch codecOrder {
        case .offerers:
            return formats.filter { !$0.codec.isRepair && own($0.codec) != nil }
        case .ours:
            var ordered: [VideoFormat] = []
            for own in codecs {
                for format in formats
                where !format.codec.isRepair && own.isSameFormat(as: format.codec) && !ordered.contains(format) {
                    ordered.append(format)
                }
            }
            guard let current, let kept = ordered.first(where: { $0.codec.isSameFormat(as: current) }) else {
                return ordered
            }
            return [kept] + ordered.filter { $0.payloadType != kept.payloadType }
        }
    }
}

/// Where and as whom one of our ends takes part in a video line, and what it wants there.
package struct LocalVideo: Hashable, Sendable {
    package var media: LocalMedia
    /// nil is what the capabilities say of the line's role; a camera that is off makes `sendrecv` into `recvonly`.
    package var direction: MediaDirection?

    package init(_ media: LocalMedia, direction: MediaDirection? = nil) {
        self.media = media
        self.direction = direction
    }
}
