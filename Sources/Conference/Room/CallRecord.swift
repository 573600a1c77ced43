// SPDX-License-Identifier: GPL-3.0-or-later

/// What is kept of one call after it.
package struct CallRecord: Hashable, Sendable {
    package let room: String
    package let roomID: RoomID
    package let member: MemberID
    package let identity: Identity
    package let callID: String
    package let userAgent: String?
    /// When the room admitted the call.
    package let admitted: ContinuousClock.Instant
    /// When the call was established; nil when it never was.
    package let established: ContinuousClock.Instant?
    /// When it ended.
    package let ended: ContinuousClock.Instant
    package let cause: LeaveCause
    /// The last media report of the call; nil when there was none.
    package let media: MediaReport?

    package init(
        room: String, roomID: RoomID, member: MemberID, identity: Identity, callID: String, userAgent: String?,
        admitted: ContinuousClock.Instant, established: ContinuousClock.Instant?, ended: ContinuousClock.Instant,
        cause: LeaveCause, media: MediaReport?
    ) {
        self.room = room
        self.roomID = roomID
        self.member = member
        self.identity = identity
        self.callID = callID
        self.userAgent = userAgent
        self.admitted = admitted
        self.established = established
        self.ended = ended
        self.cause = cause
        self.media = media
    }

    /// How long the call was established; zero when it never was.
    package var duration: Duration { established.map { $0.duration(to: ended) } ?? .zero }
}
