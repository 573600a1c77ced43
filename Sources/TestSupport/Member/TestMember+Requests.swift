// SPDX-License-Identifier: GPL-3.0-or-later

package import SIP

// Requests besides the call.
extension TestMember {
    /// Sends a request in the call's dialog.
    /// - Returns: the final response.
    /// - Throws: `CallRefused` where none comes.
    @discardableResult
    package func request(
        _ method: SIPMethod, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = []
    ) async throws -> SIPResponse {
        guard let session else { throw CallRefused(response: nil, description: "\(name) has no call") }
        let id = withCore { core, now in
            core.request(session, method: method, headers: headers, body: body, now: now)
        }
        try await Condition.await("\(name): the answer to \(method.rawValue)", every: .milliseconds(5)) { [self] in
            outcomes[id] != nil
        }
        return try Self.response(outcomes[id], to: method)
    }

    /// Sends a request outside the call.
    package func request(
        outside method: SIPMethod, to target: String, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = []
    ) async throws -> SIPResponse {
        var request = SIPRequest(method: method, uri: try SIPURI(parsing: target))
        request.headers = headers
        if request.from == nil { request.from = address }
        request.body = body
        return try await send(request)
    }

    private func send(_ request: SIPRequest) async throws -> SIPResponse {
        let contact = ContactIdentity(user: name)
        let id = withCore { core, now in
            core.request(outOfDialog: OutOfDialogRequest(request, contact: contact), now: now)
        }
        try await Condition.await("\(name): the answer to \(request.method.rawValue)", every: .milliseconds(5)) {
            [self] in
            outsideOutcomes[id] != nil
        }
        return try Self.response(outsideOutcomes[id], to: request.method)
    }

    private static func response(_ outcome: RequestOutcome?, to method: SIPMethod) throws -> SIPResponse {
        guard case .response(let response) = outcome else {
            throw CallRefused(response: nil, description: "\(method.rawValue) got no answer")
        }
        return response
    }

    /// REFER in the call's dialog, or with `to` outside it.
    package func refer(_ target: String, method: SIPMethod = .bye, to room: String? = nil) async throws -> SIPResponse {
        let headers: SIPHeaders = ["Refer-To": "<\(target);method=\(method.rawValue)>"]
        if let room { return try await request(outside: .refer, to: room, headers: headers) }
        return try await request(.refer, headers: headers)
    }

    /// SUBSCRIBE to the conference package, in a dialog of its own; NOTIFYs are among `requests`.
    package func subscribe(_ target: String, expires: Int = 600) async throws -> SIPResponse {
        let callID = endpoint.core.makeCallID()
        var from = address
        from.tag = endpoint.core.makeTag()
        var request = SIPRequest(method: .subscribe, uri: try SIPURI(parsing: target))
        request.headers = [
            "From": from.description, "To": "<\(target)>", "Call-ID": callID, "CSeq": "1 SUBSCRIBE",
            "Event": "conference", "Expires": "\(expires)", "Supported": "eventlist",
            "Accept": "application/conference-info+xml, application/rlmi+xml, multipart/related",
        ]
        // Before the request: the first NOTIFY may overtake its answer.
        endpoint.core.adoptDialog(callID: callID, localTag: from.tag ?? "")
        let response = try await send(request)
        if response.isSuccess, let dialog = Dialog(client: request, response: response) { subscriptions.append(dialog) }
        return response
    }

    /// NOTIFYs of the conference package, oldest first.
    package var notifications: [Incoming] {
        requests.filter {
            $0.request.method == .notify && $0.request.headers.first("Event")?.hasPrefix("conference") == true
        }
    }

    /// Bodies of the MESSAGEs that came in, oldest first.
    package var messages: [String] {
        requests.filter { $0.request.method == .message }.map { String(decoding: $0.request.body, as: UTF8.self) }
    }

    /// Returns when so many MESSAGEs have come in.
    package func reads(_ count: Int) async throws -> [String] {
        try await Condition.await("\(name): \(count) messages", every: .milliseconds(5)) { [self] in
            messages.count >= count
        }
        return messages
    }

    /// Writes to the room that it is in.
    @discardableResult
    package func say(_ text: String) async throws -> SIPResponse {
        try await request(.message, headers: ["Content-Type": "text/plain"], body: Array(text.utf8))
    }

    /// Answers the next INFOs that ask for a key frame so, and sends none for them.
    package func answersINFO(with statuses: [Int]) { statusesOfINFO = statuses }

    /// First lines of what NOTIFYs said of our REFERs.
    package var fragments: [String] {
        requests.filter { $0.request.method == .notify && $0.request.headers.first("Event") == "refer" }.map {
            String(decoding: $0.request.body.prefix { $0 != UInt8(ascii: "\r") }, as: UTF8.self)
        }
    }
}
