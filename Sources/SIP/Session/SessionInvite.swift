// SPDX-License-Identifier: GPL-3.0-or-later

/// The user part and features of our Contact in one session.
package struct ContactIdentity: Hashable, Sendable {
    /// The user part, escaped as it stands in a URI; nil for none.
    package var user: String?
    /// Whether the Contact carries `isfocus` (RFC 3840 §9, RFC 4579 §3).
    package var isFocus: Bool

    package init(user: String? = nil, isFocus: Bool = false) {
        self.user = user
        self.isFocus = isFocus
    }
}

/// An INVITE to be sent.
package struct SessionInvite: Hashable, Sendable {
    /// What stands in the body besides the offer (RFC 5621 §3.1). No line of it may begin with two hyphens.
    package struct Part: Hashable, Sendable {
        package var contentType: String
        /// Content-Disposition: `handling=optional`, or whoever does not know it refuses the call.
        package var disposition: String
        package var bytes: [UInt8]

        package init(_ contentType: String, disposition: String, _ bytes: [UInt8]) {
            self.contentType = contentType
            self.disposition = disposition
            self.bytes = bytes
        }
    }

    package var target: SIPURI
    /// From, without tag.
    package var from: NameAddress
    /// To, without tag; nil takes the target.
    package var to: NameAddress?
    /// nil makes one.
    package var callID: String?
    /// Our offer; nil asks the peer for one.
    package var offer: [UInt8]?
    /// Sent with an offer only.
    package var parts: [Part]
    /// More headers, Route, Replaces or Authorization for instance.
    package var headers: SIPHeaders
    package var contact: ContactIdentity
    package var route: RequestRoute
    /// Whether 401 and 407 come as `SessionEvent.challenged` instead of ending the session.
    package var wantsChallenges: Bool
    /// Whether one 3xx is followed to its first Contact.
    package var followsRedirect: Bool
    /// How long it may ring; nil takes the configuration's.
    package var ringingTimeout: Duration?

    package init(
        target: SIPURI, from: NameAddress, to: NameAddress? = nil, callID: String? = nil, offer: [UInt8]?,
        parts: [Part] = [], headers: SIPHeaders = SIPHeaders(),
        contact: ContactIdentity = ContactIdentity(), route: RequestRoute = .automatic, wantsChallenges: Bool = false,
        followsRedirect: Bool = false, ringingTimeout: Duration? = nil
    ) {
        self.target = target
        self.from = from
        self.to = to
        self.callID = callID
        self.offer = offer
        self.parts = parts
        self.headers = headers
        self.contact = contact
        self.route = route
        self.wantsChallenges = wantsChallenges
        self.followsRedirect = followsRedirect
        self.ringingTimeout = ringingTimeout
    }
}

/// A request outside every session: OPTIONS, MESSAGE, REFER, SUBSCRIBE, NOTIFY and their like.
package struct OutOfDialogRequest: Hashable, Sendable {
    /// Method, Request-URI, headers and body. From, To, Call-ID, CSeq, Max-Forwards and Contact are made where absent, so
    /// that a request from `Dialog.makeRequest` passes as it is; From gets a tag where it has none.
    package var request: SIPRequest
    package var contact: ContactIdentity
    package var route: RequestRoute
    /// False: where a peer takes no TCP, it is not sent at all if it is too long for a datagram (RFC 3261 §18.1.1).
    package var mayBeLongDatagram: Bool

    package init(
        _ request: SIPRequest, contact: ContactIdentity = ContactIdentity(), route: RequestRoute = .automatic,
        mayBeLongDatagram: Bool = true
    ) {
        self.request = request
        self.contact = contact
        self.route = route
        self.mayBeLongDatagram = mayBeLongDatagram
    }
}
