// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
package import RTP

extension AudioLeg {
    /// Nanoseconds from the peer's wall clock to our monotonic one, the playout's delay included: what the peer sampled at a time of its
    /// reports is played at that time and so much. nil before its first report, and while nothing plays.
    ///
    /// - Parameter now: of the tick that was just played out.
    package func playoutOffset(now: MediaInstant) -> Int64? {
        guard let report = session.statistics.lastSenderReport, let playhead = receiver.playhead else { return nil }
        let ticks = Int64(Int32(bitPattern: playhead.timestamp &- report.rtpTimestamp))
        // Farther off than any buffer: the report is of another run of timestamps.
        guard abs(ticks) < 60 * Int64(playhead.clockRate) else { return nil }
        let sampled =
            NTPTimestamp(rawValue: report.ntpTimestamp).unixNanoseconds
            + ticks * 1_000_000 / Int64(playhead.clockRate / 1000)
        // The playhead is where the next tick begins.
        return now.advanced(byMilliseconds: 20).nanoseconds - sampled
    }
}
