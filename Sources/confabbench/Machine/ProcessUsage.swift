// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

/// What a process has used up to a moment, as the kernel counts it in `/proc`.
struct ProcessUsage {
    /// Processor time of all threads, s. By the scheduler's count in ns where there is one, else by ticks of 10 ms.
    var seconds = 0.0
    /// Processor time of each thread, s, by its id.
    var threads: [Int: Double] = [:]
    /// Resident memory, bytes.
    var resident = 0

    /// nil when there is no such process.
    init?(of process: Int32) {
        let folder = "/proc/\(process)"
        guard let tasks = try? FileManager.default.contentsOfDirectory(atPath: folder + "/task") else { return nil }
        for task in tasks {
            guard let number = Int(task) else { continue }
            let text = ChildProcess.text(of: "\(folder)/task/\(task)/schedstat")
            guard let spent = text.split(separator: " ").first.flatMap({ Double($0) }) else { continue }
            threads[number] = spent / 1e9
        }
        // Threads that ended are in the process's own count alone.
        let stat = ChildProcess.text(of: folder + "/stat")
        guard let name = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: name)...].split(separator: " ")
        guard fields.count > 22, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        let ticks = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
        let exact = threads.values.reduce(0, +)
        seconds = exact > 0 ? exact : ticks
        resident = (Int(fields[21]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// Processor seconds between two moments.
    static func seconds(from start: ProcessUsage, to end: ProcessUsage) -> Double {
        end.threads.isEmpty
            ? end.seconds - start.seconds
            : end.threads.reduce(0) { $0 + $1.value - (start.threads[$1.key] ?? 0) }
    }

    /// The processors that a process keeps busy while `work` goes on.
    ///
    /// - Throws: `BenchError` where it has ended, and what `work` throws.
    static func cores(of process: Int32, while work: () throws -> Void) throws -> Double {
        let began = ContinuousClock.now
        guard let before = ProcessUsage(of: process) else { throw BenchError("what was measured has ended") }
        try work()
        guard let after = ProcessUsage(of: process) else { throw BenchError("what was measured has ended") }
        return seconds(from: before, to: after) / ((ContinuousClock.now - began) / .seconds(1))
    }

    /// The share of the busiest thread in what was used between two moments, 0...1.
    static func busiestShare(from start: ProcessUsage, to end: ProcessUsage) -> Double {
        let spent = end.threads.map { $0.value - (start.threads[$0.key] ?? 0) }
        let sum = spent.reduce(0, +)
        return sum > 0 ? (spent.max() ?? 0) / sum : 0
    }
}
