// SPDX-License-Identifier: GPL-3.0-or-later

/// An INVITE of the peer that starts a session and waits for our final response (RFC 3261 §13.3).
struct ServerInvite: Sendable {
    var request: SIPRequest
    var transaction: ServerTransactionID
    var flow: Flow
    var reliable: ReliableProvisionalSender
    /// The status of the last 1xx, and when it is to be said again.
    var lastProvisional: Int?
    var repeatAt: ContinuousClock.Instant?
    /// From the Expires of the INVITE (RFC 3261 §13.3.1).
    var expiresAt: ContinuousClock.Instant?
    /// What `accept` gave, while a reliable 1xx waits for its PRACK (RFC 3262 §5).
    var heldAccept: HeldAccept?

    struct HeldAccept: Sendable {
        var body: [UInt8]?
        var headers: SIPHeaders
    }
}
