// SPDX-License-Identifier: GPL-3.0-or-later

/// What became of one `m=` line, in the order of the lines.
package enum NegotiatedMedia: Hashable, Sendable {
    case audio(NegotiatedAudio)
    case video(NegotiatedVideo)
    case refused(MediaKind, MediaRefusal)

    package var audio: NegotiatedAudio? {
        if case .audio(let audio) = self { audio } else { nil }
    }

    package var video: NegotiatedVideo? {
        if case .video(let video) = self { video } else { nil }
    }
}

/// Why a line carries nothing.
package enum MediaRefusal: Error, Hashable, Sendable {
    /// Port 0 in the offer, or in the peer's answer.
    case disabledByPeer
    /// A media type our policy does not take.
    case notWanted
    /// A session has one audio stream.
    case alreadyHaveAudio
    case profile(MediaProfile)
    case noCommonFormat
    case noAddress
    case multicast
    /// We have no address of the peer's family.
    case addressFamily
    /// Video of a role that we have no sockets for.
    case noLocalMedia
    /// The line insists on sharing a port, with RTCP or with another line, and that could not be agreed.
    case noMultiplexing
}

/// What a session takes besides audio.
package struct MediaPolicy: Hashable, Sendable {
    package enum Video: Hashable, Sendable {
        /// Every `m=video` is answered with port 0.
        case refuse
        /// Video is taken as far as there are sockets for it: `OfferAnswer.localVideo`.
        case accept(VideoCapabilities)
    }

    package var audio: AudioCapabilities
    package var video: Video

    package init(audio: AudioCapabilities, video: Video = .refuse) {
        self.audio = audio
        self.video = video
    }
}
