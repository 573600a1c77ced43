// SPDX-License-Identifier: GPL-3.0-or-later

/// Why the focus ends a member's call. Goes out in the Reason header (RFC 3326) of the BYE, or of whatever the state of
/// the call demands in its place.
package enum HangUpReason: Hashable, Sendable {
    /// The conference was cancelled.
    case roomCancelled(by: String)
    /// A creator or an operator removed this member (RFC 4579 §5.11).
    case removed(by: String)
    /// It asked to go.
    case left
    /// The creator left a room that ends with its creator (RFC 4579 §5.12).
    case creatorLeft
    case moderatorLeft
    /// The time for which the room was arranged is over.
    case timeIsUp
    /// Too often the wrong digits, or none in time.
    case noPIN
    /// No RTP came for the configured time.
    case mediaLost
    /// The call was admitted but never set up.
    case setupTimedOut
    /// The focus is shutting down.
    case draining

    /// The status code that stands as `cause`.
    package var status: Int {
        switch self {
        case .roomCancelled, .creatorLeft, .moderatorLeft, .timeIsUp: 410
        case .removed, .noPIN: 403
        case .left: 200
        case .mediaLost, .setupTimedOut: 408
        case .draining: 503
        }
    }

    /// The words that stand as `text`.
    package var text: String {
        switch self {
        case .roomCancelled(let name): "Conference cancelled by \(name)"
        case .left: "You left the conference"
        case .removed(let name): "Removed from the conference by \(name)"
        case .creatorLeft: "Conference ended: its creator left"
        case .moderatorLeft: "Conference ended: its moderator left"
        case .timeIsUp: "Conference ended: its time is over"
        case .noPIN: "The PIN was not entered"
        case .mediaLost: "No media received"
        case .setupTimedOut: "Call setup timed out"
        case .draining: "The conference server is shutting down"
        }
    }
}
