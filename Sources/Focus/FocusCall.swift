// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import MediaServer
import SDP
import SIP

/// One call into a room, from its INVITE to its end: what ties the SIP session, the member and the media leg together.
struct FocusCall {
    let session: SessionID
    let member: MemberID
    var room: RoomID
    var roomName: String
    let callID: String
    /// Where the INVITE came from.
    let flow: Flow
    /// Where this caller can dial rooms.
    let place: RoomPlace
    let leg: LegID
    var wire: LegIdentity
    /// The INVITE's offer; nil for a late offer, which our 200 makes.
    var offer: [UInt8]?
    /// Set when the member gets its sockets.
    var negotiation: OfferAnswer?
    /// The leg opens when the call is established, so that nobody listens unseen and no forged INVITE is answered with media. Kept for
    /// another room after that.
    var sockets: LegSockets?
    /// What the leg is to do, as last agreed on.
    var settings: LegSettings?
    var isEstablished = false
    /// As of the last second.
    var figures: LegStatistics?
    /// The body of our 200: answer, or offer.
    var description: [UInt8]?
    var isHeld = false
    /// A media worker owns the leg.
    var legIsOpen = false
    /// nil where the call has none.
    var video: CallVideo?
    /// What the roster says of the video.
    var toldVideo: [ConferenceInfo.Media] = []
    /// What the log says that the member cannot be shown.
    var unshown: String?
    /// Why a video line that the caller offered was declined, for people.
    var videoRefusal: String?
    /// The call that this one takes the place of.
    var replaces: (session: SessionID, standing: MemberStanding)?
    /// Whom the caller wants called in once its call stands (RFC 5366).
    var guests: [ResourceList.Entry] = []
    /// The INVITE as it came, where calls are journalled.
    var invite: [UInt8]?
    /// The peer's last offer after that.
    var lastOffer: [UInt8]?
    /// Under which the journal has it.
    var journalKey: String?
    /// Whom we call, and how; nil for who called us.
    var invitation: Invitation?
    /// The caller may be sent INFO.
    let takesINFO: Bool
    /// The caller reads messages in envelopes (RFC 3862).
    let readsCPIM: Bool
    /// Keys pressed by INFO: as many as a leg's are believed (`KeyRate`).
    var keyRate = AdmissionRate(perSecond: 30)
}

/// A call of ours into a room.
struct Invitation {
    enum Told { case nothing, ringing, answered }

    /// Who is called.
    let person: SIPURI
    let target: SIPURI
    let path: [String]
    let route: RequestRoute
    /// The calls to all places of one person have this number in common (RFC 3261 §16.7): who answers first ends the others.
    let fork: UInt64
    /// Who else was called with it, as a list tells (RFC 5366 §5).
    let history: [UInt8]?
    /// A call of theirs that they give up for this one (RFC 3891).
    let replaces: String?
    /// What those who watch the room know of them.
    var told = Told.nothing
    /// Who wants to know what becomes of them (RFC 3515 §2.4.4): one of the calls has it, the last one tells.
    var progress: ReferProgress?
    /// What other calls of them were refused with, the best one.
    var refusal: (status: Int, reason: String)?
}

/// The video of one call: lines, and the ports that they use.
struct CallVideo {
    struct Line {
        var wire: VideoIdentity
        /// The number of its ports; lines of a bundle share them.
        var transport: UInt8
    }

    struct Ports {
        let number: UInt16
        let sockets: LegSockets
        /// A media worker has them.
        var areOpen = false
    }

    var lines: [VideoRole: Line] = [:]
    var transports: [UInt8: Ports] = [:]
    /// A media worker has been told of the lines.
    var isOpen = false
    /// The caller shares its screen.
    var presents = false

    /// A number that no ports of the call have; nil where there are too many.
    var freeTransport: UInt8? { (0..<128).first { transports[$0] == nil } }
}
