// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// Steady traffic for a while, and what the measured process used meanwhile.
struct SteadyLoad {
    let traffic: Traffic
    let process: Int32
    /// What it held before the members came, bytes.
    var residentBefore: Int?
    /// Asked before and after.
    var metrics: (() throws -> Metrics)?

    /// - Parameters:
    ///   - warmUp: s of traffic before anything is counted.
    ///   - talkers: numbers of those who talk; nil listens to nobody.
    ///   - allHeard: whether all of them are mixed.
    func run(
        subject: String, seconds: Double, warmUp: Double, talkers: [Int]?, allHeard: Bool = true
    ) throws -> LoadFigures {
        traffic.run(seconds: warmUp)
        let metricsBefore = try metrics?()
        // What the question itself cost is over before counting begins.
        traffic.run(seconds: 0.2)
        traffic.restart(expecting: Int(seconds * 50) + 8)
        let began = MediaInstant.now()
        guard let before = ProcessUsage(of: process) else { throw BenchError("\(subject) has ended") }
        traffic.run(seconds: seconds)
        guard let after = ProcessUsage(of: process) else { throw BenchError("\(subject) has ended") }
        let wall = Double(MediaInstant.now().nanoseconds(since: began)) / 1e9
        let metricsAfter = try metrics?()

        let members = traffic.members
        let spent = ProcessUsage.seconds(from: before, to: after)
        var figures = LoadFigures(
            subject: subject, members: members.count, seconds: wall, cores: spent / wall,
            perMemberTick: spent / wall / 50 / Double(members.count) * 1e6,
            packetsBack: Double(traffic.heard) / wall / Double(members.count),
            gaps: members.reduce(0) { $0 + $1.heard.gaps }, jumps: members.reduce(0) { $0 + $1.heard.jumps },
            generatorWorst: Double(traffic.pace.worstDelay) / 1e6, generatorLate: traffic.pace.late)
        figures.busiestThread = ProcessUsage.busiestShare(from: before, to: after)
        if let residentBefore {
            figures.memoryPerMember = Double(after.resident - residentBefore) / 1024 / Double(members.count)
        }
        if let first = metricsBefore, let last = metricsAfter { Self.take(first, last, into: &figures) }
        if let talkers {
            figures.listening = try Listening(members.filter(\.keeps), talkers: talkers, allHeard: allHeard)
        }
        return figures
    }

    static func take(_ first: Metrics, _ last: Metrics, into figures: inout LoadFigures) {
        figures.missedTicks = Int(last.added("confab_mixer_missed_ticks_total", since: first))
        figures.lateTicks = Int(last.added("confab_mixer_late_ticks_total", since: first))
        figures.latenessP99 = last.quantile(0.99, of: "confab_mixer_tick_lateness_seconds", since: first).map {
            $0 * 1000
        }
        // Rooms tick at several phases, and the focus counts each.
        let ticks = max(1, figures.seconds * 50)
        figures.concealed = last.added("confab_concealed_seconds_total", since: first)
        figures.encodes = last.added("confab_encodes_total", since: first) / ticks
        figures.decodes = last.added("confab_decodes_total", since: first) / ticks
        figures.scouts = last.added("confab_scout_decodes_total", since: first) / ticks
    }
}
