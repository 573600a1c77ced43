// SPDX-License-Identifier: GPL-3.0-or-later

/// What the transaction layer wants done or known. Drain with `TransactionLayer.nextOutput` after each input.
package enum TransactionOutput: Hashable, Sendable {
    /// Put this on the wire.
    case transmit(SIPMessage, Flow)
    /// A new request, neither ACK nor CANCEL. Answer it with `respond`.
    case request(SIPRequest, ServerTransactionID, Flow)
    /// An ACK that belongs to no failed INVITE: the ACK of a 2xx, or a stray one.
    case ack(SIPRequest, Flow)
    /// A response to a request of ours, retransmitted and forked 2xx included (RFC 6026).
    case response(SIPResponse, ClientTransactionID, Flow)
    /// A 2xx to an INVITE whose transaction is over. Other strays are dropped.
    case strayResponse(SIPResponse, Flow)
    /// A CANCEL, already answered, for an INVITE without a final response: answer that INVITE with 487.
    case cancelled(ServerTransactionID, SIPRequest)
    /// No final response came; as if a 408 had come (RFC 3261 §8.1.3.1).
    case timeout(ClientTransactionID)
    /// The request could not be sent, or its connection died; as if a 503 had come.
    case transportError(ClientTransactionID)
    /// The flow of an INVITE without acknowledged answer failed. The transaction lives on (RFC 6026 §7.1).
    case undeliverable(ServerTransactionID)
    /// The server transaction is gone; a later `respond` does nothing.
    case ended(ServerTransactionID, ServerTransactionEnd)
}

/// How a server transaction went.
package enum ServerTransactionEnd: Hashable, Sendable {
    case completed
    /// No ACK came for a final response other than 2xx.
    case unacknowledged
}

/// How much the transaction layer takes on.
package struct TransactionLimits: Hashable, Sendable {
    /// Live transactions from which on a new INVITE is answered 503; from twice that on, any new request is.
    package var maximumLive: Int
    /// Seconds of the Retry-After in that 503.
    package var retryAfter: Int

    package init(maximumLive: Int = 65536, retryAfter: Int = 5) {
        self.maximumLive = maximumLive
        self.retryAfter = retryAfter
    }
}
