// SPDX-License-Identifier: GPL-3.0-or-later

/// Names a client transaction of one `TransactionLayer`; never used twice.
package struct ClientTransactionID: Hashable, Sendable {
    let serial: UInt64
}

/// Names a server transaction of one `TransactionLayer`; never used twice.
package struct ServerTransactionID: Hashable, Sendable {
    let serial: UInt64
}

/// What a response is matched to its request by (RFC 3261 §17.1.3).
struct ClientTransactionKey: Hashable, Sendable {
    let branch: String
    let method: SIPMethod

    private init(branch: String, method: SIPMethod) {
        self.branch = branch
        self.method = method
    }

    /// The key of the INVITE that a CANCEL with this key means: it has the same branch.
    var ofCancelledInvite: ClientTransactionKey { ClientTransactionKey(branch: branch, method: .invite) }

    /// nil where the message has no top Via with a branch or no CSeq.
    init?(_ message: some SIPMessageFields) {
        guard let branch = message.topVia?.branch, let method = message.cSeq?.method else { return nil }
        self.branch = branch
        self.method = method
    }
}

/// What a request is matched to its transaction by (RFC 3261 §17.2.3).
struct ServerTransactionKey: Hashable, Sendable {
    private let branch: String
    private let sentBy: String
    private let method: SIPMethod

    private init(branch: String, sentBy: String, method: SIPMethod) {
        self.branch = branch
        self.sentBy = sentBy
        self.method = method
    }

    /// An ACK has the key of its INVITE. nil where the request has no readable top Via.
    init?(_ request: SIPRequest) {
        guard let via = request.topVia else { return nil }
        let method = request.method == .ack ? SIPMethod.invite : request.method
        if via.hasMagicCookie, let branch = via.branch {
            self.init(branch: branch, sentBy: via.sentBy, method: method)
        } else {
            self.init(branch: Self.identity2543(request, via), sentBy: via.sentBy, method: method)
        }
    }

    /// The key of the INVITE that a CANCEL with this key means (§9.2).
    var ofCancelledInvite: ServerTransactionKey {
        ServerTransactionKey(branch: branch, sentBy: sentBy, method: .invite)
    }

    /// RFC 2543 clients have no branch that can be trusted, so everything that stays the same stands in for it. The To
    /// tag is left out: an ACK has one and its INVITE has none.
    private static func identity2543(_ request: SIPRequest, _ via: Via) -> String {
        [
            "2543", request.uri.description, request.from?.tag ?? "", request.callID ?? "",
            request.cSeq.map { String($0.number) } ?? "", via.description,
        ].joined(separator: "\n")
    }
}

/// What two copies of one request that came by different ways have in common (RFC 3261 §8.2.2.2).
struct MergedRequestKey: Hashable, Sendable {
    private let fromTag: String
    private let callID: String
    private let cSeq: CSeq

    /// nil where the rule does not apply: inside a dialog, or without the tags it needs.
    init?(_ request: SIPRequest) {
        guard let to = request.to, to.tag == nil, let fromTag = request.from?.tag, let callID = request.callID,
            let cSeq = request.cSeq
        else { return nil }
        self.fromTag = fromTag
        self.callID = callID
        self.cSeq = cSeq
    }
}
