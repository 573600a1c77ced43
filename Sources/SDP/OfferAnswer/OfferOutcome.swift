// SPDX-License-Identifier: GPL-3.0-or-later

/// What to do with an offer.
package enum OfferOutcome: Hashable, Sendable {
    /// Send this answer; media as in the lines.
    case answer(SessionDescription, [NegotiatedMedia])
    /// Refuse the request; the session, if there is one, goes on as it was (RFC 3261 §14.2).
    case rejected(OfferRejection)

    package var audio: NegotiatedAudio? {
        if case .answer(_, let media) = self { media.lazy.compactMap(\.audio).first } else { nil }
    }

    /// The agreed video lines, in their order.
    package var videos: [NegotiatedVideo] {
        if case .answer(_, let media) = self { media.compactMap(\.video) } else { [] }
    }
}

/// A refusal of a whole offer, ready for a SIP response with a Warning header (RFC 3261 §20.43).
package struct OfferRejection: Hashable, Sendable {
    /// 488, or 400 where the description cannot be read, 491 while an offer of ours is open.
    package var status: Int
    package var warningCode: Int
    /// Goes inside quotes: has no quote, backslash or line end.
    package var warningText: String

    init(status: Int = 488, warningCode: Int, warningText: String) {
        self.status = status
        self.warningCode = warningCode
        self.warningText = warningText
    }

    static let noAudio = OfferRejection(
        warningCode: 304, warningText: "Media type not available: an audio stream is needed")
    static let requestPending = OfferRejection(
        status: 491, warningCode: 399, warningText: "An offer is already open")

    init(_ error: SDPError) { self.init(status: 400, warningCode: 399, warningText: error.description) }

    /// From the first audio line's refusal.
    init(_ refusal: MediaRefusal, capabilities: AudioCapabilities) {
        switch refusal {
        case .disabledByPeer, .notWanted, .alreadyHaveAudio, .noLocalMedia, .noMultiplexing: self = .noAudio
        case .profile:
            let profiles = capabilities.profiles.map(\.rawValue).sorted().joined(separator: ", ")
            self.init(warningCode: 302, warningText: "Incompatible transport protocol: \(profiles) are accepted")
        case .noCommonFormat:
            let codecs = capabilities.codecs.map(\.encodingName).joined(separator: ", ")
            self.init(warningCode: 305, warningText: "Incompatible media format: accepted are \(codecs)")
        case .noAddress, .addressFamily:
            self.init(warningCode: 301, warningText: "Incompatible network address formats")
        case .multicast: self.init(warningCode: 330, warningText: "Multicast not available")
        }
    }
}

/// What an answer to our offer came to.
package enum AnswerOutcome: Hashable, Sendable {
    case agreed([NegotiatedMedia])
    /// There is no audio: end the session, or let it go on as it was before a re-offer.
    case unusable(AnswerProblem)

    package var audio: NegotiatedAudio? {
        if case .agreed(let media) = self { media.lazy.compactMap(\.audio).first } else { nil }
    }

    /// The agreed video lines, in their order.
    package var videos: [NegotiatedVideo] {
        if case .agreed(let media) = self { media.compactMap(\.video) } else { [] }
    }
}

package enum AnswerProblem: Hashable, Sendable {
    /// No offer of ours is open.
    case noOffer
    case malformed(SDPError)
    case audioRefused(MediaRefusal)
}
