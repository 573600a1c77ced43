// SPDX-License-Identifier: GPL-3.0-or-later

/// What became of one `m=` line, in the order of the lines. Video joins here as a case of its own.
package enum NegotiatedMedia: Hashable, Sendable {
    case audio(NegotiatedAudio)
    case refused(MediaKind, MediaRefusal)

    package var audio: NegotiatedAudio? {
        if case .audio(let audio) = self { audio } else { nil }
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
}

/// What a session takes besides audio.
package struct MediaPolicy: Hashable, Sendable {
    package enum Video: Hashable, Sendable {
        /// Every `m=video` is answered with port 0. Accepting it becomes a case here, with capabilities of its own.
        case refuse
    }

    package var audio: AudioCapabilities
    package var video: Video

    package init(audio: AudioCapabilities, video: Video = .refuse) {
        self.audio = audio
        self.video = video
    }
}
