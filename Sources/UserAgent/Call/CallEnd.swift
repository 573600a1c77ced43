// SPDX-License-Identifier: GPL-3.0-or-later
import SIP

/// How a call came to its end.
public enum CallEnd: Hashable, Sendable, CustomStringConvertible {
    /// By us: `hangUp`, before or after it was answered.
    case hungUp
    /// By the other side, with its reason where it gave one: a cancelled conference says so here.
    case hungUpByPeer(reason: String?)
    /// The caller gave up before we answered.
    case abandoned
    /// The other side refused the call.
    case refused(Refusal)
    /// Nobody answered in time.
    case noAnswer
    /// It was under way and broke: the text says how.
    case lost(String)
    /// It could not be begun: the text says why.
    case failed(String)

    /// Whether the call was had and ended as calls do.
    public var isNormal: Bool {
        switch self {
        case .hungUp, .hungUpByPeer: true
        case .abandoned, .refused, .noAnswer, .lost, .failed: false
        }
    }

    public var description: String {
        switch self {
        case .hungUp: "hung up"
        case .hungUpByPeer(let reason): reason.map { "the other side hung up: \($0)" } ?? "the other side hung up"
        case .abandoned: "the caller gave up"
        case .refused(let refusal): "refused: \(refusal)"
        case .noAnswer: "no answer; check the address and its port, and that the other side runs"
        case .lost(let text): "the call was lost: \(text)"
        case .failed(let text): "the call could not be made: \(text)"
        }
    }

    init(_ end: SessionEnd) {
        switch end {
        case .byLocal: self = .hungUp
        case .byRemote(let reasons): self = .hungUpByPeer(reason: reasons.lazy.compactMap(\.text).first)
        case .cancelled: self = .abandoned
        case .rejected(let response): self = .refused(Refusal(response))
        case .timeout: self = .noAnswer
        case .dialogLost(let status): self = .lost("the other side knows it no more (\(status))")
        case .sessionExpired: self = .lost("the other side stopped to confirm it")
        case .transportError: self = .failed("nobody takes SIP at that address; check port and transport")
        case .protocolError(let text): self = .failed("the other side broke the protocol: \(text)")
        }
    }
}

extension Refusal {
    init(_ response: SIPResponse) {
        self.init(
            status: response.status, reason: response.reason,
            warning: response.headers.first("Warning").flatMap(Self.warningText),
            retryAfter: response.deltaSeconds("Retry-After").map(Int.init))
    }

    /// The quoted text of `399 host "text"`.
    private static func warningText(_ value: String) -> String? {
        guard let open = value.firstIndex(of: "\""), let close = value.lastIndex(of: "\""), open < close else {
            return nil
        }
        return String(value[value.index(after: open)..<close]).replacing("\\\"", with: "\"")
    }
}
