// SPDX-License-Identifier: GPL-3.0-or-later

/// An INVITE of ours that starts a session (RFC 3261 §13.2).
struct ClientInvite: Sendable {
    enum Cancellation: Hashable, Sendable {
        case none
        /// To be sent with the first provisional response (RFC 3261 §9.1).
        case wanted([SIPReason])
        case sent
    }

    /// As handed down, without Via and Contact.
    var request: SIPRequest
    var token: RequestToken
    var route: RequestRoute
    var hasProvisional = false
    var cancellation = Cancellation.none
    var wantsChallenges: Bool
    var followsRedirect: Bool
    /// When the caller gives up, and then when it stops to wait for the end of a cancelled INVITE.
    var deadline: ContinuousClock.Instant?
    /// How often the INVITE was sent anew.
    var resendCount = 0
    /// A 2xx came: later ones are forks or retransmissions.
    var isAnswered = false
}
