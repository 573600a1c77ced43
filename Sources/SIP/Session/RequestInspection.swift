// SPDX-License-Identifier: GPL-3.0-or-later

/// What a request is refused for before anybody looks at what it wants (RFC 3261 §8.2.1 to §8.2.3, §12.2.2).
///
/// Max-Forwards is not looked at: an element that does not forward takes a request at 0 like any other (RFC 4475 §3.3.11).
enum RequestInspection {
    /// The status, and the headers that go with it; nil when the request is fit to be processed. ACK is never asked about.
    static func refusal(
        of request: SIPRequest, _ configuration: SIPCoreConfiguration
    ) -> (status: Int, headers: SIPHeaders)? {
        guard request.from != nil, request.to != nil, request.callID?.isEmpty == false,
            let cSeq = request.cSeq, cSeq.method == request.method, request.topVia != nil
        else { return (400, SIPHeaders()) }
        guard configuration.allow.contains(request.method) else { return (405, SIPHeaders()) }
        guard configuration.schemes.contains(request.uri.scheme) else { return (416, SIPHeaders()) }
        let unknown = request.require.filter { option in
            !configuration.supported.contains { $0.equalsIgnoringCase(option) }
        }
        if !unknown.isEmpty, request.method != .cancel {
            return (420, ["Unsupported": unknown.joined(separator: ", ")])
        }
        if request.method == .invite {
            guard !request.contacts.isEmpty else { return (400, SIPHeaders()) }
            if SessionBody(of: request) == .unsupported {
                return (415, ["Accept": SessionBody.mediaType])
            }
            // An INVITE is answered with a description, and with nothing else.
            if !request.accepts(SessionBody.mediaType) { return (406, ["Accept": SessionBody.mediaType]) }
            let missing = configuration.requiredFromCaller.filter { !request.supports($0) }
            if !missing.isEmpty { return (421, ["Require": missing.joined(separator: ", ")]) }
        }
        return nil
    }
}
