// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPRequest {
    /// The ACK that a client transaction sends for a final response other than 2xx (RFC 3261 §17.1.1.3): the INVITE's
    /// Request-URI, top Via, Route, From, Call-ID and CSeq number, the response's To.
    package init(acknowledging response: SIPResponse, to invite: SIPRequest) {
        self.init(following: invite, method: .ack)
        if let to = response.headers.first("To") { headers.set("To", to) }
    }

    /// The CANCEL of an INVITE (RFC 3261 §9.1), on the same branch and to be sent over the same flow. Send it only after
    /// a provisional response came.
    package init(cancelling invite: SIPRequest) {
        self.init(following: invite, method: .cancel)
    }

    private init(following invite: SIPRequest, method: SIPMethod) {
        self.init(method: method, uri: invite.uri)
        if let via = invite.headers.first("Via") { headers.append(canonical: "Via", via) }
        headers.append(canonical: "Max-Forwards", "70")
        for route in invite.headers.all("Route") { headers.append(canonical: "Route", route) }
        for name in ["From", "To", "Call-ID"] {
            if let value = invite.headers.first(name) { headers.append(canonical: name, value) }
        }
        if let number = invite.cSeq?.number {
            headers.append(canonical: "CSeq", CSeq(number: number, method: method).description)
        }
    }
}
