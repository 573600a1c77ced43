// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
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
        switch login.registrar.receive(request, for: user, over: flow, now: now) {
        case .registered(let bindings):
            var response = SIPResponse(to: request, status: 200)
            for binding in bindings {
                var contact = binding.contact
                contact.parameters.set("expires", "\(max(0, now.duration(to: binding.expires).components.seconds))")
                response.headers.add("Contact", contact.description)
            }
            logger.info("registered", metadata: ["user": "\(user)", "places": "\(bindings.count)"])
            withCore { core, now in core.respond(transaction, response, now: now) }
        case .tooBrief(let seconds):
            respond(transaction, to: request, 423, headers: [("Min-Expires", "\(seconds)")])
        case .refused(let status, let why):
            respond(transaction, to: request, status, warning: why)
        }
    }
}
