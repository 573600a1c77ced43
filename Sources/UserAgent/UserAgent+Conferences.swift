// SPDX-License-Identifier: GPL-3.0-or-later
import NIOCore
import SIP

// Conferences as a whole: the list of a host's rooms, and the end of one.
extension UserAgent {
    /// The rooms of a host that can be joined.
    ///
    /// - Parameter host: `host`, `host:5070`, or the list's own address.
    /// - Throws: `UserAgentError`: `noAnswer` after ten seconds, `refused` where the host tells no list.
    public func list(_ host: String) async throws(UserAgentError) -> [ConferenceSummary] {
        let uri = try DialledAddress(listAt: host).uri
        let targets = try await locate(uri)
        let from = from(try localAddress(toward: targets).host)
        let place = uri.bracketedHost + (uri.port.map { ":\($0)" } ?? "")
        let result = await withCheckedContinuation { continuation in
            let callID = subscribe(
                to: uri, from: from, expires: 0, for: .list(continuation, host: uri.host), route: .targets(targets))
            let patience = eventLoop.scheduleTask(in: .seconds(10)) { [weak self] in
                guard let self else { return }
                self.assumeIsolated { $0.forget(callID, why: .noAnswer(from: place)) }
            }
            if subscriptions[callID] != nil { subscriptions[callID]?.timer = patience } else { patience.cancel() }
        }
        return try result.get()
    }

    /// The rooms of a host that can be joined, and again whenever they change: a subscription to its list (RFC 4662 §4) that is renewed
    /// until nobody reads the sequence any more, or `stop()`.
    ///
    /// - Parameter host: as in `list(_:)`.
    /// - Returns: the list as it stands, then each that differs from the one before, for one reader; of those that come faster than they
    ///   are read the newest. It throws `UserAgentError` where the host refuses, does not answer, or ends the subscription.
    /// - Throws: `UserAgentError` where the host has no address.
    public func follow(
        _ host: String
    ) async throws(UserAgentError) -> AsyncThrowingStream<[ConferenceSummary], any Error> {
        let uri = try DialledAddress(listAt: host).uri
        let targets = try await locate(uri)
        let (lists, feed) = AsyncThrowingStream.makeStream(
            of: [ConferenceSummary].self, bufferingPolicy: .bufferingNewest(1))
        follow(ListReader(uri: uri, from: from(try localAddress(toward: targets).host), targets: targets, feed: feed))
        return lists
    }

    /// Subscribes for a reader, the first time or after a subscription that the host has lost.
    func follow(_ reader: ListReader) {
        let callID = subscribe(
            to: reader.uri, from: reader.from, expires: Subscription.expiry, for: .followedList(reader),
            route: .targets(reader.targets))
        reader.feed.onTermination = { [weak self] _ in
            Task { [weak self] in await self?.unsubscribe(callID) }
        }
    }

    /// Whoever follows a list reads no more of it.
    func unfollowAll() {
        for (callID, subscription) in subscriptions {
            guard case .followedList(let reader) = subscription.purpose else { continue }
            unsubscribe(callID)
            reader.feed.finish()
        }
    }

    /// Cancels a conference from outside: everybody in it is sent home (RFC 4579 §5.12). Works for who created it, from the same host
    /// and with the same user name.
    ///
    /// - Throws: `UserAgentError.refused` with 403 where we may not, 404 where there is no such conference.
    public func cancel(_ conference: String) async throws(UserAgentError) {
        let uri = try DialledAddress(parsing: conference).uri
        let targets = try await locate(uri)
        var request = SIPRequest(method: .refer, uri: uri, headers: Self.cancellation(of: uri))
        request.from = from(try localAddress(toward: targets).host)
        try await requestOutside(request, to: targets)
    }

    func cancelConference(of id: SessionID) async throws(UserAgentError) {
        guard let description = calls[id]?.description else { throw .wrongState("the call does not stand") }
        guard description.isFocus, let uri = endpoint.core.session(id)?.dialog?.remoteTarget else {
            throw .wrongState("the other side is not a conference")
        }
        try await requestInside(id, .refer, headers: Self.cancellation(of: uri))
    }

    /// REFER to the conference naming the conference itself with `method=BYE`; no subscription is wanted (RFC 4488).
    private static func cancellation(of conference: SIPURI) -> SIPHeaders {
        var uri = conference
        uri.headers = []
        uri.parameters.remove("transport")
        uri.parameters.set("method", "BYE")
        var headers = SIPHeaders()
        headers.set("Refer-To", "<\(uri)>")
        headers.set("Refer-Sub", "false")
        headers.set("Supported", "norefersub")
        return headers
    }
}
