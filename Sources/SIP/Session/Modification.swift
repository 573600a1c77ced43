// SPDX-License-Identifier: GPL-3.0-or-later

/// A change of the session that we want: a new offer, or only a refresh.
struct Modification: Sendable {
    /// nil for a refresh without a description.
    var offer: [UInt8]?
    /// Whether the session timer asked for it, and not the user.
    var isRefresh: Bool
    var attempts = 0
}

/// Our re-INVITE or UPDATE: one at a time (RFC 3261 §14.1).
enum Change: Sendable {
    case none
    /// `sequence` is its CSeq number; `provisional` orders the reliable 1xx of a re-INVITE.
    case running(Modification, RequestToken, method: SIPMethod, sequence: UInt32, ReliableProvisionalReceiver)
    /// 491, or 500 with Retry-After: wait. `exchanges` tells later whether the peer changed something in between.
    case waiting(Modification, until: ContinuousClock.Instant, exchanges: Int)
}

/// A request of the peer with an offer, or a wish for one, that the user has to answer.
struct PeerChange: Sendable {
    enum Kind: Hashable, Sendable {
        case reInvite
        /// A re-INVITE without offer.
        case reInviteWithoutOffer
        case update
        case prack
    }

    var kind: Kind
    var request: SIPRequest
    var transaction: ServerTransactionID
    var flow: Flow
}
