// SPDX-License-Identifier: GPL-3.0-or-later

/// One INVITE session, from the first INVITE to the last response to BYE, on either side (RFC 3261 §13 to §15).
///
///     we call:    calling --- 2xx -----------------------------> established -+
///                  |  ^  ^-- resend -- challenged                             |
///                  |  +- 422, 3xx: again                                      +-- terminate, BYE, expiry --> closing
///     they call:  ringing --- accept --+------- 2xx sent -----> established -+                                |
///                  |                   +-- accepting -- PRACK --^                                             v
///                  +-- reject, CANCEL, BYE -------------------------------------------------------------> closed
///
/// `closing` has nothing more to tell its user; it waits for the last transactions. The parts that have a life of their own
/// are machines of their own: `OfferAnswerState`, `ReliableProvisionalSender` and `-Receiver`, `AcceptedResponse`,
/// `SessionTimer`. Verbs take an input and `now`, and queue `SessionAction`s.
package struct InviteSession: Sendable {
    enum Phase: Hashable, Sendable {
        case calling
        case challenged
        case ringing
        case accepting
        case established
        case closing
        case closed
    }

    /// One dialog of the session. A forked INVITE may have several early ones, and keeps one (RFC 3261 §13.2.2.4).
    struct Leg: Sendable {
        var dialog: Dialog
        var offerAnswer: OfferAnswerState
        var provisional = ReliableProvisionalReceiver()
        /// A reliable 1xx with an offer whose PRACK waits for our answer.
        var owedPrack: RAck?
    }

    package let id: SessionID
    package let role: Dialog.Role
    let environment: SessionEnvironment
    var random: SessionRandom
    var contact: ContactIdentity
    var phase: Phase
    var actions: [SessionAction] = []
    var hasEnded = false

    /// The dialog in use; nil before the first response to an INVITE of ours.
    var leg: Leg?
    /// Other early dialogs of a forked INVITE, by the peer's tag.
    var otherLegs: [String: Leg] = [:]
    /// Answers to 2xx, by the peer's tag.
    var sentAcks: [String: SentAck] = [:]
    /// The way of the peer's last request that came from it directly; nil when proxies stand between.
    var directFlow: Flow?
    var peerAllows: [String]?
    /// Whether the peer's Contact says that it is a conference's focus (RFC 4579 §3).
    package private(set) var peerIsFocus = false
    var timer: SessionTimer

    var clientInvite: ClientInvite?
    /// Our end of an INVITE of ours, before and beside all dialogs.
    var callLeg: CallLeg?
    var serverInvite: ServerInvite?
    var acceptedResponse: AcceptedResponse?
    /// The INVITE (first or later) whose 2xx brought an offer that we have not answered: its ACK waits.
    var owedAck: UInt32?
    var change = Change.none
    var queuedChange: Modification?
    var peerChange: PeerChange?
    /// Offers and answers settled so far.
    var exchangeCount = 0
    /// Our open offer, and our last description that was agreed.
    var openOffer: [UInt8]?
    var localDescription: [UInt8]?
    var remoteDescription: [UInt8]?
    /// `terminate` came before the ACK to our 2xx: BYE follows it (RFC 3261 §15).
    var byeAfterAck: [SIPReason]?

    /// Kept by the core: the transactions of our INVITEs, for CANCEL.
    var inviteTransactions: [RequestToken: ClientTransactionID] = [:]
    private var outstanding: [RequestToken: RequestPurpose] = [:]
    private var tokenCount: UInt64 = 0

    init(
        id: SessionID, role: Dialog.Role, contact: ContactIdentity, environment: SessionEnvironment, seed: UInt64
    ) {
        self.id = id
        self.role = role
        self.contact = contact
        self.environment = environment
        random = SessionRandom(seed: seed)
        phase = role == .client ? .calling : .ringing
        timer = SessionTimer(settings: environment.configuration.sessionTimer)
    }

    // MARK: What others may ask

    /// The dialog in use.
    package var dialog: Dialog? { leg?.dialog }
    /// Whether the session stands (2xx sent or received) and has not ended.
    package var isEstablished: Bool { phase == .established }
    /// Whether the peer listed the method in Allow; nil when it sent no Allow.
    package func peerAllows(_ method: SIPMethod) -> Bool? {
        peerAllows.map { $0.contains(method.rawValue) }
    }

    // MARK: Outputs

    mutating func takeActions() -> [SessionAction] {
        defer { actions = [] }
        return actions
    }

    mutating func emit(_ event: SessionEvent) {
        guard !hasEnded else { return }
        actions.append(.event(event))
    }

    /// Tells the user that it is over; says nothing the second time.
    mutating func emitEnd(_ end: SessionEnd) {
        emit(.ended(end))
        hasEnded = true
        timer.stop()
        change = .none
        queuedChange = nil
    }

    @discardableResult
    mutating func send(_ request: SIPRequest, _ purpose: RequestPurpose, _ route: RequestRoute? = nil) -> RequestToken {
        tokenCount += 1
        let token = RequestToken(number: tokenCount)
        outstanding[token] = purpose
        actions.append(.send(request, token, route ?? self.route))
        return token
    }

    func purpose(of token: RequestToken) -> RequestPurpose? {
        outstanding[token]
    }

    mutating func settle(_ token: RequestToken) {
        outstanding[token] = nil
        inviteTransactions[token] = nil
    }

    /// Moves on to `closed` once nothing is under way.
    mutating func closeIfDone() {
        guard phase == .closing, outstanding.isEmpty, acceptedResponse == nil, owedAck == nil else { return }
        close()
    }

    mutating func close() {
        guard phase != .closed else { return }
        phase = .closed
        clientInvite = nil
        serverInvite = nil
        if let leg { actions.append(.unbind(leg.dialog.id)) }
        for other in otherLegs.values { actions.append(.unbind(other.dialog.id)) }
        otherLegs = [:]
        actions.append(.over)
    }

    // MARK: The dialog

    /// The way of requests in the dialog: where the peer spoke to us directly, back over the same flow, since its Contact
    /// may be an address that only it can reach; otherwise by the route set or the peer's Contact.
    var route: RequestRoute {
        guard let leg else { return clientInvite?.route ?? .automatic }
        return route(of: leg.dialog)
    }

    func route(of dialog: Dialog) -> RequestRoute {
        let target = FlowTarget(dialog.nextHop)
        if dialog.routeSet.isEmpty, let directFlow { return .flow(directFlow, otherwise: target) }
        return target.map { .targets([$0]) } ?? .automatic
    }

    /// Makes the next request of the dialog in use; nil when there is none yet.
    mutating func makeRequest(_ method: SIPMethod) -> SIPRequest? {
        guard leg != nil else { return nil }
        return leg?.dialog.makeRequest(method)
    }

    /// Makes the leg of that peer tag the one in use; false when there is none.
    mutating func select(_ remoteTag: String) -> Bool {
        if leg?.dialog.id.remoteTag == remoteTag { return true }
        guard let chosen = otherLegs.removeValue(forKey: remoteTag) else { return false }
        if let leg { otherLegs[leg.dialog.id.remoteTag] = leg }
        leg = chosen
        return true
    }

    /// Learns from any message of the peer in this session.
    mutating func learn(from message: some SIPMessageFields) {
        let allow = message.allow
        if !allow.isEmpty { peerAllows = allow }
        if let contact = message.contacts.first { peerIsFocus = contact.parameters.contains("isfocus") }
    }

    mutating func settled(local: [UInt8]?, remote: [UInt8]?) {
        exchangeCount += 1
        openOffer = nil
        if let local { localDescription = local }
        if let remote { remoteDescription = remote }
    }

    /// Adds the session timer's headers to a request of ours that refreshes the session (RFC 4028 §7.1).
    func addTimer(to request: inout SIPRequest) {
        let fields = timer.requestFields
        if let expires = fields.sessionExpires { request.headers.set("Session-Expires", expires.description) }
        if let minimum = fields.minimumInterval { request.headers.set("Min-SE", String(minimum)) }
    }

    /// Starts the timer for a request that is answered with `response` now, and adds its headers (RFC 4028 §9).
    mutating func addTimer(to response: inout SIPResponse, answering request: SIPRequest, now: ContinuousClock.Instant)
    {
        let fields = timer.accepted(request.sessionTimerFields, now: now)
        if let expires = fields.sessionExpires { response.headers.set("Session-Expires", expires.description) }
        if fields.supportsTimer { response.headers.add("Require", "timer") }
    }

    func makeResponse(_ status: Int, to request: SIPRequest, reason: String? = nil, over flow: Flow) -> SIPResponse {
        var response = SIPResponse(
            to: request, status: status, reason: reason, toTag: leg?.dialog.id.localTag)
        environment.configuration.complete(&response, to: request.method, contact: contact, over: flow)
        return response
    }

    mutating func respond(
        _ status: Int, to request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow,
        headers: SIPHeaders = SIPHeaders()
    ) {
        var response = makeResponse(status, to: request, over: flow)
        for field in headers.fields { response.headers.add(field.name, field.value) }
        actions.append(.respond(response, transaction))
    }

    /// 500 with a Retry-After of 0 to 10 s: an earlier request stands open (RFC 3261 §14.2).
    mutating func respondOverlap(to request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow) {
        let wait = ReInviteGlare.retryAfter(random: random.next())
        respond(500, to: request, transaction, over: flow, headers: ["Retry-After": String(wait)])
    }
}
