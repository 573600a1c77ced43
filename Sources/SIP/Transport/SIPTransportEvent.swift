// SPDX-License-Identifier: GPL-3.0-or-later

/// What a `SIPTransport` reports, on its event loop.
package enum SIPTransportEvent: Hashable, Sendable {
    /// A well-formed message. A request has `received` and `rport` filled in; responses to it go over this flow.
    case message(SIPMessage, Flow)
    /// A malformed request, already answered with this status and reason phrase.
    case refused(status: Int, reason: String, Flow)
    /// Bytes that were no message, or a malformed response or ACK: dropped.
    case discarded(SIPDiscardReason, Flow)
    /// Something sent over this flow did not go out, or its connection could not be opened. What else was sent over it
    /// may be lost too: tell the transactions.
    case failed(Flow, SIPTransportFailure)
    /// The message did not go out as a datagram: it was too long, or there is no way to its target. Nothing else is wrong with the flow.
    case unsent([UInt8], Flow, SIPTransportFailure)
    /// A connection that was open has closed. Responses may still be sent: a new one is opened for them (RFC 3261 §18.2.2).
    case closed(Flow)
}

/// Why a message did not go out.
package enum SIPTransportFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// No binding of this transport and address family.
    case noBinding
    /// The connection is gone and nothing says how to open another.
    case connectionGone
    /// The peer does not read what it is sent.
    case congested
    /// The address is no numeric IP address with a port of 1 to 65535.
    case badAddress
    /// What the operating system said.
    case system(String)

    package var description: String {
        switch self {
        case .noBinding: "no local address of that kind"
        case .connectionGone: "the connection is closed"
        case .congested: "the peer does not read"
        case .badAddress: "not a numeric address and port"
        case .system(let text): text
        }
    }
}

/// Why a `SIPTransport` could not start.
package enum SIPTransportError: Error, Hashable, Sendable, CustomStringConvertible {
    case addressInUse(SIPBinding)
    case cannotBind(SIPBinding, String)
    case alreadyStarted

    package var description: String {
        switch self {
        case .addressInUse(let binding): "\(binding) is in use by another program"
        case .cannotBind(let binding, let reason): "cannot listen on \(binding): \(reason)"
        case .alreadyStarted: "the transport was started before"
        }
    }
}

/// What a `SIPTransport` is given besides its bindings.
package struct SIPTransportConfiguration: Hashable, Sendable {
    package var limits = SIPMessageLimits()
    /// Bytes of each UDP socket's buffers, so that bursts survive; the kernel may grant less.
    package var socketBufferBytes = 4 << 20
    /// A TCP connection without traffic for so long is closed.
    package var idleTimeout: Duration = .seconds(7200)
    /// A TCP message has to be whole so long after its first byte.
    package var messageTimeout: Duration = .seconds(32)
    package var connectTimeout: Duration = .seconds(5)
    /// Bytes that may wait for a peer that does not read.
    package var outboundBytes = 1 << 20
    /// Accepted TCP connections, a fifth of them from one network; one more is closed at once.
    package var connections = 10000

    package init() {}
}
