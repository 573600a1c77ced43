// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// Our own programs, as they were built with these tests: they lie in the folder of the test binary.
enum OwnProgram: String {
    case confabd
    case confab
    case confabctl
    /// The README's.
    case example

    var path: String {
        let tests = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(filePath: tests).deletingLastPathComponent().appending(path: rawValue).path(percentEncoded: false)
    }

    /// A run to its end.
    struct Outcome: Sendable {
        /// Nil where it did not end in time; it was killed then.
        var status: Int32?
        var output: String
        var errors: String

        /// Its output as JSON: an object or a list.
        var json: Any? {
            try? JSONSerialization.jsonObject(with: Data(output.utf8))
        }
    }

    /// Runs it to its end.
    func run(
        _ arguments: [String], environment: [String: String] = [:], within patience: Duration = .seconds(15)
    ) async throws -> Outcome {
        let folder = try InteropFolder(rawValue)
        var launch = ChildProcess.Launch(path, arguments)
        launch.output = folder.path("output")
        launch.errors = folder.path("errors")
        launch.environment = ["HOME": folder.path, "CONFAB_SOCKET": "", "XDG_RUNTIME_DIR": folder.path]
        launch.environment.merge(environment) { _, wanted in wanted }
        let process = try ChildProcess(launch)
        let exit = await process.waitForExit(within: patience)
        process.kill()
        var status: Int32?
        if case .status(let code) = exit { status = code }
        return Outcome(
            status: status, output: process.printed, errors: ChildProcess.text(of: folder.path("errors")))
    }
}
