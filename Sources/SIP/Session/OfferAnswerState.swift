// SPDX-License-Identifier: GPL-3.0-or-later

/// Whose turn it is in the exchange of offers and answers of one dialog (RFC 3264 §4, RFC 6337 §2, RFC 3311 §5).
///
///                 send offer                 receive answer
///            +-----------------> offered ----------------------+
///     stable |                                                 +--> stable
///            +-----------------> asked ------------------------+
///                receive offer                 send answer
///
/// It knows nothing of what the descriptions say. Both offers at once is glare: the one who receives an offer while its own
/// is open says 491.
struct OfferAnswerState: Hashable, Sendable {
    /// What is to be done with an offer that came in.
    enum OfferVerdict: Hashable, Sendable {
        case accept
        /// Our own offer is open: 491 Request Pending.
        case glare
        /// An earlier offer of the peer is not answered yet: 500 with Retry-After.
        case overlap
    }

    private enum State: Hashable, Sendable {
        case stable
        case offered
        case asked
    }

    private var state: State = .stable
    /// Whether one exchange is complete.
    private(set) var hasSession = false

    /// No offer is open.
    var isStable: Bool { state == .stable }
    /// Our offer is open.
    var awaitsAnswer: Bool { state == .offered }
    /// The peer's offer is open.
    var owesAnswer: Bool { state == .asked }

    /// Our offer goes out; false when another is open.
    mutating func sendOffer() -> Bool {
        guard state == .stable else { return false }
        state = .offered
        return true
    }

    /// An offer comes in.
    mutating func receiveOffer() -> OfferVerdict {
        switch state {
        case .stable:
            state = .asked
            return .accept
        case .offered:
            return .glare
        case .asked:
            return .overlap
        }
    }

    /// Our answer goes out; false when nothing was asked.
    mutating func sendAnswer() -> Bool {
        guard state == .asked else { return false }
        state = .stable
        hasSession = true
        return true
    }

    /// An answer comes in; false when nothing was offered.
    mutating func receiveAnswer() -> Bool {
        guard state == .offered else { return false }
        state = .stable
        hasSession = true
        return true
    }

    /// The open offer was refused or withdrawn: what was agreed before stays (RFC 3261 §14.1).
    mutating func rollBack() {
        state = .stable
    }
}
