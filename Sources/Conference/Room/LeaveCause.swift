// SPDX-License-Identifier: GPL-3.0-or-later

/// How a member left, as the signalling or media side reports it to the room.
package enum Departure: Hashable, Sendable {
    /// BYE from the member.
    case hungUp
    /// CANCEL, or BYE, before the call was set up.
    case abandoned
    /// The call could not be set up: no ACK, no common codec, no port. In words, for the record.
    case setupFailed(String)
    /// The session timer ran out (RFC 4028 §10). The session layer has sent the BYE.
    case sessionExpired
    /// The peer's transport is gone or it answers no request.
    case transportLost
}

/// Why a member is no longer in a room. Stands in its call record.
package enum LeaveCause: Hashable, Sendable {
    case departed(Departure)
    case mediaLost
    case setupTimedOut
    case removed(by: String)
    /// It asked the room to let it go, by keys or REFER.
    case left
    /// Somebody took it to another room: its call goes on.
    case moved(to: String, by: String)
    case roomCancelled(by: String)
    case creatorLeft
    case moderatorLeft
    case timeIsUp
    case noPIN
    case draining
    /// The focus crashed, and the next one could not take the call up.
    case focusRestarted

    /// A stable word for records and metrics.
    package var code: String {
        switch self {
        case .departed(.hungUp): "hung-up"
        case .departed(.abandoned): "abandoned"
        case .departed(.setupFailed): "setup-failed"
        case .departed(.sessionExpired): "session-expired"
        case .departed(.transportLost): "transport-lost"
        case .mediaLost: "media-lost"
        case .setupTimedOut: "setup-timed-out"
        case .removed: "removed"
        case .left: "hung-up"
        case .moved: "moved"
        case .roomCancelled: "room-cancelled"
        case .creatorLeft: "creator-left"
        case .moderatorLeft: "moderator-left"
        case .timeIsUp: "time-is-up"
        case .noPIN: "no-pin"
        case .draining: "draining"
        case .focusRestarted: "focus-restarted"
        }
    }

    /// What is worth saying besides the code: who did it, or what failed.
    package var detail: String? {
        switch self {
        case .departed(.setupFailed(let why)): why
        case .removed(let name), .roomCancelled(let name): name
        case .moved(let room, let name): "\(name), to \(room)"
        case .departed, .left, .mediaLost, .setupTimedOut, .creatorLeft, .moderatorLeft, .timeIsUp, .noPIN, .draining,
            .focusRestarted:
            nil
        }
    }

    /// The reason to send when the focus has to end the call itself; nil when the call has ended already.
    var hangUp: HangUpReason? {
        switch self {
        case .departed, .moved, .focusRestarted: nil
        case .mediaLost: .mediaLost
        case .setupTimedOut: .setupTimedOut
        case .removed(let name): .removed(by: name)
        case .left: .left
        case .roomCancelled(let name): .roomCancelled(by: name)
        case .creatorLeft: .creatorLeft
        case .moderatorLeft: .moderatorLeft
        case .timeIsUp: .timeIsUp
        case .noPIN: .noPIN
        case .draining: .draining
        }
    }
}
