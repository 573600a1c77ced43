// SPDX-License-Identifier: GPL-3.0-or-later
import CFloor
import Glibc

/// Who runs where: what is measured has a core to itself, and the load another.
struct Cores {
    /// Where this program generates the load.
    let generator: Int
    /// Where the measured program runs.
    let measured: Int

    /// The first and the last core that this process may run on; one and the same where there is but one.
    static let chosen: Cores = {
        var found = [Int32](repeating: 0, count: 1024)
        let count = Int(unsafe confab_cores(&found, 1024))
        guard count > 0 else { return Cores(generator: 0, measured: 0) }
        return Cores(generator: Int(found[0]), measured: Int(found[count - 1]))
    }()

    var areDistinct: Bool { generator != measured }

    /// Binds this thread and all that it starts to the generator's core, lets it open as many sockets as it may, and puts it
    /// and the programs that it starts before others on the machine, where that is allowed: a compiler that happens to run
    /// must not be measured.
    static func prepare() {
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, -10)
        _ = confab_raise_file_limit()
        _ = confab_pin(Int32(chosen.generator))
    }

    /// Runs `body` on the core of what is measured: the threads that it starts stay there.
    static func startingOnMeasured<Result>(_ body: () throws -> Result) rethrows -> Result {
        _ = confab_pin(Int32(chosen.measured))
        defer { _ = confab_pin(Int32(chosen.generator)) }
        return try body()
    }

    /// `command` bound to the core of what is measured.
    static func onMeasured(_ command: [String]) -> [String] {
        ["taskset", "-c", "\(chosen.measured)"] + command
    }
}
