// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import CFloor
import RTP
import UserAgent

/// How old a forwarded picture is when it is seen.
struct GlassCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "glass", abstract: "Glass to glass: a picture's age when it is seen, and the focus's share of it.",
        discussion: """
            A camera draws the numbers of its pictures, encodes (VP8, 640x360) and sends them; a screen in the same room decodes what
            the focus forwards and reads the numbers. Camera and screen have no buffers of their own: what they add is the encoder's
            and the decoder's time. Of all packets, --loss percent are lost on the way in and as many on the way out.

            With --agents, camera and screen are two user agents, whole, as `confab` is made of them: pacing, jitter buffers and the wait
            for the sound included.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Packets lost each way, percent.") var loss = Percents([0, 2])
    @Option(help: "Bits a second.") var bitrate = 1_000_000
    @Option(help: "Seconds measured each time.") var seconds = 20.0
    @Flag(help: "Between two whole user agents.") var agents = false

    /// A list of whole percents.
    struct Percents: ExpressibleByArgument {
        let values: [Int]

        init(_ values: [Int]) { self.values = values }

        init?(argument: String) {
            let parts = argument.split(separator: ",").map { Int($0) }
            guard !parts.isEmpty, parts.allSatisfy({ (0...50).contains($0 ?? -1) }) else { return nil }
            values = parts.compactMap { $0 }
        }

        var defaultValueDescription: String { values.map(String.init).joined(separator: ",") }
    }

    private struct Figures: Codable {
        /// Percent.
        var loss: Int
        /// Pictures drawn, and read off the screen.
        var pictures: Int
        var shown: Int
        /// ms from drawn to decoded.
        var median: Double
        var p99: Double
        /// ms from a packet's departure to its arrival.
        var shareMedian: Double
        var shareP99: Double
        /// ms, medians.
        var encoding: Double
        var decoding: Double
        var lost: Int
        var keyframes: Int
        /// How far the generator was behind, ms at worst.
        var generatorWorst: Double
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        if agents { return try await reportAgents() }
        var rows: [Figures] = []
        var table = Table([
            "loss %", "pictures", "seen", "median ms", "p99 ms", "focus median ms", "focus p99 ms", "encode ms",
            "decode ms", "packets lost", "key frames", "generator late ms",
        ])
        for loss in loss.values {
            Output.progress("glass to glass, loss \(loss) %")
            let figures = try await FocusProcess(common.program).use { try measure($0, loss: loss) }
            table.add([
                "\(figures.loss)", "\(figures.pictures)", "\(figures.shown)", figures.median.text(1),
                figures.p99.text(1), figures.shareMedian.text(2), figures.shareP99.text(2),
                figures.encoding.text(1), figures.decoding.text(1), "\(figures.lost)", "\(figures.keyframes)",
                figures.generatorWorst.text(1),
            ])
            rows.append(figures)
        }
        try Output.write(rows, to: common.json)
        return Section(title: "Glass to glass, forwarded, VP8 640x360", body: table.text)
    }

    private func reportAgents() async throws -> Section {
        var table = Table([
            "loss %", "quality", "pictures seen", "a second", "median ms", "p99 ms", "most ms", "packets lost",
        ])
        for loss in loss.values {
            for quality in [VideoOptions.Quality.medium, .high] {
                Output.progress("glass to glass, two user agents, \(quality), loss \(loss) %")
                let run = try await agents(quality, loss: loss)
                table.add([
                    "\(loss)", quality.rawValue, "\(run.seen)", (Double(run.seen) / seconds).text(1),
                    run.delays.quantile(0.5).text(1), run.delays.quantile(0.99).text(1),
                    (run.delays.max() ?? 0).text(1), "\(run.lost)",
                ])
            }
        }
        return Section(title: "Glass to glass, two user agents", body: table.text)
    }

    private func agents(_ quality: VideoOptions.Quality, loss: Int) async throws -> GlassAgents {
        // The agents are this process, so what they send and what they receive passes here.
        confab_lose(UInt32(loss) * 10)
        defer { confab_lose(0) }
        let run = try await FocusProcess(common.program).use {
            try await GlassAgents.measure(focus: $0.sip, quality: quality, seconds: seconds)
        }
        guard !run.delays.isEmpty else { throw BenchError("no picture came back") }
        return run
    }

    private func measure(_ focus: FocusProcess, loss: Int) throws -> Figures {
        let camera = try GlassMember(sends: true)
        let screen = try GlassMember(sends: false)
        let dialler = try Dialler(focus: focus.sip)
        try dialler.dial([camera, screen]) { _ in "glass" }
        let run = try GlassRun(
            camera, screen, loss: Double(loss) / 100, bitrate: bitrate,
            beside: (dialler.socket.descriptor, { dialler.serve() }))
        run.run(seconds: 3)
        run.restart()
        let before = run.sent
        run.run(seconds: seconds)
        dialler.hangUp()
        guard !run.delays.isEmpty else { throw BenchError("no picture came back") }
        return Figures(
            loss: loss, pictures: run.sent - before, shown: run.delays.count, median: run.delays.quantile(0.5),
            p99: run.delays.quantile(0.99), shareMedian: run.shares.quantile(0.5), shareP99: run.shares.quantile(0.99),
            encoding: run.encoding.quantile(0.5), decoding: run.decoding.quantile(0.5), lost: run.lost,
            keyframes: run.keyframes, generatorWorst: Double(run.pace.worstDelay) / 1e6)
    }
}
