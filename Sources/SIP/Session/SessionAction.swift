// SPDX-License-Identifier: GPL-3.0-or-later

/// What a session wants done, in order.
enum SessionAction: Sendable {
    /// Send a request in a client transaction of its own; its responses come back with the token.
    case send(SIPRequest, RequestToken, RequestRoute)
    /// Send an ACK to a 2xx, and tell `InviteSession.sentAck` how it went out.
    case acknowledge(SIPRequest, RequestRoute)
    /// Send that ACK, complete as it was, once more.
    case repeatAck(SIPRequest, Flow)
    /// Cancel the INVITE of that token, with those Reason values.
    case cancel(RequestToken, [SIPReason])
    /// Answer in a server transaction.
    case respond(SIPResponse, ServerTransactionID)
    case event(SessionEvent)
    case outcome(InDialogRequestID, RequestOutcome)
    /// Requests in this dialog belong to the session from now on.
    case bind(DialogID)
    case unbind(DialogID)
    /// Nothing is left to do: forget the session.
    case over
}

/// One request of a session on its way.
struct RequestToken: Hashable, Sendable {
    let number: UInt64
}

/// What a request of a session is for.
enum RequestPurpose: Hashable, Sendable {
    case invite
    case reInvite
    case update
    case prack
    case bye
    case application(ApplicationRequest)
}

/// A request of the user in a dialog, kept until it is answered: one that a later one overtook is sent again.
struct ApplicationRequest: Hashable, Sendable {
    /// How often one is sent.
    static let attemptLimit = 4

    let id: InDialogRequestID
    let method: SIPMethod
    let headers: SIPHeaders
    let body: [UInt8]
    var attempts = 0

    /// False where it was tried too often, and for progress of a REFER: what came first was newer (RFC 3515 §2.4.5).
    var isWorthRepeating: Bool {
        let isProgress =
            method == .notify && headers.first("Event")?.hasPrefix("refer") == true
            && headers.first("Subscription-State")?.hasPrefix("active") == true
        return attempts < Self.attemptLimit && !isProgress
    }
}

/// An ACK to a 2xx as it went out: the answer to every retransmission of that 2xx (RFC 3261 §13.2.2.4).
struct SentAck: Sendable {
    var number: UInt32
    var request: SIPRequest
    var flow: Flow
}

/// What every session of a core shares.
final class SessionEnvironment: Sendable {
    let configuration: SIPCoreConfiguration
    var timers: SIPTimers { configuration.timers }

    init(configuration: SIPCoreConfiguration) {
        self.configuration = configuration
    }
}

/// Numbers for RSeq, back-off and Retry-After: they need spread, not secrecy. Seeded from the core's random source.
struct SessionRandom: Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
