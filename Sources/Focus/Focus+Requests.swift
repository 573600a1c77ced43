// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Logging
import RTP
import SIP

// Requests besides the calls themselves: OPTIONS, INFO, MESSAGE, REFER, REGISTER, SUBSCRIBE and what is not served.
extension Focus {
    func serve(
        _ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow, in session: SessionID?
    ) {
        switch request.method {
        case .options: return answerOptions(request, transaction, over: flow)
        case .info: return receiveInfo(request, transaction, in: session)
        case .notify: return respond(transaction, to: request, 481)
        default: break
        }
        let identity: Identity
        // A call proves its member to the room, not to the registrar: who was called itself has shown no password.
        if request.method != .register, let session, let call = calls[session],
            let known = registry.room(of: call.member)?.identity(of: call.member)
        {
            identity = known
        } else {
            switch identify(request, over: flow) {
            case .welcome(let welcome): identity = welcome
            case .refused(let status, let headers): return refuse(transaction, request, status, headers)
            }
        }
        switch request.method {
        case .refer: receiveRefer(request, transaction, over: flow, in: session, from: identity)
        case .message: receiveMessage(request, transaction, over: flow, in: session, from: identity)
        case .register: receiveRegister(request, transaction, over: flow, as: identity)
        case .subscribe: receiveSubscribe(request, transaction, over: flow, in: session, from: identity)
        default: respond(transaction, to: request, 501)
        }
    }

    func respond(
        _ transaction: ServerTransactionID, to request: SIPRequest, _ status: Int, headers: [(String, String)] = [],
        warning: String? = nil
    ) {
        var response = SIPResponse(to: request, status: status)
        for (name, value) in headers { response.headers.set(name, value) }
        if let warning {
            response.headers.set("Warning", "399 \(configuration.warningAgent) \"\(warning)\"")
        }
        withCore { core, now in core.respond(transaction, response, now: now) }
    }

    func respond(_ transaction: ServerTransactionID, to request: SIPRequest, _ refusal: Refusal) {
        var response = SIPResponse(to: request, status: refusal.status(for: request))
        response.headers.set("Warning", refusal.warning(agent: configuration.warningAgent))
        if let seconds = refusal.retryAfter { response.headers.set("Retry-After", "\(seconds)") }
        withCore { core, now in core.respond(transaction, response, now: now) }
    }

    /// The answer is that an INVITE would get (RFC 3261 §11.2), as far as it can be known without making one. A conference says that it is
    /// one (RFC 4579 §4.3).
    private func answerOptions(_ request: SIPRequest, _ transaction: ServerTransactionID, over flow: Flow) {
        if registry.isDraining {
            return respond(transaction, to: request, 503, headers: [("Retry-After", "60")])
        }
        var headers = [("Accept-Encoding", "identity"), ("Accept-Language", "en")]
        guard request.uri.user != nil else { return respond(transaction, to: request, 200, headers: headers) }
        let address = conferenceAddress(request.uri, over: flow)
        do throws(Refusal) {
            try registry.requireOpen(at: address, now: .now, date: Date())
            if case .room(let name) = try registry.policy.destination(address) {
                headers.append(("Contact", "<\(place(request.uri, over: flow).uri(name))>;isfocus"))
            }
            respond(transaction, to: request, 200, headers: headers)
        } catch {
            respond(transaction, to: request, error)
        }
    }

    /// DTMF of phones that know no RFC 4733, and requests for a key frame of those that know no RTCP feedback (RFC 5168).
    private func receiveInfo(_ request: SIPRequest, _ transaction: ServerTransactionID, in session: SessionID?) {
        guard let session, let call = calls[session] else { return respond(transaction, to: request, 481) }
        guard let type = request.contentType, !request.body.isEmpty else {
            return respond(transaction, to: request, 200)
        }
        if let control = MediaControl(contentType: type, body: request.body) {
            respond(transaction, to: request, 200)
            return receive(control, from: call)
        }
        guard let digit = DTMFInfo(contentType: type, body: request.body)?.digit else {
            let accepted = "application/dtmf-relay, application/dtmf, \(MediaControl.contentType)"
            return respond(transaction, to: request, 415, headers: [("Accept", accepted)])
        }
        // Told, not only dropped: whoever presses keys in earnest presses again.
        guard calls[session]?.keyRate.admit(now: .now) == true else {
            return respond(transaction, to: request, 503, headers: [("Retry-After", "1")])
        }
        respond(transaction, to: request, 200)
        pressed(digit.character, by: call.member)
    }

    func pressed(_ key: Character, by member: MemberID) {
        let step = registry.dtmf(member, key: key, isBlocked: isBlocked(member), now: .now)
        if let step { perform(step) }
    }
}

extension Refusal {
    /// What is for another host would have to be forwarded: where it may not be, that is the reason (RFC 3261 §16.3).
    func status(for request: SIPRequest) -> Int {
        kind == .foreignDomain && request.maxForwards == 0 ? 483 : status
    }
}
