// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
package import SIP

/// A call made message by message over a `WireSocket`, for what a proper user agent would never do. Nothing is retransmitted.
package actor WireCall {
    package nonisolated let socket: WireSocket
    package private(set) var dialog: Dialog?
    private let name: String
    private let host: String
    private let isFocus: Bool
    private var sequence: UInt32 = 1
    private var count = 0

    /// - Parameters:
    ///   - host: its own address.
    ///   - isFocus: it says that it is a conference (RFC 4579 §5.1).
    package init(_ name: String, to port: Int, from host: String = "127.0.0.1", isFocus: Bool = false) throws {
        self.name = name
        self.host = host
        self.isFocus = isFocus
        socket = try WireSocket(to: port, from: host)
    }

    private var contact: String { "<sip:\(name)@\(socket.address)>" + (isFocus ? ";isfocus" : "") }

    /// A plain offer or answer of PCMU, as a phone would write it.
    package static func description(port: Int, host: String = "127.0.0.1") -> [UInt8] {
        WireSocket.bytes(
            """
            v=0
            o=- 1 1 IN IP4 \(host)
            s=-
            c=IN IP4 \(host)
            t=0 0
            m=audio \(port) RTP/AVP 0
            a=rtpmap:0 PCMU/8000

            """)
    }

    /// An INVITE outside any dialog, not sent.
    package func makeInvite(_ target: String, body: [UInt8]?, headers: SIPHeaders = SIPHeaders()) throws -> SIPRequest {
        try makeRequest(.invite, target, body: body, headers: headers)
    }

    /// A request outside any dialog, not sent; a body is taken for SDP unless `headers` say what it is.
    package func makeRequest(
        _ method: SIPMethod, _ target: String, body: [UInt8]? = nil, headers: SIPHeaders = SIPHeaders()
    ) throws -> SIPRequest {
        var request = SIPRequest(method: method, uri: try SIPURI(parsing: target))
        request.headers = [
            "Max-Forwards": "70", "From": "<sip:\(name)@members.test>;tag=\(name)-tag", "To": "<\(target)>",
            "Call-ID": "\(name)-\(socket.address.port)-\(UInt32.random(in: 0 ... .max))",
            "CSeq": "\(sequence) \(method.rawValue)", "Contact": contact,
        ]
        Self.set(headers, in: &request)
        if let body {
            if !headers.contains("Content-Type") { request.headers.set("Content-Type", "application/sdp") }
            request.body = body
        }
        return request
    }

    /// A REGISTER for that address from here, not sent.
    package func makeRegister(_ address: String) throws -> SIPRequest {
        var request = try makeRequest(.register, address, headers: ["From": "<\(address)>;tag=\(name)-tag"])
        request.uri.user = nil
        return request
    }

    /// Waits for a request, past all others.
    package func receive(
        _ method: SIPMethod, within patience: Duration = .seconds(5),
        where isMeant: (SIPRequest) -> Bool = { _ in true }
    ) async throws -> SIPRequest {
        let deadline = Condition.deadline(after: patience)
        while let bytes = await socket.receive(until: deadline) {
            guard case .message(.request(let request)) = SIPParser.parse(bytes), request.method == method,
                isMeant(request)
            else { continue }
            return request
        }
        throw ConditionNotMet(what: "\(name): a \(method.rawValue)", patience: patience)
    }

    /// Sends an INVITE, and with a 2xx keeps its dialog. The ACK is the caller's to send.
    /// - Throws: `ConditionNotMet` where no final response comes.
    package func invite(_ target: String, body: [UInt8]?, headers: SIPHeaders = SIPHeaders()) async throws
        -> SIPResponse
    {
        let request = try makeInvite(target, body: body, headers: headers)
        let response = try await exchange(request)
        dialog = Dialog(client: request, response: response)
        dialog?.confirm(by: response)
        return response
    }

    /// Sends a request in the dialog and waits for its final response; a body is taken for SDP unless `headers` say what it is.
    package func request(_ method: SIPMethod, body: [UInt8]? = nil, headers: SIPHeaders = SIPHeaders()) async throws
        -> SIPResponse
    {
        guard var request = dialog?.makeRequest(method) else {
            throw CallRefused(response: nil, description: "no dialog")
        }
        request.headers.set("Contact", contact)
        if let body {
            request.headers.set("Content-Type", "application/sdp")
            request.body = body
        }
        Self.set(headers, in: &request)
        return try await exchange(request)
    }

    /// Acknowledges the newest 2xx to an INVITE.
    package func ack(body: [UInt8]? = nil) async {
        guard let dialog else { return }
        var request = dialog.makeAck(number: dialog.localSequence)
        if let body {
            request.headers.set("Content-Type", "application/sdp")
            request.body = body
        }
        await socket.send(stamped(request).serialized())
    }

    /// Takes a call that came in, and waits for the ACK.
    package func accept(_ invite: SIPRequest, body: [UInt8]) async throws {
        dialog = Dialog(server: invite, localTag: "\(name)-tag")
        dialog?.confirm()
        try await answer(invite, body: body)
    }

    /// Answers an INVITE that came in with 200 and that description, and waits for the ACK.
    package func answer(_ invite: SIPRequest, body: [UInt8]) async throws {
        var response = SIPResponse(to: invite, status: 200, toTag: "\(name)-tag")
        response.headers.set("Contact", contact)
        response.headers.set("Content-Type", "application/sdp")
        response.body = body
        await socket.send(response.serialized())
        _ = try await receive(.ack) { $0.cSeq?.number == invite.cSeq?.number }
    }

    /// Refuses an INVITE that came in, and waits for the ACK.
    package func refuse(_ invite: SIPRequest, status: Int) async throws {
        await socket.send(SIPResponse(to: invite, status: status, toTag: "\(name)-tag").serialized())
        _ = try await receive(.ack) { $0.cSeq?.number == invite.cSeq?.number }
    }

    /// Waits for a BYE and answers it.
    package func answersBye(within patience: Duration = .seconds(5)) async throws -> SIPRequest {
        let request = try await receive(.bye, within: patience)
        await socket.send(SIPResponse(to: request, status: 200).serialized())
        return request
    }

    /// Sends a request with a Via of ours, and waits for its final response.
    package func exchange(_ request: SIPRequest) async throws -> SIPResponse {
        await socket.send(stamped(request).serialized())
        while let bytes = await socket.receive(within: .seconds(5)) {
            guard case .message(.response(let response)) = SIPParser.parse(bytes), response.isFinal,
                response.cSeq == request.cSeq
            else { continue }
            return response
        }
        throw ConditionNotMet(what: "\(name): an answer to \(request.method.rawValue)", patience: .seconds(5))
    }

    /// One by one, each value of a list would take the place of the one before.
    private static func set(_ headers: SIPHeaders, in request: inout SIPRequest) {
        for field in headers.fields { request.headers.remove(field.name) }
        for field in headers.fields { request.headers.add(field.name, field.value) }
    }

    private func stamped(_ request: SIPRequest) -> SIPRequest {
        var request = request
        count += 1
        request.topVia = Via(
            transport: "UDP", host: host, port: Int(socket.address.port),
            branch: "\(Via.magicCookie)-\(name)-\(socket.address.port)-\(count)")
        return request
    }
}
