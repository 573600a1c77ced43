// SPDX-License-Identifier: GPL-3.0-or-later
import FoundationEssentials

enum ProcessorCount {
    /// Processors that this process may run on, at least one: fewer than the machine has inside a container or under `taskset`.
    static var current: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }
}
