// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio

/// One room with few talkers: what a listener costs, beside the bare loop.
struct RoomCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room", abstract: "One room with a few talkers, beside a bare C loop on the same packets.")

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the room.") var members = Numbers([10, 100, 500, 1000])
    @Option(help: "How many talk.") var talking = 3
    @Option(help: "opus, g722, pcmu or pcma.") var codec = AudioCodec.opus
    @Flag(help: "Members say how loud they are (RFC 6464).") var levels = false
    @Option(help: "Seconds measured for each size.") var seconds = 8.0
    @Option(help: "Measure this beside, where installed: janus.") var peer: String?
    @Option(help: "The largest room that the peer is tried with.") var peerMembers = 100
    @Flag(inversion: .prefixedNo, help: "Measure the bare loop too.") var floor = true
    @Option(help: ArgumentHelp("Have perf write 3 s of the focus under load to FILE.", valueName: "file"))
    var perf: String?

    func run() async throws {
        print(try await report().text)
    }

    /// The figures and their table.
    func report() async throws -> Section {
        let trials = Trials(program: common.program, codec: codec, levels: levels, seconds: seconds)
        var all: [LoadFigures] = []
        var table = Table([
            "members", "floor µs", "confabd µs", "ratio", "next member", "cores", "late ticks", "p99 late ms",
            "KiB/member", "packets/s back", "media",
        ])
        var last: (members: Int, confabd: Double, floor: Double)?
        for count in members.values {
            var floor: LoadFigures?
            if self.floor {
                Output.progress("\(count) members: bare loop")
                floor = try await trials.calmest { try trials.floor(count) }
            }
            Output.progress("\(count) members: confabd")
            let focus = try await trials.calmest {
                try await trials.focus(count, talking: min(talking, count)) { process, traffic in
                    if let perf {
                        try LibraryShares.record(process, seconds: 3, to: perf) { traffic.run(seconds: 3.5) }
                    }
                }
            }
            all += [floor, focus].compactMap { $0 }
            // What one listener more costs: between two sizes the talkers' share cancels out.
            var next = ""
            if let last, count > last.members {
                let added = Double(count - last.members)
                let marginal = (focus.perMemberTick * Double(count) - last.confabd) / added
                let base = ((floor?.perMemberTick ?? 0) * Double(count) - last.floor) / added
                next = marginal.text(2) + (base > 0 ? " (\((marginal / base).text(2))×)" : "")
            }
            last = (
                count, focus.perMemberTick * Double(count), (floor?.perMemberTick ?? 0) * Double(count)
            )
            table.add(row(focus, floor, next: next))
            if peer == "janus", count <= peerMembers, JanusProcess.isInstalled {
                Output.progress("\(count) members: janus")
                let janus = try await trials.janus(count, talking: min(talking, count))
                all.append(janus)
                table.add(row(janus, floor, next: "Janus"))
            }
        }
        try Output.write(all, to: common.json)
        let title =
            "One room, \(codec.rawValue), \(talking) talking, \(levels ? "with" : "without") levels (RFC 6464)"
        return Section(title: title, body: table.text, figures: all)
    }

    private func row(_ figures: LoadFigures, _ floor: LoadFigures?, next: String) -> [String] {
        [
            "\(figures.members)", floor?.perMemberTick.text(2) ?? "-", figures.perMemberTick.text(2),
            floor.map { (figures.perMemberTick / $0.perMemberTick).text(2) } ?? "-", next, figures.cores.text(3),
            figures.lateTicks.map { "\($0) + \(figures.missedTicks ?? 0) missed" } ?? "-",
            figures.latenessP99?.text(2) ?? "-", figures.memoryPerMember?.text(0) ?? "-", figures.packetsBack.text(1),
            figures.media,
        ]
    }
}

extension LoadFigures {
    /// In words: whether the media that came back is right.
    var media: String {
        var faults: [String] = []
        if gaps > 0 { faults.append("\(gaps) gaps") }
        if jumps > 0 { faults.append("\(jumps) timestamp jumps") }
        if let listening, !listening.isClean { faults.append(listening.description) }
        if let listening, listening.pitch > 2500 { faults.append("pitch off by \(listening.pitch) ppm") }
        if let concealed, concealed > 0.001 { faults.append("\((concealed * 1000).text(0)) ms concealed") }
        if generatorLate > 0 { faults.append("generator late \(generatorLate)×, \(generatorWorst.text(1)) ms") }
        return faults.isEmpty ? "right" : faults.joined(separator: "; ")
    }
}

/// One part of the report.
struct Section {
    var title: String
    var body: String
    var figures: [LoadFigures] = []

    var text: String { "## \(title)\n\n\(body)\n" }
}
