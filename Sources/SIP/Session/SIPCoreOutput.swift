// SPDX-License-Identifier: GPL-3.0-or-later

/// What a `SIPCore` wants done or tells, in order.
package enum SIPCoreOutput: Sendable {
    /// Send these bytes over that flow.
    case transmit([UInt8], Flow)
    /// Open or reuse a way there, and report to `SIPCore.found(_:_:now:)`, now or later; for a name, look it up first and report to
    /// `SIPCore.located(_:_:now:)`.
    case findFlow(FlowRequestID, FlowTarget)
    case session(SessionID, SessionEvent)
    /// A request that is not handled here: any outside a session but INVITE, OPTIONS too; in a session INFO, MESSAGE, REFER,
    /// SUBSCRIBE, NOTIFY. Each one wants `SIPCore.respond`.
    case request(SIPRequest, ServerTransactionID, Flow, session: SessionID?)
    /// What came of a request made with `SIPCore.request(outOfDialog:now:)`.
    case response(OutOfDialogRequestID, RequestOutcome)
    /// What came of a request made with `SIPCore.request(_:method:headers:body:now:)`.
    case sessionResponse(SessionID, InDialogRequestID, RequestOutcome)
}

/// Whose request a client transaction carries.
enum ClientOwner: Hashable, Sendable {
    case session(SessionID, RequestToken)
    case outOfDialog(OutOfDialogRequestID)
    /// Nobody waits for the response: CANCEL, and the BYE to a 2xx that nobody wanted.
    case nobody
}

/// A request on its way to a flow.
struct OutgoingRequest: Sendable {
    enum Attempt: Hashable, Sendable {
        case flow(Flow)
        case target(FlowTarget)
    }

    /// Without Via; Contact and the like are added when the flow is known.
    var request: SIPRequest
    var owner: ClientOwner
    var contact: ContactIdentity
    /// The session whose ACK to a 2xx this is.
    var acknowledges: SessionID?
    /// Ways to try, first to last.
    var attempts: [Attempt]
    /// Already moved from UDP to TCP for its size.
    var movedToStream = false
    /// Other servers of the domain, numeric, for when the one that is tried does not answer (RFC 3263 §4.3).
    var alternatives: [FlowTarget] = []
    /// As in `OutOfDialogRequest`.
    var mayBeLongDatagram = true

    /// Nothing else can be tried.
    var isLast: Bool { attempts.isEmpty && alternatives.isEmpty }

    /// Puts the next server in the place of ways to the last one; false where there is none.
    mutating func turnsToNextServer() -> Bool {
        guard !alternatives.isEmpty else { return false }
        attempts = [.target(alternatives.removeFirst())]
        movedToStream = false
        return true
    }
}

/// A client transaction under way.
struct ClientRequest: Sendable {
    var owner: ClientOwner
    /// What is tried when the transport fails, or the server does; nil when there is no other way.
    var retry: OutgoingRequest?
    /// A 100 came: the server lives, but may still say that it cannot serve.
    var isTried = false
    /// The INVITE as sent, for its CANCEL.
    var invite: SIPRequest?
    var flow: Flow
}

/// A request that the user of the core has to answer.
struct ForeignRequest: Sendable {
    var method: SIPMethod
    var flow: Flow
    var contact: ContactIdentity
}

/// Our side of a call: Call-ID and our tag, whatever the peer's.
struct CallLeg: Hashable, Sendable {
    var callID: String
    var localTag: String

    init(callID: String, localTag: String) {
        self.callID = callID
        self.localTag = localTag
    }

    init(_ dialog: DialogID) {
        self.init(callID: dialog.callID, localTag: dialog.localTag)
    }
}
