// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio

/// Many small rooms.
struct RoomsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rooms", abstract: "Many small rooms at once, one talking in each.")

    @OptionGroup var common: CommonOptions
    @Option(help: "How many rooms.") var rooms = 300
    @Option(help: "Members of each.") var members = 3
    @Option(help: "How many talk in each.") var talking = 1
    @Option(
        help: "opus, g722, pcmu or pcma. Each room with a talker costs an encode: 300 of Opus need more than two cores."
    )
    var codec = AudioCodec.pcmu
    @Flag(help: "Members say how loud they are (RFC 6464).") var levels = false
    @Option(help: "Seconds measured.") var seconds = 8.0
    @Option(help: ArgumentHelp("Have perf write 3 s of the focus under load to FILE.", valueName: "file"))
    var perf: String?

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        let trials = Trials(program: common.program, codec: codec, levels: levels, seconds: seconds)
        Output.progress("\(rooms) rooms of \(members)")
        let figures = try await trials.calmest {
            try await trials.focus(rooms * members, talking: talking, rooms: rooms) { process, traffic in
                if let perf { try LibraryShares.record(process, seconds: 3, to: perf) { traffic.run(seconds: 3.5) } }
            }
        }
        var table = Table([
            "rooms", "members", "cores", "µs/member·tick", "encodes/tick", "late ticks", "p99 late ms", "KiB/member",
            "packets/s back", "media",
        ])
        table.add([
            "\(rooms)", "\(figures.members)", figures.cores.text(3), figures.perMemberTick.text(2),
            figures.encodes?.text(0) ?? "-", "\(figures.lateTicks ?? 0) + \(figures.missedTicks ?? 0) missed",
            figures.latenessP99?.text(2) ?? "-", figures.memoryPerMember?.text(0) ?? "-", figures.packetsBack.text(1),
            figures.media,
        ])
        try Output.write(figures, to: common.json)
        let title = "\(rooms) rooms of \(members), \(codec.rawValue), \(talking) talking in each"
        return Section(title: title, body: table.text, figures: [figures])
    }
}
