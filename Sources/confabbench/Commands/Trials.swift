// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio
import RTP

/// Runs of the same load against the bare loop, the focus and Janus.
struct Trials {
    let crew = Crew()
    var program: String
    var codec: AudioCodec
    var levels: Bool
    var seconds: Double
    /// Media threads of the focus.
    var workers = 1
    /// Talkers that the focus mixes at once.
    var mixed = 4

    /// Runs `attempt` again, twice at most, where the generator was held up: something else ran on the machine then, and the
    /// figures are its as much as ours. The calmest run counts.
    func calmest(_ attempt: () async throws -> LoadFigures) async throws -> LoadFigures {
        var best = try await attempt()
        for _ in 0..<2 where best.generatorWorst > 3 {
            Output.progress("again: the generator was held up for \(best.generatorWorst.text(1)) ms")
            let next = try await attempt()
            if next.generatorWorst < best.generatorWorst { best = next }
        }
        return best
    }

    /// The bare C loop.
    func floor(_ count: Int) throws -> LoadFigures {
        let bytes = try crew.packetBytes(codec) + 20
        let floor = try FloorProcess(members: count, payload: bytes, seconds: Int(seconds) + 20)
        defer { floor.stop() }
        let members = try crew.members(count, talking: min(3, count), codec: codec)
        for (member, place) in zip(members, floor.members) {
            member.destination = place
            member.levelID = levels ? BenchOffer.levelID : nil
        }
        return try SteadyLoad(traffic: try Traffic(members), process: floor.pid).run(
            subject: "floor", seconds: seconds, warmUp: 1, talkers: nil)
    }

    /// The focus.
    ///
    /// - Parameters:
    ///   - talking: members of each room who talk.
    ///   - rooms: rooms over which the members are spread evenly.
    ///   - during: called under load with the process id, while nothing else is measured.
    func focus(
        _ count: Int, talking: Int, rooms: Int = 1, during: ((Int32, Traffic) throws -> Void)? = nil
    ) async throws -> LoadFigures {
        try await FocusProcess(program, workers: workers, talkers: mixed).use {
            try run($0, count, talking: talking, rooms: rooms, during: during)
        }
    }

    private func run(
        _ focus: FocusProcess, _ count: Int, talking: Int, rooms: Int, during: ((Int32, Traffic) throws -> Void)?
    ) throws -> LoadFigures {
        let size = count / rooms
        var members: [LoadMember] = []
        if rooms == 1 {
            members = try crew.members(count, talking: talking, codec: codec)
        } else {
            for _ in 0..<rooms { members += try crew.members(size, talking: talking, codec: codec, listenedTo: 2) }
            for member in members.dropFirst(3 * size) { member.keeps = false }
        }
        let resident = ProcessUsage(of: focus.pid)?.resident
        let dialler = try Dialler(focus: focus.sip)
        if levels { for member in members { member.levelID = BenchOffer.levelID } }
        try dialler.dial(members) { "bench\($0 / size)" }
        let traffic = try Traffic(members, beside: (dialler.socket.descriptor, { dialler.serve() }))
        let load = SteadyLoad(
            traffic: traffic, process: focus.pid, residentBefore: resident, metrics: { try focus.metrics() })
        // With more talkers than are mixed, who is heard changes.
        let figures = try load.run(
            subject: "confabd", seconds: seconds, warmUp: 3, talkers: Array(0..<talking), allHeard: talking <= mixed)
        try during?(focus.pid, traffic)
        dialler.hangUp()
        return figures
    }

    /// Janus' AudioBridge.
    func janus(_ count: Int, talking: Int) async throws -> LoadFigures {
        let janus = try await JanusProcess()
        do {
            let members = try crew.members(count, talking: talking, codec: codec)
            try janus.join(members)
            if levels { for member in members { member.levelID = BenchOffer.levelID } }
            let load = SteadyLoad(traffic: try Traffic(members), process: janus.pid)
            let figures = try load.run(subject: "janus", seconds: seconds, warmUp: 3, talkers: Array(0..<talking))
            await janus.stop()
            return figures
        } catch {
            await janus.stop()
            throw error
        }
    }
}

extension AudioCodec: ExpressibleByArgument {}

/// What every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Measure this confabd; else the one beside this program.", valueName: "path"))
    var confabd: String?

    @Option(help: ArgumentHelp("Write the figures as JSON to FILE, or - for the terminal.", valueName: "file"))
    var json: String?

    var program: String {
        if let confabd { return confabd }
        let own = CommandLine.arguments[0]
        guard let slash = own.lastIndex(of: "/") else { return "confabd" }
        return own[...slash] + "confabd"
    }
}

/// A list of numbers: `10,100,500`.
struct Numbers: ExpressibleByArgument {
    let values: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",").map { Int($0) }
        guard !parts.isEmpty, parts.allSatisfy({ ($0 ?? 0) > 0 }) else { return nil }
        values = parts.compactMap { $0 }
    }

    init(_ values: [Int]) {
        self.values = values
    }

    var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
}
