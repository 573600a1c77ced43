// SPDX-License-Identifier: GPL-3.0-or-later
import NIOCore
import RTP
import SIP

/// Who waits for the response to a request outside every call.
enum OutsideRequest {
    case waiting(CheckedContinuation<RequestOutcome, Never>)
    /// A SUBSCRIBE, by its Call-ID, as it was sent.
    case subscription(String, SIPRequest)
    /// A SUBSCRIBE that ends one: the dialog is let go of when it is over.
    case farewell(callID: String, tag: String)
}

/// A request that may be sent once more, with credentials.
struct ChallengeableRequest {
    var request: OutOfDialogRequest
    /// Challenges that it has answered already.
    var answers: Int

    /// A proxy's, the server's, and one that was stale. A server that asks for ever is not answered for ever.
    static let mostAnswers = 3
}

// Requests besides INVITE: ours, and what others send us.
extension UserAgent {
    // MARK: Ours

    /// Sends a request in a call's dialog.
    ///
    /// - Returns: the final response, a success.
    @discardableResult
    func requestInside(
        _ id: SessionID, _ method: SIPMethod, headers: SIPHeaders, body: [UInt8] = []
    ) async throws(UserAgentError) -> SIPResponse {
        guard let state = calls[id], state.end == nil else { throw .wrongState("the call is over") }
        let outcome = await withCheckedContinuation { continuation in
            let request = endpoint.core.request(id, method: method, headers: headers, body: body, now: .now)
            insideRequests[request] = (id, continuation)
            settle()
        }
        return try success(outcome, from: state.peer)
    }

    /// Sends a request outside every call.
    ///
    /// - Returns: the final response, a success.
    @discardableResult
    func requestOutside(_ request: SIPRequest, to targets: [FlowTarget]) async throws(UserAgentError) -> SIPResponse {
        let contact = ContactIdentity(user: request.from?.uri.user)
        let outcome = await withCheckedContinuation { continuation in
            let id = sendOutside(
                OutOfDialogRequest(request, contact: contact, route: .targets(targets)), as: .waiting(continuation))
            eventLoop.scheduleTask(in: .seconds(10)) { [weak self] in
                self?.assumeIsolated { $0.expire(id) }
            }
            settle()
        }
        return try success(outcome, from: targets.first?.host ?? request.uri.host)
    }

    @discardableResult
    func sendOutside(
        _ request: OutOfDialogRequest, as waiting: OutsideRequest, answers: Int = 0
    ) -> OutOfDialogRequestID {
        let id = endpoint.core.request(outOfDialog: request, now: .now)
        outsideRequests[id] = waiting
        if options.account != nil, answers < ChallengeableRequest.mostAnswers {
            challengeable[id] = ChallengeableRequest(request: request, answers: answers)
        }
        return id
    }

    /// Sends a request once more, with credentials, in place of one that was challenged; false where there are none.
    private func answersChallenge(_ id: OutOfDialogRequestID, _ outcome: RequestOutcome) -> Bool {
        guard var sent = challengeable.removeValue(forKey: id), case .response(let response) = outcome,
            let waiting = outsideRequests[id], let request = authorized(sent.request.request, after: response)
        else { return false }
        outsideRequests[id] = nil
        sent.request.request = request
        sent.answers += 1
        // A dialog begins with the request that was accepted.
        if case .subscription(let callID, _) = waiting {
            sendOutside(sent.request, as: .subscription(callID, request), answers: sent.answers)
        } else {
            sendOutside(sent.request, as: waiting, answers: sent.answers)
        }
        settle()
        return true
    }

    /// Nobody waits half a minute at a terminal.
    private func expire(_ id: OutOfDialogRequestID) {
        guard case .waiting(let continuation) = outsideRequests[id] else { return }
        outsideRequests[id] = nil
        continuation.resume(returning: .timeout)
        noteQuiet()
    }

    private func success(_ outcome: RequestOutcome, from host: String) throws(UserAgentError) -> SIPResponse {
        switch outcome {
        case .response(let response) where response.isSuccess: return response
        case .response(let response): throw .refused(Refusal(response))
        case .timeout: throw .noAnswer(from: host)
        case .transportError:
            throw .unreachable(host: host, reason: "nobody takes SIP there; check port and transport")
        }
    }

    func finished(_ id: InDialogRequestID, _ outcome: RequestOutcome) {
        guard outcome.isFinal, let (_, continuation) = insideRequests.removeValue(forKey: id) else { return }
        continuation.resume(returning: outcome)
    }

    func finished(_ id: OutOfDialogRequestID, _ outcome: RequestOutcome) {
        guard outcome.isFinal, !answersChallenge(id, outcome), let request = outsideRequests.removeValue(forKey: id)
        else { return }
        switch request {
        case .waiting(let continuation): continuation.resume(returning: outcome)
        case .subscription(let callID, let sent): subscribed(callID, sent, outcome)
        case .farewell(let callID, let tag): endpoint.core.releaseDialog(callID: callID, localTag: tag)
        }
    }

    // MARK: Others'

    func serve(_ request: SIPRequest, _ transaction: ServerTransactionID, in session: SessionID?) {
        switch request.method {
        case .options: respond(transaction, to: request, 200)
        case .info: receiveInfo(request, transaction, in: session)
        case .message: receiveMessage(request, transaction, in: session)
        case .notify: receiveNotify(request, transaction, in: session)
        default: respond(transaction, to: request, 501)
        }
    }

    func respond(
        _ transaction: ServerTransactionID, to request: SIPRequest, _ status: Int, headers: [(String, String)] = []
    ) {
        var response = SIPResponse(to: request, status: status)
        for (name, value) in headers { response.headers.set(name, value) }
        withCore { core, now in core.respond(transaction, response, now: now) }
    }

    /// Key frames wanted by, and keys from, telephones that know no better way.
    private func receiveInfo(_ request: SIPRequest, _ transaction: ServerTransactionID, in session: SessionID?) {
        guard let session, let call = calls[session]?.call else { return respond(transaction, to: request, 481) }
        guard let type = request.contentType, !request.body.isEmpty else {
            return respond(transaction, to: request, 200)
        }
        if let control = MediaControl(contentType: type, body: request.body) {
            respond(transaction, to: request, 200)
            return receive(control, in: session)
        }
        guard let digit = DTMFInfo(contentType: type, body: request.body)?.digit else {
            let accepted = "\(DTMFInfo.relayContentType), \(DTMFInfo.plainContentType), \(MediaControl.contentType)"
            return respond(transaction, to: request, 415, headers: [("Accept", accepted)])
        }
        respond(transaction, to: request, 200)
        call.tell(.digit(digit.character))
    }
}
