// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio
import RTP

/// A crowd that comes all at once, each member following the roster, while others talk.
struct CrowdCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crowd",
        abstract: "Members who follow the roster come within seconds: whether rosters agree and audio goes on.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How many come.") var members = 500
    @Option(help: "Within so many seconds.") var seconds = 10.0
    @Option(help: "How many talk.") var talking = 3

    struct Figures: Codable {
        var members: Int
        var seconds: Double
        /// From INVITE to 200, ms.
        var setupMedian: Double
        var setupP99: Double
        /// Rosters that had everybody in the end, without a version left out.
        var converged: Int
        /// From the last call's 200 to the last roster's being complete, ms.
        var convergence: Double
        var notifications: Int
        var megabytes: Double
        /// Of the focus, while they came.
        var audio: LoadFigures
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        Output.progress("\(members) members come within \(seconds.text(0)) s, each following the roster")
        let figures = try await FocusProcess(common.program).use { try await measure($0) }
        try Output.write(figures, to: common.json)
        var table = Table([
            "members", "in s", "setup median ms", "p99 ms", "rosters complete", "after ms", "notifications", "MB",
            "cores", "late ticks", "media",
        ])
        table.add([
            "\(figures.members)", figures.seconds.text(1), figures.setupMedian.text(1), figures.setupP99.text(1),
            "\(figures.converged)", figures.convergence.text(0), "\(figures.notifications)",
            figures.megabytes.text(1), figures.audio.cores.text(3),
            "\(figures.audio.lateTicks ?? 0) + \(figures.audio.missedTicks ?? 0) missed", figures.audio.media,
        ])
        return Section(
            title: "\(members) members who follow the roster come within \(seconds.text(0)) s",
            body: table.text
                + "\n\nSetup is from INVITE to 200; \"after\" from the last 200 to the last complete roster.")
    }

    private func measure(_ focus: FocusProcess) async throws -> Figures {
        let crew = try Crew().members(members, talking: talking, codec: .opus)
        for member in crew { member.levelID = BenchOffer.levelID }
        // Who is listened to is there before.
        let order = crew.filter(\.keeps) + crew.filter { !$0.keeps }
        let early = crew.count { $0.keeps }
        let dialler = try Dialler(focus: focus.sip)
        let subscribers = RosterSubscribers(focus: focus.sip, room: "crowd")
        dialler.whenEstablished = { subscribers.subscribe($0) }
        let load = try ArrivingLoad(order, room: "crowd", dialler: dialler)
        try load.welcome(early, over: 0.2)
        load.run(seconds: 3)
        let metricsBefore = try focus.metrics()
        load.run(seconds: 0.2)
        load.traffic.restart(expecting: Int((seconds + 10) * 50))
        let began = MediaInstant.now()
        guard let before = ProcessUsage(of: focus.pid) else { throw BenchError("confabd has ended") }
        try load.welcome(order.count - early, over: seconds)
        let last = MediaInstant.now()
        load.run(seconds: 4)
        guard let after = ProcessUsage(of: focus.pid) else { throw BenchError("confabd has ended") }
        let wall = Double(MediaInstant.now().nanoseconds(since: began)) / 1e9
        let metricsAfter = try focus.metrics()
        var audio = LoadFigures(
            subject: "confabd", members: members, seconds: wall,
            cores: ProcessUsage.seconds(from: before, to: after) / wall, perMemberTick: 0, packetsBack: 0,
            gaps: order.reduce(0) { $0 + $1.heard.gaps }, jumps: order.reduce(0) { $0 + $1.heard.jumps },
            generatorWorst: Double(load.pace.worstDelay) / 1e6, generatorLate: load.pace.late)
        SteadyLoad.take(metricsBefore, metricsAfter, into: &audio)
        audio.listening = try Listening(Array(order.prefix(early)), talkers: Array(0..<talking))
        let setups = dialler.setups
        let findings = try subscribers.findings(everybody: order.count)
        dialler.hangUp()
        try await subscribers.stop()
        return Figures(
            members: order.count, seconds: Double(last.nanoseconds(since: began)) / 1e9,
            setupMedian: setups.quantile(0.5), setupP99: setups.quantile(0.99),
            converged: findings.converged,
            convergence: Double(findings.last - last.nanoseconds) / 1e6, notifications: findings.notifications,
            megabytes: Double(findings.bytes) / 1e6, audio: audio)
    }
}
