// SPDX-License-Identifier: GPL-3.0-or-later

/// One end of a dialog (RFC 3261 §12): who the two are, where requests go and how they are numbered.
///
/// A value; it neither sends nor receives. Created early by a 1xx or confirmed by a 2xx, on either side.
package struct Dialog: Hashable, Sendable {
    /// Which end we are: decides the direction of Record-Route and the back-off after glare.
    package enum Role: Hashable, Sendable {
        case client
        case server
    }

    package let role: Role
    package private(set) var id: DialogID
    /// From of our requests, our tag included.
    package let localParty: NameAddress
    /// To of our requests, the peer's tag included.
    package let remoteParty: NameAddress
    /// The number of our last request.
    package private(set) var localSequence: UInt32
    /// The number of the peer's last request; nil before the first.
    package private(set) var remoteSequence: UInt32?
    /// The proxies to pass, nearest first.
    package private(set) var routeSet: [NameAddress]
    /// The peer's Contact.
    package private(set) var remoteTarget: SIPURI
    package private(set) var isConfirmed: Bool

    /// The dialog that a response to our request makes (RFC 3261 §12.1.2); nil without the headers that it takes.
    ///
    /// A response without Contact leaves the Request-URI as the target: 2543 elements and broken 180s are like that.
    package init?(client request: SIPRequest, response: SIPResponse) {
        guard response.status > 100, response.status < 300, let id = DialogID(incoming: response),
            let local = response.from, let remote = response.to, let cSeq = request.cSeq
        else { return nil }
        role = .client
        self.id = id
        localParty = local
        remoteParty = remote
        localSequence = cSeq.number
        remoteSequence = nil
        routeSet = response.recordRoutes.reversed()
        remoteTarget = response.contacts.first?.uri ?? request.uri
        isConfirmed = response.isSuccess
    }

    /// The dialog that our response to a request makes (RFC 3261 §12.1.1); nil without the headers that it takes.
    package init?(server request: SIPRequest, localTag: String) {
        guard let callID = request.callID, let local = request.to, let remote = request.from,
            let target = request.contacts.first?.uri, let cSeq = request.cSeq
        else { return nil }
        role = .server
        id = DialogID(callID: callID, localTag: localTag, remoteTag: remote.tag ?? "")
        var tagged = local
        tagged.tag = localTag
        localParty = tagged
        remoteParty = remote
        localSequence = 0
        remoteSequence = cSeq.number
        routeSet = request.recordRoutes
        remoteTarget = target
        isConfirmed = false
    }

    // MARK: Requests that we send

    /// The next request in this dialog, without Via and Contact (RFC 3261 §12.2.1.1).
    package mutating func makeRequest(_ method: SIPMethod) -> SIPRequest {
        localSequence += 1
        return request(method, number: localSequence)
    }

    /// The ACK to a 2xx: a request of its own with the number of its INVITE (RFC 3261 §13.2.2.4).
    package func makeAck(number: UInt32) -> SIPRequest {
        request(.ack, number: number)
    }

    private func request(_ method: SIPMethod, number: UInt32) -> SIPRequest {
        var request = SIPRequest(method: method, uri: requestTarget)
        request.headers.set("Max-Forwards", "70")
        for route in routeHeaders { request.headers.add("Route", route) }
        request.headers.set("From", localParty.description)
        request.headers.set("To", remoteParty.description)
        request.headers.set("Call-ID", id.callID)
        request.headers.set("CSeq", CSeq(number: number, method: method).description)
        return request
    }

    private var firstRouteIsLoose: Bool {
        routeSet.first?.uri.parameters.contains("lr") ?? true
    }

    /// The Request-URI: the target, or behind a strict router that router (without what a Request-URI may not hold).
    private var requestTarget: SIPURI {
        guard let first = routeSet.first, !firstRouteIsLoose else { return remoteTarget }
        var uri = first.uri
        uri.headers = []
        uri.parameters.remove("method")
        return uri
    }

    private var routeHeaders: [String] {
        guard !firstRouteIsLoose else { return routeSet.map(\.description) }
        return routeSet.dropFirst().map(\.description) + ["<\(remoteTarget)>"]
    }

    /// Where requests are sent to: the first route, else the target (RFC 3261 §8.1.2, §12.2.1.1).
    package var nextHop: SIPURI {
        routeSet.first?.uri ?? remoteTarget
    }

    /// Goes on with higher numbers: what was sent before is not known any more (RFC 3261 §12.2.1.1).
    package mutating func skip(to sequence: UInt32) {
        localSequence = max(localSequence, sequence)
    }

    // MARK: What comes from the peer

    /// Takes the number of a request of the peer; false when it is not higher than the last: 500 (RFC 3261 §12.2.2).
    /// ACK and CANCEL carry an earlier number and are not to be asked about.
    package mutating func receive(_ sequence: UInt32) -> Bool {
        if let remoteSequence, sequence <= remoteSequence { return false }
        remoteSequence = sequence
        return true
    }

    /// Takes the Contact of a target refresh request or of its 2xx (RFC 3261 §12.2).
    package mutating func refreshTarget(_ contacts: [NameAddress]) {
        if let contact = contacts.first { remoteTarget = contact.uri }
    }

    /// Confirms an early dialog by its 2xx: the route set is computed anew, the target too (RFC 3261 §13.2.2.4).
    package mutating func confirm(by response: SIPResponse) {
        if role == .client, !isConfirmed { routeSet = response.recordRoutes.reversed() }
        refreshTarget(response.contacts)
        isConfirmed = true
    }

    /// Confirms by our own 2xx.
    package mutating func confirm() {
        isConfirmed = true
    }
}
