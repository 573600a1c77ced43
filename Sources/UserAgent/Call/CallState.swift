// SPDX-License-Identifier: GPL-3.0-or-later
import MediaServer
import SDP
import SIP

/// What a user agent keeps of one call: ties the SIP session, the negotiation and the media together. Lives in the actor.
struct CallState {
    let call: Call
    let wire: LegIdentity
    /// Where the call goes or came from, for words.
    let peer: String
    /// Request-URI of our INVITE.
    var target: SIPURI?
    /// Credentials that our INVITE carried.
    var authorization: (name: String, value: String)?
    /// The INVITE's offer, of a call that came in and is not answered; nil for a late offer.
    var offer: [UInt8]?
    /// Where an INVITE came from.
    var flow: Flow?
    var negotiation: OfferAnswer?
    /// Bound, and not yet owned by a media thread.
    var sockets: LegSockets?
    /// Open, and not yet owned by a media thread.
    var devices: CallDevices?
    var media: CallMedia?
    /// Nanoseconds that the microphone is behind the camera.
    var captureDelay: Int64 = 0
    /// nil where the call has none.
    var video: VideoState?
    /// What the audio tells the video of its delay.
    let playout = PlayoutClock()
    var isAnswering = false
    var isMuted: Bool
    var isHeldByPeer = false
    /// What was last told to be.
    var isHeld = false
    /// What the user wants; `negotiation.isHeld` follows.
    var wantsHold = false
    var holdWaiters: [CheckedContinuation<UserAgentError?, Never>] = []
    var description: CallDescription?
    /// What the focus's Contact names; nil for a call with a telephone.
    var conference: SIPURI?
    var roster = RosterDocument()
    /// SSRC of what was last heard.
    var stream: UInt32?
    var talkers = TalkerTracker()
    /// We talk.
    var isTalking = false
    /// Call-ID of the roster's subscription.
    var subscription: String?
    /// Set when the SIP session is over while devices are still being closed.
    var end: CallEnd?
    /// Threads and devices that are still being closed then.
    var closing = 0
}
