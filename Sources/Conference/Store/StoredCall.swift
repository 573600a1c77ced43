// SPDX-License-Identifier: GPL-3.0-or-later
package import FoundationEssentials

/// A call record as it is kept and told: plain values, dates in place of instants.
package struct StoredCall: Hashable, Sendable, Codable {
    package var room: String
    package var member: String
    /// Address of record of the caller.
    package var uri: String
    /// What people called it.
    package var name: String
    package var callID: String
    package var userAgent: String?
    package var admitted: Date
    package var ended: Date
    /// How long the call was established, seconds; 0 when it never was.
    package var seconds: Double
    /// `LeaveCause.code`.
    package var cause: String
    package var detail: String?
    /// `MediaReport.codec`; nil where nothing was measured.
    package var codec: String?
    package var lossPercent: Double?
    package var jitterMilliseconds: Double?

    /// - Parameter clock: read when the record was made.
    package init(_ record: CallRecord, _ clock: WallClock) {
        room = record.room
        member = "\(record.member)"
        uri = record.identity.uri
        name = record.identity.label
        callID = record.callID
        userAgent = record.userAgent
        admitted = clock.date(record.admitted)
        ended = clock.date(record.ended)
        let duration = record.duration.components
        seconds = Double(duration.seconds) + Double(duration.attoseconds) * 1e-18
        cause = record.cause.code
        detail = record.cause.detail
        codec = record.media?.codec
        lossPercent = record.media?.lossPercent
        jitterMilliseconds = record.media?.jitterMilliseconds
    }
}
