// SPDX-License-Identifier: GPL-3.0-or-later

/// What the focus knows of a caller when its INVITE asks for a place in a room.
package struct JoinRequest: Hashable, Sendable {
    /// Who calls.
    package var identity: Identity
    /// Call-ID of the INVITE, for log lines and call records.
    package var callID: String
    /// The caller's User-Agent, or nil.
    package var userAgent: String?
    /// Digits that came with the call, in the parameter `pin` of its Request-URI.
    package var pin: String?
    /// Called by the focus, on behalf of somebody who may let people in: a lock and a PIN are not for it.
    package var isInvited: Bool
    /// Of a call that is taken up again.
    package var standing: MemberStanding?

    package init(
        identity: Identity, callID: String, userAgent: String? = nil, pin: String? = nil, isInvited: Bool = false
    ) {
        self.pin = pin
        self.isInvited = isInvited
        self.identity = identity
        self.callID = callID
        self.userAgent = userAgent
    }
}
