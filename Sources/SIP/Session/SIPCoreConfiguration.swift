// SPDX-License-Identifier: GPL-3.0-or-later

/// What a `SIPCore` says of itself and how long it waits.
package struct SIPCoreConfiguration: Sendable {
    /// User-Agent of requests and Server of responses; empty leaves both out.
    package var productName: String
    /// Methods that are served; others get 405.
    package var allow: [SIPMethod] = [
        .invite, .ack, .bye, .cancel, .options, .info, .update, .prack, .refer, .notify, .subscribe, .message,
    ]
    /// Option tags; any other in Require gets 420.
    package var supported = ["100rel", "timer"]
    /// Option tags that a caller must support; without them an INVITE gets 421.
    package var requiredFromCaller: [String] = []
    /// Event packages for Allow-Events (RFC 6665 §7.2.2).
    package var allowEvents: [String] = []
    /// Media types for Accept in OPTIONS, and in a 415 that names none.
    package var accept = ["application/sdp"]
    /// Schemes of Request-URIs that are served; others get 416.
    package var schemes = ["sip"]
    package var sessionTimer = SessionTimerSettings()
    package var timers = SIPTimers()
    package var transactionLimits = TransactionLimits()
    /// How long an INVITE of ours may go without a final response.
    package var ringingTimeout: Duration = .seconds(180)
    /// How often a ringing INVITE gets its 1xx again (RFC 3261 §13.3.1.1).
    package var provisionalInterval: Duration = .seconds(60)
    /// Requests over UDP that are longer go over TCP, bytes (RFC 3261 §18.1.1).
    package var datagramLimit = 1300
    /// Sessions at once; a new INVITE above it gets 503. nil for no limit.
    package var sessionLimit: Int?
    /// Retry-After of such a 503, seconds.
    package var retryAfter = 10
    /// The address that peers reach us at, for Via and Contact. A TCP connection that we opened has a local port where
    /// nobody listens, and an address may be translated: then this is not the flow's local address.
    package var advertisedAddress: @Sendable (Flow) -> SIPAddress = { $0.local }

    /// The transports that peers reach us by. A connection that we opened ourselves proves nothing: where nobody listens for others, a
    /// Contact does not name its transport.
    package var listensBy: Set<SIPTransportKind> = [.udp, .tcp]

    package init(productName: String) {
        self.productName = productName
    }
}

extension SIPCoreConfiguration {
    /// Our Contact over that flow.
    package func contact(_ identity: ContactIdentity, over flow: Flow) -> NameAddress {
        let address = advertisedAddress(flow)
        var uri = SIPURI(user: identity.user, host: address.host, port: address.port)
        if flow.kind == .tcp, listensBy.contains(.tcp) { uri.parameters.set("transport", "tcp") }
        var contact = NameAddress(uri: uri)
        if identity.isFocus { contact.parameters.set("isfocus") }
        return contact
    }

    /// Adds what we say of ourselves to a response: Server, Contact, Allow, Supported, Allow-Events, Accept. Headers that
    /// are there already stay.
    func complete(_ response: inout SIPResponse, to method: SIPMethod, contact: ContactIdentity, over flow: Flow) {
        if !productName.isEmpty, response.status > 100 { response.headers.setIfAbsent("Server", productName) }
        let makesDialog = (101..<300).contains(response.status)
        if makesDialog, Self.carriesContact(method, status: response.status) {
            response.headers.setIfAbsent("Contact", self.contact(contact, over: flow).description)
        }
        if method == .invite && makesDialog || response.isSuccess && (method == .options || method == .update) {
            describeAbilities(&response.headers)
        }
        if response.status == 405 { response.headers.setIfAbsent("Allow", allowValue) }
        if response.status == 415 || method == .options && response.isSuccess {
            response.headers.setIfAbsent("Accept", accept.joined(separator: ", "))
        }
        if response.isSuccess, !allowEvents.isEmpty, method == .invite || method == .options {
            response.headers.setIfAbsent("Allow-Events", allowEvents.joined(separator: ", "))
        }
    }

    /// Adds what we say of ourselves to a request: User-Agent, Contact, Allow, Supported, Allow-Events.
    func complete(_ request: inout SIPRequest, contact: ContactIdentity, over flow: Flow) {
        if !productName.isEmpty { request.headers.setIfAbsent("User-Agent", productName) }
        switch request.method {
        case .invite, .update, .subscribe, .notify, .refer, .register:
            request.headers.setIfAbsent("Contact", self.contact(contact, over: flow).description)
        default:
            break
        }
        switch request.method {
        case .invite, .update, .options:
            describeAbilities(&request.headers)
            if request.method == .invite, !allowEvents.isEmpty {
                request.headers.setIfAbsent("Allow-Events", allowEvents.joined(separator: ", "))
            }
        case .ack, .cancel:
            break
        default:
            if sessionTimer.isEnabled { request.headers.setIfAbsent("Supported", "timer") }
        }
    }

    private func describeAbilities(_ headers: inout SIPHeaders) {
        headers.setIfAbsent("Allow", allowValue)
        let options = sessionTimer.isEnabled ? supported : supported.filter { $0 != "timer" }
        if !options.isEmpty { headers.setIfAbsent("Supported", options.joined(separator: ", ")) }
    }

    private var allowValue: String { allow.map(\.rawValue).joined(separator: ", ") }

    private static func carriesContact(_ method: SIPMethod, status: Int) -> Bool {
        switch method {
        case .invite: true
        case .update, .subscribe, .refer, .notify, .options: status >= 200
        default: false
        }
    }
}

extension SIPHeaders {
    mutating func setIfAbsent(_ name: String, _ value: String) {
        if !contains(name) { set(name, value) }
    }
}
