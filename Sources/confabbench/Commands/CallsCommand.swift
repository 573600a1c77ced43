// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Foundation
import RTP
import TestSupport

/// Calls that come and go, by sipp, and how long calls of our own among them take to stand.
struct CallsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "calls", abstract: "INVITE, 200, ACK, BYE, 200 at a steady rate into one room, by sipp.")

    @OptionGroup var common: CommonOptions
    @Option(help: "Calls a second.") var rate = 500
    @Option(help: "Seconds.") var seconds = 60
    @Option(help: "How long a call stays, ms.") var hold = 20

    struct Figures: Codable {
        var calls: Int
        var failed: Int
        var retransmissions: Int
        /// Calls of our own.
        var probes: Int
        /// From INVITE to 200 of our own calls, ms.
        var setupMedian: Double
        var setupP99: Double
        /// Of sipp's calls, in whole ms.
        var setupMost: Double
        /// Processor time of the focus for each call, ms, in the first and the last quarter.
        var firstCost: Double
        var lastCost: Double
        var cores: Double
        /// MiB.
        var resident: Double
    }

    private struct Sample {
        var calls: Double
        var seconds: Double
    }

    func run() async throws {
        print(try await report().text)
    }

    func report() async throws -> Section {
        guard FileManager.default.isExecutableFile(atPath: "/usr/bin/sipp") else {
            throw BenchError("sipp is not installed (Debian: sip-tester)")
        }
        Output.progress("\(rate) calls a second for \(seconds) s")
        let figures = try await FocusProcess(common.program).use { try await measure($0) }
        try Output.write(figures, to: common.json)
        var table = Table([
            "calls", "failed", "retransmitted", "setup median ms", "p99 ms", "most ms", "first quarter ms/call",
            "last quarter ms/call", "cores", "MiB",
        ])
        table.add([
            "\(figures.calls)", "\(figures.failed)", "\(figures.retransmissions)", figures.setupMedian.text(1),
            figures.setupP99.text(1), figures.setupMost.text(0), figures.firstCost.text(3), figures.lastCost.text(3),
            figures.cores.text(3), figures.resident.text(0),
        ])
        return Section(
            title: "Calls, \(rate) a second for \(seconds) s",
            body: table.text
                + "\n\nSetup is from INVITE to 200: median and p99 of \(figures.probes) calls of our own, one about every"
                + " 100 ms among the others; most is of the others, in whole ms as sipp has it.")
    }

    private func measure(_ focus: FocusProcess) async throws -> Figures {
        let folder = try TemporaryFolder("sipp")
        try folder.write("call.xml", SippScenario.call(hold: hold))
        let port = try FreePort.allocate(count: 4)
        let calls = rate * seconds
        var launch = ChildProcess.Launch(
            "sipp",
            [
                "-sf", "call.xml", "\(focus.sip)", "-s", "bench", "-i", "127.0.0.1", "-p", "\(port)", "-mp",
                "\(port + 2)", "-r", "\(rate)", "-m", "\(calls)", "-l", "\(rate * 10)", "-nostdin", "-trace_rtt",
                "-rtt_freq", "500", "-trace_stat", "-fd", "1", "-trace_err", "-buff_size", "4194304",
            ])
        launch.folder = folder.path
        launch.output = folder.path + "/sipp.log"
        let probe = try SetupProbe(focus: focus.sip, room: "bench")
        let sipp = try ChildProcess(launch)
        var samples: [Sample] = []
        let began = MediaInstant.now()
        let limit = seconds + 40
        while sipp.isRunning, MediaInstant.now().milliseconds(since: began) < limit * 1000 {
            // What sipp says of its calls is in whole ms, which is longer than most of them take.
            try probe.run(milliseconds: 1000) { sipp.isRunning }
            guard let usage = ProcessUsage(of: focus.pid), let metrics = try? focus.metrics() else { continue }
            samples.append(Sample(calls: metrics.sum("confab_calls_total"), seconds: usage.seconds))
        }
        let wall = Double(MediaInstant.now().nanoseconds(since: began)) / 1e9
        let resident = Double(ProcessUsage(of: focus.pid)?.resident ?? 0) / 1_048_576
        sipp.kill()
        let setups = try responseTimes(in: folder.path)
        let totals = try SippScenario.totals(in: folder.path)
        let steady = samples.filter { $0.calls > 0 }
        return Figures(
            calls: totals.successful + totals.failed, failed: totals.failed, retransmissions: totals.retransmissions,
            probes: probe.setups.count, setupMedian: probe.setups.quantile(0.5),
            setupP99: probe.setups.quantile(0.99), setupMost: setups.max() ?? 0,
            firstCost: Self.cost(Array(steady.prefix(max(2, steady.count / 4)))),
            lastCost: Self.cost(Array(steady.filter { $0.calls < Double(calls) }.suffix(max(2, steady.count / 4)))),
            cores: (steady.last?.seconds ?? 0) / wall, resident: resident)
    }

    /// ms a call between the first and the last sample.
    private static func cost(_ samples: [Sample]) -> Double {
        guard let first = samples.first, let last = samples.last, last.calls > first.calls else { return 0 }
        return (last.seconds - first.seconds) * 1000 / (last.calls - first.calls)
    }

    /// From INVITE to 200, ms, of each call.
    private func responseTimes(in folder: String) throws -> [Double] {
        let files = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix("_rtt.csv") }
        guard let file = files.first else { throw BenchError("sipp wrote no response times") }
        return ChildProcess.text(of: folder + "/" + file).split(whereSeparator: \.isNewline).dropFirst().compactMap {
            let fields = $0.split(separator: ";")
            return fields.count > 1 ? Double(fields[1]) : nil
        }
    }
}
