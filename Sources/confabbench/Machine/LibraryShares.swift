// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

/// Where the processor time of a process goes, by library, as `perf` samples it.
enum LibraryShares {
    static var isPossible: Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/perf") }

    /// Samples `process` for `seconds` while `meanwhile` keeps it busy.
    ///
    /// - Returns: shares of the samples, 0...1, by library, program or `[kernel]`; empty where perf gave nothing.
    static func measure(_ process: Int32, seconds: Double, meanwhile: () -> Void) throws -> [String: Double] {
        let folder = try TemporaryFolder("perf")
        let file = folder.path + "/perf.data"
        try record(process, seconds: seconds, to: file, meanwhile: meanwhile)
        var launch = ChildProcess.Launch("perf", ["report", "-i", file, "--stdio", "-q", "--sort", "dso"])
        launch.output = folder.path + "/report.txt"
        launch.errors = "/dev/null"
        let reporter = try ChildProcess(launch)
        wait(for: reporter, seconds: 20)
        var shares: [String: Double] = [:]
        for line in reporter.printed.split(whereSeparator: \.isNewline) {
            let fields = line.split(separator: " ", omittingEmptySubsequences: true)
            guard fields.count >= 2, fields[0].hasSuffix("%"), let share = Double(fields[0].dropLast()) else {
                continue
            }
            shares[String(fields[1]), default: 0] += share / 100
        }
        return shares
    }

    /// Has `perf` write its samples of `process` to `file`.
    static func record(_ process: Int32, seconds: Double, to file: String, meanwhile: () -> Void) throws {
        // A software clock: virtual machines have no counters.
        let recorder = try ChildProcess(
            .init(
                "perf",
                [
                    "record", "-q", "-e", "cpu-clock", "-F", "1999", "-p", "\(process)", "-o", file, "--", "sleep",
                    "\(seconds)",
                ]))
        meanwhile()
        wait(for: recorder, seconds: 5)
    }

    static func wait(for child: ChildProcess, seconds: Double) {
        let deadline = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
        while child.isRunning, .now < deadline { usleep(20_000) }
        child.kill()
    }
}
