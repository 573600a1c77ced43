// SPDX-License-Identifier: GPL-3.0-or-later

/// What forwarding of video under steady load showed.
struct VideoFigures: Codable {
    /// `sendmmsg`, `segments`, `confabd`.
    var subject: String
    /// Packets a second that all members together received.
    var packets: Double
    /// Processor seconds a second, and those of the same calls while no camera sends.
    var cores: Double
    var idle: Double
    /// Of the packets sent, those that left with others as one message, 0...1; nil where nobody counts.
    var together: Double?
    var lost: Int
    var jumps: Int
    var broken: Int
    /// Streams that somebody should have seen and did not.
    var unseen: Int
    /// From the generator's call to the receiver's socket, ms.
    var median: Double
    var p99: Double
    /// How far the generator was behind, ms at worst.
    var generatorWorst: Double

    /// Processor time for each packet that left, µs, that of the idle calls among it.
    var perPacket: Double { packets > 0 ? cores / packets * 1e6 : 0 }
    /// The same without them: what forwarding adds.
    var added: Double { packets > 0 ? (cores - idle) / packets * 1e6 : 0 }
    /// Packets a second that a core would do.
    var perCore: Double { perPacket > 0 ? 1e6 / perPacket : 0 }

    var media: String {
        var faults: [String] = []
        if unseen > 0 { faults.append("\(unseen) streams unseen") }
        if lost > 0 { faults.append("\(lost) lost") }
        if jumps > 0 { faults.append("\(jumps) jumps") }
        if broken > 0 { faults.append("\(broken) broken") }
        if generatorWorst > 3 { faults.append("generator late \(generatorWorst.text(1)) ms") }
        return faults.isEmpty ? "right" : faults.joined(separator: "; ")
    }
}

/// Steady forwarding for a while, and what the measured process used meanwhile.
struct VideoLoad {
    let traffic: VideoTraffic
    let process: Int32
    /// Streams that are to be seen, over all members.
    let streams: Int
    /// Asked before and after.
    var metrics: (() throws -> Metrics)?

    /// - Parameter hasCalls: there are calls that cost something while no camera sends.
    func run(subject: String, seconds: Double, hasCalls: Bool) throws -> VideoFigures {
        // Until what joining costs is over.
        traffic.run(seconds: hasCalls ? 1 : 0.1)
        let idle = hasCalls ? try cores(over: 2) : 0
        traffic.isSilent = false
        // A round of the scripts and more: every camera has sent a key frame, and nobody joins any more.
        traffic.run(seconds: 2.2)
        let before = try metrics?()
        traffic.run(seconds: 0.2)
        traffic.restart()
        let cores = try cores(over: seconds)
        let after = try metrics?()
        let seen = traffic.members.map(\.seen)
        var figures = VideoFigures(
            subject: subject, packets: Double(traffic.seen) / seconds, cores: cores, idle: idle,
            lost: seen.reduce(0) { $0 + $1.lost }, jumps: seen.reduce(0) { $0 + $1.jumps },
            broken: seen.reduce(0) { $0 + $1.broken },
            unseen: streams - seen.reduce(0) { $0 + $1.senders }, median: traffic.delay(0.5), p99: traffic.delay(0.99),
            generatorWorst: Double(traffic.pace.worstDelay) / 1e6)
        if let before, let after {
            let sent = after.added("confab_packets_sent_total", since: before)
            figures.together = sent > 0 ? after.added("confab_packets_sent_together_total", since: before) / sent : 0
        }
        return figures
    }

    private func cores(over seconds: Double) throws -> Double {
        try ProcessUsage.cores(of: process) { traffic.run(seconds: seconds) }
    }
}
