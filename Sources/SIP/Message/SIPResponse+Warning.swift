// SPDX-License-Identifier: GPL-3.0-or-later

extension SIPResponse {
    /// Says in words why the request is refused, where whoever refused it has not (RFC 3261 §20.43): phones show this
    /// text, people look for it in traces.
    mutating func explain() {
        guard status >= 400, !headers.contains("Warning"), let text = explanation else { return }
        let agent = headers.first("Server")?.prefix { $0 != " " && $0 != "/" } ?? ""
        headers.set("Warning", "399 \(agent.isEmpty ? "sip" : agent) \"\(text)\"")
    }

    /// What the status means for whoever sent the request; nil where the phrase says it all. Without quotes.
    private var explanation: String? {
        switch status {
        case 400: "A header that the request needs is missing, or two are at odds"
        case 405: "This method is not served here; Allow names those that are"
        case 406: "It would be answered with a session description, which Accept leaves out"
        case 415: "The body is of another type than Accept names"
        case 416: "Addresses of this scheme are not served; sip: is"
        case 420: "An extension that Require names is not known; Unsupported says which"
        case 421: "An extension is needed that Supported does not name; Require says which"
        case 422: "The session interval is too short; Min-SE says what is accepted"
        case 481: "No such call or transaction, or no longer: dial again"
        case 482: "The same request has come by another way already"
        case 488: "Nothing of what is offered can be had here"
        case 491: "Another change of this call is under way: try again in a moment"
        case 500 where headers.contains("Retry-After"): "An earlier offer of this call is open: try again in a moment"
        case 503: "No place at the moment: try again later"
        default: nil
        }
    }
}
