// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import TestSupport

/// The machine that figures were taken on.
enum HostDescription {
    static var text: String {
        let processor =
            ChildProcess.text(of: "/proc/cpuinfo").split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("model name") }.flatMap { $0.split(separator: ":").last } ?? " unknown"
        let kernel = ChildProcess.text(of: "/proc/sys/kernel/osrelease").prefix { !$0.isNewline }
        let system =
            ChildProcess.text(of: "/etc/os-release").split(whereSeparator: \.isNewline)
            .first { $0.hasPrefix("PRETTY_NAME=") }?.dropFirst(12).filter { $0 != "\"" } ?? "Linux"
        let count = ProcessInfo.processInfo.activeProcessorCount
        let cores = Cores.chosen.areDistinct ? "" : " Load and measured program share one core: figures are too high."
        return "\(count) cores of\(processor), \(system), Linux \(kernel)." + cores
    }
}
