// SPDX-License-Identifier: GPL-3.0-or-later
import NIOCore
import SIP

/// A subscription of ours to the conference event package (RFC 6665, RFC 4575): a call's roster, or a host's list of rooms.
struct Subscription {
    /// Whom notifications are for.
    enum Purpose {
        case roster(SessionID)
        /// One look at the list; whoever waits for it.
        case list(CheckedContinuation<Result<[ConferenceSummary], UserAgentError>, Never>, host: String)
        /// The list for as long as somebody reads it.
        case followedList(ListReader)
    }

    var purpose: Purpose
    let tag: String
    /// From the response on.
    var dialog: Dialog?
    /// The next refresh, or for one look at the list the end of patience.
    var timer: Scheduled<Void>?

    static let package = "conference"
    /// Seconds that we ask a subscription to last (RFC 4575 §3.4).
    static let expiry: UInt32 = 3600

    /// Puts into a SUBSCRIBE what every one of them has.
    static func complete(_ request: inout SIPRequest, expires: UInt32) {
        request.headers.set("Event", package)
        request.headers.set("Expires", "\(expires)")
        request.headers.set(
            "Accept", "application/conference-info+xml, multipart/related, application/rlmi+xml")
        request.headers.set("Supported", "eventlist")
    }
}

/// Who follows a host's list of rooms.
struct ListReader {
    /// The list's own address.
    let uri: SIPURI
    let from: NameAddress
    let targets: [FlowTarget]
    let feed: AsyncThrowingStream<[ConferenceSummary], any Error>.Continuation
    /// What was told last.
    var rooms: [ConferenceSummary]?
}
