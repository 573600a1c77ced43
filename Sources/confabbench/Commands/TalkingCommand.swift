// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Audio

/// Everybody talks: encoding and decoding should be all that costs.
struct TalkingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "talking", abstract: "Everybody talks: which share of the cost is not libopus.")

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the room.") var members = Numbers([10, 50, 100])
    @Option(help: "Talkers mixed at once; 0 for as many as the focus can, 32.") var mixed = 4
    @Flag(inversion: .prefixedNo, help: "Members say how loud they are (RFC 6464).") var levels = true
    @Option(help: "Seconds measured for each size.") var seconds = 6.0
    @Option(help: "Measure this beside, where installed: janus.") var peer: String?

    /// What the focus takes for `audio.max-talkers`.
    private static let mostMixed = 32

    private struct Row: Codable {
        var load: LoadFigures
        /// By library, 0...1; empty without perf.
        var shares: [String: Double]
        var opus: OpusCost
        var opusCores: Double
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        let cost = try OpusCost.measure()
        var rows: [Row] = []
        var table = Table([
            "members", "mixed", "cores", "encodes/tick", "decodes/tick", "not libopus (perf)", "not libopus (counted)",
            "kernel", "libopus", "late ticks", "media",
        ])
        for count in members.values {
            let mixed = self.mixed == 0 ? min(count, Self.mostMixed) : min(self.mixed, count)
            let trials = Trials(program: common.program, codec: .opus, levels: levels, seconds: seconds, mixed: mixed)
            Output.progress("\(count) members, all talking, \(mixed) mixed")
            var shares: [String: Double] = [:]
            let load = try await trials.calmest {
                try await trials.focus(count, talking: count) { process, traffic in
                    guard LibraryShares.isPossible else { return }
                    shares = try LibraryShares.measure(process, seconds: 3) { traffic.run(seconds: 3.5) }
                }
            }
            let opusCores = cost.cores(
                encodes: load.encodes ?? 0, decodes: load.decodes ?? 0, scouts: load.scouts ?? 0)
            let opus = shares.reduce(0) { $1.key.hasPrefix("libopus") ? $0 + $1.value : $0 }
            // Samples without any of libopus are not of this load.
            if opus == 0 { shares = [:] }
            let kernel = shares.reduce(0) { $1.key.hasPrefix("[") ? $0 + $1.value : $0 }
            table.add([
                "\(count)", "\(mixed)", load.cores.text(3), load.encodes?.text(1) ?? "-", load.decodes?.text(1) ?? "-",
                shares.isEmpty ? "-" : ((1 - opus) * 100).text(1) + " %",
                ((1 - opusCores / load.cores) * 100).text(1) + " %",
                shares.isEmpty ? "-" : (kernel * 100).text(1) + " %",
                shares.isEmpty ? "-" : (opus * 100).text(1) + " %",
                "\(load.lateTicks ?? 0) + \(load.missedTicks ?? 0) missed", load.media,
            ])
            rows.append(Row(load: load, shares: shares, opus: cost, opusCores: opusCores))
            if peer == "janus", JanusProcess.isInstalled {
                Output.progress("\(count) members, all talking: janus")
                let janus = try await trials.janus(count, talking: count)
                table.add(
                    ["\(count)", "Janus", janus.cores.text(3)] + [String](repeating: "-", count: 7) + [janus.media])
            }
        }
        try Output.write(rows, to: common.json)
        let note =
            "By perf: samples of the whole process outside libopus, the kernel's among them. Counted: processor time less "
            + "encodes × \(cost.encode.text(1)) µs, decodes × \(cost.decode.text(1)) µs and scout decodes × "
            + "\(cost.scout.text(1)) µs, as libopus alone takes for them in the generator."
        return Section(title: "All talking, Opus", body: table.text + "\n\n" + note, figures: rows.map(\.load))
    }
}
