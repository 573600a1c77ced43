// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import SIP

// REGISTER (RFC 3261 §10): where people can be called.
extension Focus {
    func receiveRegister(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, as identity: Identity
    ) {
        guard let to = request.to?.uri, to.scheme == "sip" || to.scheme == "sips" else {
            return respond(transaction, to: request, 400, warning: "To is no SIP address")
        }
        guard let user = Identity(to).user, user.utf8.count <= ConferencePolicy.longestName
        else { return respond(transaction, to: request, 404, warning: "To names nobody") }
        guard configuration.auth.mode == .none || identity.source != Identity.login || identity.user == user else {
            return respond(transaction, to: request, 403, warning: "You may register yourself alone")
        }
        let now = ContinuousClock.now
        let sharer = sharer(identity, over: flow)
        switch login.registrar.receive(request, for: user, over: flow, sharer: sharer, now: now) {
        case .registered(let bindings):
            var response = SIPResponse(to: request, status: 200)
            for binding in bindings {
                var contact = binding.contact
                contact.parameters.set("expires", "\(max(0, now.duration(to: binding.expires).components.seconds))")
                response.headers.add("Contact", contact.description)
            }
            for proxy in request.headers.all("Path") { response.headers.add("Path", proxy) }
            // Asked for, nothing changes.
            if !request.headers.all("Contact").isEmpty { keepPlaces(of: user, bindings) }
            logger.info("registered", metadata: ["user": "\(user)", "places": "\(bindings.count)"])
            withCore { core, now in core.respond(transaction, response, now: now) }
        case .tooBrief(let seconds):
            respond(transaction, to: request, 423, headers: [("Min-Expires", "\(seconds)")])
        case .refused(let status, let why):
            respond(transaction, to: request, status, warning: why)
        case .noPlace(let shortage):
            let headers = [("Retry-After", "60")]
            respond(transaction, to: request, 503, headers: headers, warning: "No place for more users")
            noPlace(.registrations, shortage, for: sharer, request)
        }
    }

    /// In whose share a user is that registered before a restart: how it showed who it is was not kept.
    private func sharer(of user: String, over flow: Flow) -> String? {
        if isTrusted(flow.remote.host) { return nil }
        return configuration.auth.mode == .users ? Self.sharer(account: user) : flow.remote.network
    }

    private func keepPlaces(of user: String, _ bindings: [Registrar.Binding]) {
        let clock = WallClock.now
        let places = bindings.map { binding in
            StoredPlace(
                contact: binding.contact.description, flow: StoredFlow(binding.flow),
                expires: clock.date(binding.expires), callID: binding.callID, sequence: binding.sequence,
                path: binding.path)
        }
        store.keep(.places(user: user, places))
    }

    /// Phones that registered before a restart can be called after it.
    func recoverPlaces() {
        let clock = WallClock.now
        defer { keptPlaces = [:] }
        for (user, places) in keptPlaces {
            let bindings = places.filter { $0.expires > clock.date }.compactMap { place -> Registrar.Binding? in
                guard let contact = try? NameAddress(parsing: place.contact) else { return nil }
                let left = Duration.seconds(place.expires.timeIntervalSince(clock.date))
                // A clock that was set back makes no place last for ever.
                let expires = clock.instant + min(left, .seconds(Int(login.registrar.limits.longest)))
                return Registrar.Binding(
                    contact: contact, flow: Flow(place.flow), expires: expires, callID: place.callID,
                    sequence: place.sequence, path: place.path ?? [])
            }
            let holder = bindings.last.flatMap { sharer(of: user, over: $0.flow) }
            login.registrar.restore(bindings, of: user, sharer: holder)
            if bindings.isEmpty { store.keep(.places(user: user, [])) }
        }
    }
}

extension StoredFlow {
    init(_ flow: Flow) {
        self.init(
            transport: flow.kind == .tcp ? "tcp" : "udp", localHost: flow.local.host, localPort: flow.local.port,
            remoteHost: flow.remote.host, remotePort: flow.remote.port)
    }
}

extension Flow {
    init(_ flow: StoredFlow) {
        self.init(
            kind: flow.transport == "tcp" ? .tcp : .udp,
            local: SIPAddress(host: flow.localHost, port: flow.localPort),
            remote: SIPAddress(host: flow.remoteHost, port: flow.remotePort),
            // The connection is gone, and no new one may be taken for it.
            connection: flow.transport == "tcp" ? .max : 0)
    }
}
