// SPDX-License-Identifier: GPL-3.0-or-later

/// What one received message turned out to be. What is wrong is a value: an answer to send, or a reason to stay silent.
package enum SIPParseOutcome: Hashable, Sendable {
    case message(SIPMessage)
    /// A malformed request. `answer` is ready to be sent back without a transaction; its reason phrase names the fault.
    case badRequest(answer: SIPResponse)
    /// A malformed response or ACK, a request nobody can be answered for, or no SIP at all: nothing is sent.
    case discard(SIPDiscardReason)
}

/// Why a received message is dropped without an answer.
package enum SIPDiscardReason: Hashable, Sendable {
    /// Nothing but line ends.
    case keepAlive
    case notSIP
    /// A request without a readable Via: its answer would find no way back.
    case noVia
    /// An ACK is never answered. The text names the fault.
    case malformedACK(String)
    case malformedResponse(String)
}

/// What the parser accepts at most; beyond it a request is refused.
package struct SIPMessageLimits: Hashable, Sendable {
    /// Bytes of a whole message.
    package var messageBytes = 65535
    /// Bytes of one header field, continuation lines included.
    package var lineBytes = 8192
    package var headerFields = 256

    package init() {}
}

/// Bytes to messages (RFC 3261 §7, §25).
///
/// The work is shared. `MessageScanner` (Swift) cuts the bytes into lines and keeps every value as the sender wrote it.
/// `OSIPGrammar` (libosip2) then parses the start line and all headers that say where a message belongs; what it refuses
/// is refused. Typed values (`Via`, `NameAddress`, ...) are read from the text by Swift when they are asked for.
/// libosip2 alone cannot do it: it loses the text of each header, cuts a user part at `%00` and a header at a NUL byte,
/// takes status 4294967301 for 5, ignores a negative Content-Length, splits multipart bodies, knows no URI scheme with a
/// dot, and leaves nothing to answer with where it refuses (all in RFC 4475).
package enum SIPParser {
    /// Parses one datagram, or one message cut out of a stream by `StreamFramer`. Any bytes are safe.
    package static func parse(_ bytes: [UInt8], limits: SIPMessageLimits = SIPMessageLimits()) -> SIPParseOutcome {
        guard bytes.count <= limits.messageBytes else { return refusal(of: bytes, status: 413, limits: limits) }
        switch MessageScanner.scan(bytes, limits: limits) {
        case .nothing: return .discard(.keepAlive)
        case .notSIP: return .discard(.notSIP)
        case .scanned(let message): return judge(message)
        }
    }

    /// The answer to a message whose head is in `bytes` but which is refused unseen, such as one that is too large.
    package static func refusal(
        of bytes: [UInt8], status: Int, reason: String? = nil, limits: SIPMessageLimits = SIPMessageLimits()
    ) -> SIPParseOutcome {
        switch MessageScanner.scan(bytes, limits: limits) {
        case .nothing: .discard(.keepAlive)
        case .notSIP: .discard(.notSIP)
        case .scanned(let message):
            outcome(of: message, MessageFault(status, reason ?? SIPResponse.reasonPhrase(status)))
        }
    }

    private static func judge(_ message: ScannedMessage) -> SIPParseOutcome {
        if let fault = message.fault { return outcome(of: message, fault) }
        switch message.startLine {
        case .request(let method, let target, let version):
            return judgeRequest(message, method, target, version)
        case .response(let version, let code, let reason):
            return judgeResponse(message, version, code, reason)
        }
    }

    private static func judgeRequest(
        _ message: ScannedMessage, _ method: String, _ target: String, _ version: String
    ) -> SIPParseOutcome {
        guard version.equalsIgnoringCase("SIP/2.0") else {
            return outcome(of: message, MessageFault(505, SIPResponse.reasonPhrase(505)))
        }
        let uri: SIPURI
        do { uri = try SIPURI(parsing: target) } catch {
            return outcome(of: message, MessageFault(400, "Malformed Request-URI"))
        }
        let request = SIPRequest(
            method: SIPMethod(rawValue: method), uri: uri, headers: message.headers, body: message.body)
        if let fault = MandatoryHeaders.fault(in: request, method: request.method) {
            return outcome(of: message, fault)
        }
        guard uri.isSIP || uri.scheme == "tel" else {
            return outcome(of: message, MessageFault(416, SIPResponse.reasonPhrase(416)))
        }
        guard uri.headers.isEmpty else {
            return outcome(of: message, MessageFault(400, "Headers in Request-URI"))
        }
        guard OSIPGrammar.accepts(message) else { return outcome(of: message, MessageFault(400, "Malformed Header")) }
        return .message(.request(request))
    }

    private static func judgeResponse(
        _ message: ScannedMessage, _ version: String, _ code: String, _ reason: String
    ) -> SIPParseOutcome {
        guard version.equalsIgnoringCase("SIP/2.0") else { return .discard(.malformedResponse("version \(version)")) }
        guard code.utf8.count == 3, let status = Int(code), (100...699).contains(status) else {
            return .discard(.malformedResponse("status code"))
        }
        let response = SIPResponse(status: status, reason: reason, headers: message.headers, body: message.body)
        if let fault = MandatoryHeaders.fault(in: response, method: nil) { return outcome(of: message, fault) }
        guard OSIPGrammar.accepts(message) else { return .discard(.malformedResponse("Malformed Header")) }
        return .message(.response(response))
    }

    private static func outcome(of message: ScannedMessage, _ fault: MessageFault) -> SIPParseOutcome {
        guard case .request(let method, _, _) = message.startLine else {
            return .discard(.malformedResponse(fault.reason))
        }
        guard method != SIPMethod.ack.rawValue else { return .discard(.malformedACK(fault.reason)) }
        guard message.headers.contains("Via") else { return .discard(.noVia) }
        // Only what is copied into the answer counts here; the request itself never leaves this function.
        let request = SIPRequest(
            method: SIPMethod(rawValue: method), uri: SIPURI(host: ""), headers: message.headers)
        let tag = StatelessTag.make(request)
        return .badRequest(answer: SIPResponse(to: request, status: fault.status, reason: fault.reason, toTag: tag))
    }
}

/// What is wrong with a message: the status that answers it, and words for the reason phrase.
struct MessageFault: Hashable, Sendable {
    let status: Int
    let reason: String

    init(_ status: Int, _ reason: String) {
        self.status = status
        self.reason = reason
    }
}
