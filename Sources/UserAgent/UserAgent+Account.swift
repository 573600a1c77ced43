// SPDX-License-Identifier: GPL-3.0-or-later
import Logging
import NIOCore
import SIP

extension UserAgent {
    /// Who we are at a server: a focus with accounts, or any PBX.
    public struct Account: Hashable, Sendable {
        /// Our address there: `sip:ann@pbx.example`, with port and transport where the server needs them.
        public var address: String
        public var password: String
        /// The name to log in with; nil for the user part of the address.
        public var login: String?

        public init(address: String, password: String, login: String? = nil) {
            self.address = address
            self.password = password
            self.login = login
        }
    }

    /// Where others can call us.
    public enum Registration: Hashable, Sendable {
        /// At the server, for so many seconds; renewed by itself before.
        case registered(seconds: Int)
        /// Not now: tried again by itself.
        case failed(UserAgentError)
    }
}

/// What becomes of an account's registration (RFC 3261 §10.2).
struct RegistrationState {
    let callID: String
    let tag: String
    var sequence: UInt32 = 0
    var failures = 0
    var timer: Scheduled<Void>?
    let feed: AsyncStream<UserAgent.Registration>.Continuation
}

// Logging in: credentials for whoever asks, and REGISTER.
extension UserAgent {
    /// Registers `Options.account` and keeps it registered until `stop()`.
    ///
    /// - Returns: what becomes of it, for one reader. The first element tells how the first attempt went.
    /// - Throws: `UserAgentError.wrongState` where there is no account.
    public func register() throws(UserAgentError) -> AsyncStream<Registration> {
        guard options.account != nil, registration == nil else {
            throw .wrongState(options.account == nil ? "there is no account to register" : "it is registered already")
        }
        let (stream, feed) = AsyncStream.makeStream(of: Registration.self, bufferingPolicy: .bufferingNewest(64))
        registration = RegistrationState(
            callID: endpoint.core.makeCallID(), tag: endpoint.core.makeTag(), feed: feed)
        Task { await renew() }
        return stream
    }

    /// Seconds that a registration is asked to last.
    private static let expiry: UInt32 = 600

    private func renew() async {
        do throws(UserAgentError) {
            let seconds = try await sendRegister(expires: Self.expiry)
            registration?.failures = 0
            registration?.feed.yield(.registered(seconds: seconds))
            renewLater(in: .seconds(Int64(max(10, seconds - max(30, seconds / 10)))))
        } catch {
            logger.warning("not registered", metadata: ["reason": "\(error)"])
            registration?.failures += 1
            registration?.feed.yield(.failed(error))
            // RFC 5626 §4.5: twice as long each time, half an hour at most.
            let failures = min(registration?.failures ?? 1, 6)
            renewLater(in: .seconds(Int64.random(in: 15...30) << Int64(failures - 1)))
        }
    }

    private func renewLater(in delay: TimeAmount) {
        guard registration != nil else { return }
        registration?.timer = eventLoop.scheduleTask(in: delay) { [weak self] in
            guard let self else { return }
            Task { await self.renew() }
        }
    }

    /// Others cannot call us any more. Waits for the answer, as long as `requestOutside` does.
    func unregister() async {
        guard let state = registration else { return }
        state.timer?.cancel()
        if state.sequence > 0 { _ = try? await sendRegister(expires: 0) }
        state.feed.finish()
        registration = nil
    }

    /// - Returns: seconds that the server grants.
    private func sendRegister(expires: UInt32) async throws(UserAgentError) -> Int {
        guard let account = options.account, var state = registration else { throw .wrongState("no account") }
        let address = try DialledAddress(parsing: account.address).uri
        let targets = try await locate(address)
        state.sequence += 1
        // Each challenge that is answered takes a number.
        registration?.sequence = state.sequence + UInt32(ChallengeableRequest.mostAnswers)
        var server = address
        server.user = nil
        var request = SIPRequest(method: .register, uri: server)
        var from = NameAddress(displayName: options.displayName, uri: address)
        from.uri.parameters.remove("transport")
        request.headers.set("To", from.description)
        from.tag = state.tag
        request.headers.set("From", from.description)
        request.headers.set("Call-ID", state.callID)
        request.headers.set("CSeq", "\(state.sequence) REGISTER")
        request.headers.set("Expires", "\(expires)")
        let response = try await requestOutside(request, to: targets)
        // A user's other places stand there too, and last as long as they like. Ours may come back as a translator of addresses sees
        // it: then whichever is over first.
        let own = try localAddress(toward: targets)
        let ours = response.contacts.filter { $0.uri.host == own.host && $0.uri.port ?? 5060 == own.port }
        let granted = (ours.isEmpty ? response.contacts : ours).compactMap {
            $0.parameters.value("expires").flatMap { Int($0) }
        }
        return granted.min() ?? response.expires.map(Int.init) ?? Int(expires)
    }

    // MARK: Credentials

    /// The request once more, with credentials for the challenge; nil where there are none, or where they were refused.
    func authorized(_ request: SIPRequest, after response: SIPResponse) -> SIPRequest? {
        guard response.status == 401 || response.status == 407, options.account != nil,
            let header = digest?.answer(response, to: request)
        else { return nil }
        var again = request
        again.headers.set(header.name, header.value)
        if let cSeq = request.cSeq {
            again.headers.set("CSeq", CSeq(number: cSeq.number + 1, method: cSeq.method).description)
        }
        again.headers.remove("Via")
        return again
    }

    /// An INVITE was asked who we are.
    func challenged(_ id: SessionID, _ response: SIPResponse) {
        guard let state = calls[id] else { return }
        var request = SIPRequest(method: .invite, uri: state.target ?? SIPURI(host: state.peer))
        if let given = state.authorization { request.headers.set(given.name, given.value) }
        guard let header = digest?.answer(response, to: request) else {
            return giveUp(id, .refused(Refusal(response)), reason: SIPReason(cause: response.status, text: nil))
        }
        calls[id]?.authorization = header
        var headers = SIPHeaders()
        headers.set(header.name, header.value)
        withCore { core, now in core.resend(id, headers: headers, now: now) }
    }
}
