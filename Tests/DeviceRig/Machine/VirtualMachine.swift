// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// The virtual machine with camera, sound card and lossy network. One for all tests: the first boots it, and it ends with
/// the test process.
final class VirtualMachine: Sendable {
    /// The folder in which `machine prepare` left what boots; `make rig` names it. Nil where nobody asked for these tests.
    static let folder = ProcessInfo.processInfo.environment["CONFAB_RIG"]

    private static let booted = Task { try await boot() }

    private let process: ChildProcess
    /// Both see this folder, under the same path. The rest of the host is there read-only.
    let shared: String

    /// The machine, booted when this returns.
    static func running() async throws -> VirtualMachine {
        try await booted.value
    }

    private static func boot() async throws -> VirtualMachine {
        guard let folder else { throw RigFailure("CONFAB_RIG is not set: run these tests by `make rig`") }
        let shared = "\(folder)/shared"
        try? FileManager.default.removeItem(atPath: shared)
        let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "machine")
        var launch = ChildProcess.Launch(script.path(percentEncoded: false), ["boot", folder])
        launch.takesInput = true
        launch.output = "\(folder)/qemu.log"
        let machine = VirtualMachine(process: try ChildProcess(launch), shared: shared)
        try await Condition.await(
            "the virtual machine is up", within: .seconds(180), every: .milliseconds(100), evidence: { machine.console }
        ) {
            FileManager.default.fileExists(atPath: "\(shared)/ready") || !machine.process.isRunning
        }
        guard machine.process.isRunning else { throw RigFailure("the virtual machine ended\n\(machine.console)") }
        return machine
    }

    private init(process: ChildProcess, shared: String) {
        self.process = process
        self.shared = shared
    }

    /// What qemu and the kernel said.
    private var console: String {
        process.printed + ChildProcess.text(of: "\(Self.folder ?? "")/console.log")
    }

    /// Has the guest's shell carry out a line, and does not wait.
    func tell(_ line: String) {
        process.write(line: line)
    }

    /// Runs a shell script inside to its end.
    /// - Returns: what it printed.
    /// - Throws: `RigFailure` where it fails, or the time is over.
    @discardableResult
    func shell(_ script: String, within patience: Duration = .seconds(60)) async throws -> String {
        let program = try GuestProgram(self, "shell", script: script)
        try await Condition.await(script, within: patience, evidence: { program.everything + self.console }) {
            program.status != nil
        }
        guard program.status == 0 else { throw RigFailure("\(script)\n\(program.everything)") }
        return program.output
    }
}

struct RigFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
