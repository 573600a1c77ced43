// SPDX-License-Identifier: GPL-3.0-or-later

/// What a session tells its user. `ended` is the last event of a session and comes exactly once.
package enum SessionEvent: Hashable, Sendable {
    /// An INVITE that we are to answer: `progress`, `accept` or `reject`. `offer` is nil for a late offer: the body given
    /// to `accept` is then our offer.
    case incoming(SIPRequest, offer: [UInt8]?, Flow)
    /// A 1xx above 100 to our INVITE. `body` is an answer that is not final yet (early media, RFC 3261 §13.2.1): a
    /// fork may give another one.
    case progress(SIPResponse, body: [UInt8]?)
    /// The peer's offer, in a re-INVITE, UPDATE or PRACK, or in a response to our INVITE without one: call `answer`.
    case offer([UInt8])
    /// A re-INVITE without offer: call `answer` with an offer of ours.
    case offerWanted
    /// The peer took back the re-INVITE of the last `offer` or `offerWanted`: do not call `answer`.
    case offerWithdrawn
    /// The answer to the offer last given to `invite`, `accept`, `progress`, `modify` or `answer`.
    case answer([UInt8])
    /// 401 or 407 to our INVITE: call `resend` with credentials, or `terminate`. Only where the invitation asked for it.
    case challenged(SIPResponse)
    /// The session stands: our 2xx was acknowledged, or we acknowledged the peer's. Carries the peer's Contact.
    case established(remoteContact: SIPURI, supportsUpdate: Bool)
    /// The session timer was set anew, by whomever.
    case refreshed
    /// `modify` failed with this status; what was agreed before stays.
    case modifyFailed(status: Int)
    /// The offer given to `modify` met an offer of the peer (glare, RFC 3261 §14.1), which has been settled since, so that it
    /// may no longer fit. The wait is over: call `modify` with a new offer if it is still wanted.
    case modifyOutdated
    /// The session is over. Media stops now; BYE or CANCEL may still be under way.
    case ended(SessionEnd)
}

/// How a session came to its end.
package enum SessionEnd: Hashable, Sendable {
    /// BYE, with its Reason values.
    case byRemote([SIPReason])
    /// CANCEL, or the Expires of an INVITE that we did not answer in time.
    case cancelled([SIPReason])
    /// A final response of 300 or more to our INVITE.
    case rejected(SIPResponse)
    /// No answer in time: no response, no ACK, no PRACK, or it rang too long.
    case timeout
    /// The peer knows this dialog no more: 481 or 408 to a request in it (RFC 3261 §12.2.1.2).
    case dialogLost(status: Int)
    /// No refresh came or went through in time (RFC 4028 §10).
    case sessionExpired
    /// The INVITE could not be sent.
    case transportError
    /// The peer broke the protocol; the text is for the log.
    case protocolError(String)
    /// `terminate` or `reject`.
    case byLocal
}

/// What came of a request of ours.
package enum RequestOutcome: Hashable, Sendable {
    /// Any response; the request is over when it is final.
    case response(SIPResponse)
    case timeout
    case transportError

    /// Whether nothing more follows.
    package var isFinal: Bool {
        switch self {
        case .response(let response): response.isFinal
        case .timeout, .transportError: true
        }
    }
}
