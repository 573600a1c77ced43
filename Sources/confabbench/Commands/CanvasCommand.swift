// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Picture
import RTP

/// The composed picture of a real room.
struct CanvasCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "canvas", abstract: "A room that sees its composed picture: whether one bad leg makes it late.",
        discussion: """
            All members send VP8, 640x360 at 500 kbit/s, and are sent the grid. Each size is measured twice: with good legs, and with
            one that sends 50 kbit/s and loses 10 % of its packets.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Sizes of the room.") var members = Numbers([4, 9, 16])
    @Option(help: "Seconds measured each time.") var seconds = 8.0

    private struct Row: Codable {
        var members: Int
        var hasBadLeg: Bool
        /// A second.
        var ticks: Double
        var late: Int
        var missed: Int
        /// ms a tick.
        var decode: Double
        var scale: Double
        var draw: Double
        var encode: Double
        var errors: Int
        /// ms between two pictures at a member.
        var median: Double
        var p99: Double
        var most: Double
        var cores: Double
        var generatorWorst: Double
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        var rows: [Row] = []
        var table = Table([
            "members", "one bad leg", "canvases/s", "late", "left out", "decode ms", "scale ms", "draw ms", "encode ms",
            "frames broken", "interval median ms", "p99 ms", "most ms", "cores", "generator late ms",
        ])
        let good = try (0..<(members.values.max() ?? 0)).map { try script($0, bitrate: 500_000) }
        let bad = try script(99, bitrate: 50_000)
        for count in members.values {
            for hasBadLeg in [false, true] {
                Output.progress("\(count) members see the grid\(hasBadLeg ? ", one with a bad leg" : "")")
                var scripts = Array(good[..<count])
                if hasBadLeg { scripts[count - 1] = bad }
                let row = try await measure(scripts, hasBadLeg: hasBadLeg)
                table.add([
                    "\(row.members)", row.hasBadLeg ? "yes" : "no", row.ticks.text(1), "\(row.late)", "\(row.missed)",
                    row.decode.text(2), row.scale.text(2), row.draw.text(2), row.encode.text(2), "\(row.errors)",
                    row.median.text(1),
                    row.p99.text(1), row.most.text(1), row.cores.text(3), row.generatorWorst.text(1),
                ])
                rows.append(row)
            }
        }
        try Output.write(rows, to: common.json)
        return Section(title: "The composed picture of a room, VP8", body: table.text)
    }

    private func script(_ number: Int, bitrate: Int) throws -> VideoScript {
        VideoScript(
            try PatternStream.frames(.vp8, member: number, count: VideoScript.pictures, bitrate: bitrate))
    }

    private func measure(_ scripts: [VideoScript], hasBadLeg: Bool) async throws -> Row {
        try await FocusProcess(common.program, videoMode: "grid").use {
            try measure($0, scripts, hasBadLeg: hasBadLeg)
        }
    }

    private func measure(_ focus: FocusProcess, _ scripts: [VideoScript], hasBadLeg: Bool) throws -> Row {
        let members = try scripts.enumerated().map { try VideoMember(sender: $0, of: scripts.count, script: $1) }
        let dialler = try Dialler(focus: focus.sip)
        try dialler.dial(members) { _ in "canvas" }
        let traffic = try CanvasTraffic(
            members, loss: hasBadLeg ? 0.1 : 0, beside: (dialler.socket.descriptor, { dialler.serve() }))
        traffic.run(seconds: 4)
        let before = try focus.metrics()
        traffic.run(seconds: 0.2)
        traffic.restart()
        let cores = try ProcessUsage.cores(of: focus.pid) { traffic.run(seconds: seconds) }
        let after = try focus.metrics()
        dialler.hangUp()
        let ticks = after.added("confab_canvas_ticks_total", since: before)
        guard ticks > 0, !traffic.intervals.isEmpty else { throw BenchError("no picture was composed") }
        func perTick(_ work: String) -> Double {
            let name = "confab_canvas_seconds_total{work=\"\(work)\"}"
            return (after[name] - before[name]) * 1000 / ticks
        }
        return Row(
            members: members.count, hasBadLeg: hasBadLeg, ticks: ticks / (seconds + 0.2),
            late: Int(after.added("confab_canvas_ticks_late_total", since: before)),
            missed: Int(after.added("confab_canvas_ticks_missed_total", since: before)),
            decode: perTick("decode"), scale: perTick("scale"), draw: perTick("draw"), encode: perTick("encode"),
            errors: Int(after.added("confab_canvas_decode_errors_total", since: before)),
            median: traffic.intervals.quantile(0.5), p99: traffic.intervals.quantile(0.99),
            most: traffic.intervals.max() ?? 0, cores: cores,
            generatorWorst: Double(traffic.pace.worstDelay) / 1e6)
    }
}
