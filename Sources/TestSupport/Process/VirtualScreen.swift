// SPDX-License-Identifier: GPL-3.0-or-later

/// An X server without a screen, and programs that draw on it.
package final class VirtualScreen: Sendable {
    /// As `DISPLAY` has it, such as `:7`.
    package let display: String
    private let server: ChildProcess

    /// - Parameters:
    ///   - numberFile: where the server writes its number to: a file in a folder of the test's.
    ///   - size: in pixels.
    package init(numberFile: String, size: String = "800x600") async throws {
        // The server takes a free number itself and writes it to its standard output.
        var launch = ChildProcess.Launch(
            "sh", ["-c", "exec Xvfb -displayfd 1 -screen 0 \(size)x24 -nolisten tcp -noreset 2>/dev/null"])
        launch.output = numberFile
        let server = try ChildProcess(launch)
        try await Condition.await("Xvfb says its number", within: .seconds(30)) {
            server.printed.hasSuffix("\n") || !server.isRunning
        }
        self.server = server
        display = ":" + server.printed.filter(\.isNumber)
    }

    /// Runs a program that draws.
    package func run(_ program: String, _ arguments: [String]) throws -> ChildProcess {
        var launch = ChildProcess.Launch(program, arguments)
        launch.environment = ["DISPLAY": display]
        return try ChildProcess(launch)
    }

    /// - Parameter color: as X has it, such as `#00A0A0`.
    package func fill(_ color: String) async throws {
        let painter = try run("xsetroot", ["-solid", color])
        guard await painter.waitForExit(within: .seconds(20))?.isSuccess == true else {
            throw ConditionNotMet(what: "a screen of \(color)", patience: .seconds(20))
        }
    }

    package func stop() { server.kill() }
}
