// SPDX-License-Identifier: GPL-3.0-or-later

/// Why something that was asked of a user agent was not done, in words for the person who asked.
public enum UserAgentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is no SIP address that can be called.
    case address(String, advice: String)
    /// The host has no address, or none that leads there.
    case unreachable(host: String, reason: String)
    /// A microphone, speaker or file cannot be had.
    case device(String)
    /// No socket for SIP or media.
    case socket(String)
    /// The other side said no.
    case refused(Refusal)
    /// The other side said nothing in time.
    case noAnswer(from: String)
    /// The call is over, or not far enough for this.
    case wrongState(String)
    /// The other side's answer makes no sense.
    case malformed(String)

    public var description: String {
        switch self {
        case .address(let text, let advice): "\"\(text)\" is not an address to call: \(advice)"
        case .unreachable(let host, let reason): "\(host) cannot be reached: \(reason)"
        case .device(let text), .socket(let text), .wrongState(let text), .malformed(let text): text
        case .refused(let refusal): refusal.description
        case .noAnswer(let host): "no answer from \(host); check the address and its port, and that the other side runs"
        }
    }
}

/// A final response that is not a success (RFC 3261 §21.3–21.6).
public struct Refusal: Hashable, Sendable, CustomStringConvertible {
    /// 300–699.
    public var status: Int
    /// The reason phrase, as it came.
    public var reason: String
    /// What the other side explained (Warning, RFC 3261 §20.43); nil where it did not.
    public var warning: String?
    /// Seconds after which it is worth another try.
    public var retryAfter: Int?

    public init(status: Int, reason: String, warning: String? = nil, retryAfter: Int? = nil) {
        self.status = status
        self.reason = reason
        self.warning = warning
        self.retryAfter = retryAfter
    }

    /// What can be done about it.
    public var advice: String {
        switch status {
        case 300..<400: "it has moved; call the new address"
        case 401, 407: "it takes an account: log in (confab: --account), or check user name and password"
        case 403: "you may not do this; ask whoever runs the conference"
        case 404, 604: "there is nobody and no room of that name there; check the address"
        case 405, 501: "it does not know this kind of request"
        case 408, 504: "it did not answer in time; try again"
        case 410: "the conference was cancelled; create it anew under another name, or ask its operator"
        case 415, 488, 606: "no audio format in common; try other codecs, such as --codec pcmu,pcma"
        case 416: "it takes sip: addresses only"
        case 420, 421: "it needs a SIP extension that this program does not have"
        case 480: "not available now; try again later"
        case 481: "it knows no such call"
        case 484: "the address is incomplete"
        case 486, 600: "busy, or the room is full or locked; try again later"
        case 489: "it does not tell this kind of news"
        case 603: "the call was declined"
        case 500, 502, 503: "it cannot take calls now; try again in \(retryAfter.map { "\($0) s" } ?? "a moment")"
        default: status >= 500 ? "the other side failed" : "the request was refused"
        }
    }

    public var description: String {
        "\(status) \(reason)" + (warning.map { " (\($0))" } ?? "") + ": " + advice
    }
}
