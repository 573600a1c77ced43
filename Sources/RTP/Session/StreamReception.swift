// SPDX-License-Identifier: GPL-3.0-or-later

/// What there is to report of one incoming stream that oRTP has no part in: how it comes in, and the sender's last report. A value.
package struct StreamReception: Sendable {
    private var statistics = ReceptionStatistics()
    private let clockRate: Int
    /// Of the newest packet; nil before the first.
    package private(set) var ssrc: UInt32?
    /// The sender's last report on the stream, and when it came.
    package private(set) var lastReport: (report: SenderReport, arrival: MediaInstant)?

    /// - Parameter clockRate: RTP ticks a second.
    package init(clockRate: Int) {
        self.clockRate = clockRate
    }

    /// To be called for each packet, before anything else is made of it.
    /// - Returns: whether it begins another stream: nothing from before counts any more.
    package mutating func begin(_ ssrc: UInt32) -> Bool {
        guard self.ssrc != ssrc else { return false }
        if self.ssrc != nil { statistics.beginSource() }
        self.ssrc = ssrc
        lastReport = nil
        return true
    }

    /// Counts a packet that was sent for the first time.
    package mutating func receive(_ header: RTPHeader, now: MediaInstant) {
        _ = statistics.receive(
            sequenceNumber: header.sequenceNumber, timestamp: header.timestamp, clockRate: clockRate, isTimed: true,
            now: now)
    }

    package mutating func received(_ report: SenderReport, now: MediaInstant) {
        guard report.ssrc == ssrc else { return }
        lastReport = (report, now)
    }

    /// The block for a report that is about to leave (RFC 3550 §6.4.1); nil before the first packet.
    package mutating func makeReportBlock(now: MediaInstant) -> ReportBlock? {
        guard let ssrc else { return nil }
        var block = ReportBlock(
            ssrc: ssrc, fractionLost: statistics.takeFractionLost(), cumulativeLost: statistics.cumulativeLost,
            extendedHighestSequence: statistics.extendedHighestSequence, jitter: statistics.jitter)
        if let lastReport {
            block.lastSenderReport = NTPTimestamp(rawValue: lastReport.report.ntpTimestamp).middle
            let waited = max(0, now.nanoseconds(since: lastReport.arrival)) / 1000
            block.delaySinceLastSenderReport = UInt32(clamping: waited * 65536 / 1_000_000)
        }
        return block
    }
}
