// SPDX-License-Identifier: GPL-3.0-or-later

/// All that media needs to know of an agreed video stream. "Ours" is this end, "peer" the other.
package struct NegotiatedVideo: Hashable, Sendable {
    /// Position of the `m=` line, from 0.
    package var mediaIndex: Int
    package var role: VideoRole
    /// What we send first, with the peer's number and parameters.
    package var format: VideoFormat
    /// What may be sent as well, without signalling.
    package var otherFormats: [VideoFormat]
    /// What may arrive. Wider than what was answered: some peers send any codec of their own offer.
    package var receivePayloadTypes: [UInt8: VideoCodecDescription]
    /// The peer's retransmission payload type for each of ours that may be sent (RFC 4588).
    package var sendRetransmissions: [UInt8: UInt8]
    /// Retransmission payload types that may arrive, each with what it retransmits.
    package var receiveRetransmissions: [UInt8: UInt8]
    /// Unspecified (`0.0.0.0`, `::`) while the peer holds in the manner of RFC 2543: then nothing is sent.
    package var remoteRTP: MediaAddress
    package var remoteRTCP: MediaAddress
    package var rtcpMux: Bool
    package var rtcpReducedSize: Bool
    package var profile: MediaProfile
    /// Ours, after both sides' holds.
    package var direction: MediaDirection
    /// The peer does not want to see us: sendonly, inactive, or an unspecified address.
    package var remoteHolds: Bool
    /// Feedback that may be sent to the peer; empty for a phone that knows none.
    package var feedback: VideoFeedback
    /// What the peer takes in `format`.
    package var limits: PictureLimits
    /// Bits a second the peer wants at most (`b=`), headers included where it said `AS`.
    package var bandwidthLimit: Int?
    /// Header extensions in use, by URI.
    package var extensions: [String: NegotiatedExtension]
    /// RFC 5888.
    package var mid: String?
    /// The line whose ports this one shares (RFC 9143); itself for the line that lends them, nil outside a bundle.
    package var bundledWith: Int?
    /// What the peer says it shows here (RFC 4796).
    package var remoteContent: [String]
    /// The peer's `a=label`.
    package var remoteLabel: String?
    /// The peer's `a=msid`.
    package var remoteMSID: String?
    /// SSRCs the peer announced (RFC 5576), those of retransmissions left out; empty where it did not.
    package var remoteSSRCs: [UInt32]
    /// The peer's SSRCs of retransmissions, each with the one it belongs to (`a=ssrc-group:FID`).
    package var remoteRetransmissionSSRCs: [UInt32: UInt32]

    /// A plain stream: two-way AVP without feedback, RTCP on the next port; the rest by assignment.
    package init(
        mediaIndex: Int = 1, role: VideoRole = .main, format: VideoFormat, otherFormats: [VideoFormat] = [],
        receivePayloadTypes: [UInt8: VideoCodecDescription], remoteRTP: MediaAddress, remoteRTCP: MediaAddress,
        profile: MediaProfile = .avp, direction: MediaDirection = .sendrecv
    ) {
        self.mediaIndex = mediaIndex
        self.role = role
        self.format = format
        self.otherFormats = otherFormats
        self.receivePayloadTypes = receivePayloadTypes
        self.sendRetransmissions = [:]
        self.receiveRetransmissions = [:]
        self.remoteRTP = remoteRTP
        self.remoteRTCP = remoteRTCP
        self.rtcpMux = false
        self.rtcpReducedSize = false
        self.profile = profile
        self.direction = direction
        self.remoteHolds = false
        self.feedback = []
        self.limits = PictureLimits(peer: format.codec, ours: nil, framerate: nil)
        self.extensions = [:]
        self.remoteContent = []
        self.remoteSSRCs = []
        self.remoteRetransmissionSSRCs = [:]
    }

    /// All that may be sent, the one to use first.
    package var sendFormats: [VideoFormat] { [format] + otherFormats }
    package var codec: VideoCodecDescription { format.codec }
    package var sendPayloadType: UInt8 { format.payloadType }

    /// RTP may go out.
    package var sendsMedia: Bool { direction.sends && !remoteRTP.isUnspecified }
    /// RTCP may go out: on hold as well, but not to an unspecified address (RFC 3264 §5.1, §8.4).
    package var sendsRTCP: Bool { !remoteRTCP.isUnspecified }
}
