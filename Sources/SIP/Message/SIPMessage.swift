// SPDX-License-Identifier: GPL-3.0-or-later

/// A SIP request (RFC 3261 §7.1).
package struct SIPRequest: Hashable, Sendable {
    package var method: SIPMethod
    package var uri: SIPURI
    package var headers: SIPHeaders
    package var body: [UInt8]

    package init(method: SIPMethod, uri: SIPURI, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = []) {
        self.method = method
        self.uri = uri
        self.headers = headers
        self.body = body
    }
}

/// A SIP response (RFC 3261 §7.2).
package struct SIPResponse: Hashable, Sendable {
    /// 100 to 699.
    package var status: Int
    package var reason: String
    package var headers: SIPHeaders
    package var body: [UInt8]

    /// The usual reason phrase stands in where `reason` is nil.
    package init(status: Int, reason: String? = nil, headers: SIPHeaders = SIPHeaders(), body: [UInt8] = []) {
        self.status = status
        self.reason = reason ?? SIPResponse.reasonPhrase(status)
        self.headers = headers
        self.body = body
    }

    package var isProvisional: Bool { status < 200 }
    package var isSuccess: Bool { (200..<300).contains(status) }
    package var isFinal: Bool { status >= 200 }
}

/// A SIP message (RFC 3261 §7).
package enum SIPMessage: Hashable, Sendable {
    case request(SIPRequest)
    case response(SIPResponse)

    /// Bytes for the wire, Content-Length included.
    package func serialized() -> [UInt8] {
        switch self {
        case .request(let request): request.serialized()
        case .response(let response): response.serialized()
        }
    }

    package var headers: SIPHeaders {
        switch self {
        case .request(let request): request.headers
        case .response(let response): response.headers
        }
    }
}

extension SIPMessage {
    package var callID: String? {
        switch self {
        case .request(let request): request.callID
        case .response(let response): response.callID
        }
    }

    /// What it is, in a few words: no parameters of addresses, of which one may be a PIN.
    package var summary: String {
        switch self {
        case .request(let request): request.summary
        case .response(let response):
            "\(response.status) \(response.reason)" + (response.cSeq.map { " to \($0.method.rawValue)" } ?? "")
        }
    }
}

extension SIPRequest {
    /// Method and address.
    package var summary: String {
        "\(method.rawValue) \(uri.scheme):" + (uri.user.map { "\($0)@" } ?? "") + uri.host
    }
}
