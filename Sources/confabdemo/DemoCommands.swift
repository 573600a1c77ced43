// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport

/// The command lines of our own programs, all in one place.
struct DemoCommands {
    /// Folder of the programs.
    var programs: String
    /// Where the focus listens for SIP on 127.0.0.1.
    var sipPort: Int
    /// The operator's Unix socket.
    var socket: String

    static let room = "demo"

    var roomURI: String {
        sipPort == 5060 ? "sip:\(Self.room)@127.0.0.1" : "sip:\(Self.room)@127.0.0.1:\(sipPort)"
    }

    func focus(configuration: String, log: String) -> ChildProcess.Launch {
        var launch = ChildProcess.Launch("\(programs)/confabd", ["--config", configuration])
        launch.output = log
        return launch
    }

    func agent(_ voice: Voice, heard: String, log: String) -> ChildProcess.Launch {
        var launch = ChildProcess.Launch(
            "\(programs)/confab",
            [
                "call", roomURI, "--headless", "--json", "--name", voice.name, "--user", voice.name.lowercased(),
                "--mic", "file:\(voice.path)",
                "--speaker",
                "file:\(heard)",
            ])
        launch.output = log
        return launch
    }

    func roster(output: String) -> ChildProcess.Launch {
        var launch = ChildProcess.Launch("\(programs)/confabctl", ["show", Self.room, "--socket", socket])
        launch.output = output
        return launch
    }

    /// The shipped configuration with this run's SIP port and socket.
    func configured(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            if line.hasPrefix("  socket: ") { return "  socket: \(socket)" }
            if line.hasPrefix("    - "), line.hasSuffix(":5060") { return "\(line.dropLast(4))\(sipPort)" }
            return String(line)
        }.joined(separator: "\n")
    }
}
