// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// The whole of the demo: voices, focus, three calls, the roster while they speak, and the check.
struct Meeting {
    private let seconds: Int
    private let folder: String
    private let commands: DemoCommands
    private let configuration: String
    private let voices: [Voice]

    /// - Throws: `DemoTrouble` where a program or the configuration is missing.
    init(seconds: Int, folder: String, programs: String, configuration: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for program in ["confabd", "confab", "confabctl"] {
            guard FileManager.default.isExecutableFile(atPath: "\(programs)/\(program)") else {
                throw DemoTrouble("\(programs)/\(program) is not built yet: make build")
            }
        }
        let port = FreePort.isFree(5060) ? 5060 : try FreePort.allocate()
        commands = DemoCommands(
            programs: programs, sipPort: port,
            socket: FileManager.default.temporaryDirectory.appending(path: "confab-demo-\(getpid()).sock").path())
        guard let text = try? String(contentsOfFile: configuration, encoding: .utf8) else {
            throw DemoTrouble("\(configuration) cannot be read; run the demo from the folder of the project")
        }
        self.configuration = "\(folder)/confabd.yaml"
        try commands.configured(text).write(toFile: self.configuration, atomically: true, encoding: .utf8)
        self.seconds = seconds
        self.folder = folder
        voices = Voice.all(in: folder)
    }

    /// - Returns: whether each heard the other two and not itself.
    func run() async throws -> Bool {
        print("Recording three voices with espeak-ng ...")
        for voice in voices { try await voice.record() }
        let focusLog = "\(folder)/confabd.log"
        let focus = try ChildProcess(commands.focus(configuration: configuration, log: focusLog))
        defer { focus.kill() }
        let port = commands.sipPort
        let listens = await Condition.holds(within: .seconds(10)) { !focus.isRunning || !FreePort.isFree(port) }
        guard listens, focus.isRunning else {
            throw DemoTrouble("confabd did not start; it said:\n\(focus.printed.suffix(2000))")
        }
        print("The focus listens on 127.0.0.1:\(port). Dial \(commands.roomURI) yourself, if you like.")
        let agents = try voices.map { voice in
            try ChildProcess(
                commands.agent(voice, heard: heard(by: voice), log: "\(folder)/\(voice.name.lowercased()).jsonl"))
        }
        defer { for agent in agents { agent.kill() } }
        try await show(agents: agents, focus: focus)
        print("\nEverybody hangs up.")
        var orderly = true
        for agent in agents { agent.signal(SIGINT) }
        for (agent, voice) in zip(agents, voices) {
            let exit = await agent.waitForExit(within: .seconds(5))
            guard exit?.isSuccess != true else { continue }
            orderly = false
            print("  \(voice.name)'s confab did not end as it should: \(exit.map { "\($0)" } ?? "it had to be killed")")
            agent.kill()
        }
        let exit = await focus.stop(SIGTERM, within: .seconds(10))
        if exit?.isSuccess != true {
            orderly = false
            print("  confabd did not end as it should: \(exit.map { "\($0)" } ?? "it had to be killed")")
        }
        try Task.checkCancellation()
        return try Hearing(voices: voices, heard: voices.map(heard)).report() && orderly
    }

    private func heard(by voice: Voice) -> String {
        "\(folder)/\(voice.name.lowercased())-heard.wav"
    }

    /// Shows who is there and who talks, until the time is over.
    private func show(agents: [ChildProcess], focus: ChildProcess) async throws {
        var screen = RosterScreen()
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let snapshot = try ChildProcess(commands.roster(output: "\(folder)/roster.txt"))
            _ = await snapshot.waitForExit(within: .seconds(2))
            let left = Int((end - ContinuousClock.now).components.seconds) + 1
            screen.show(snapshot.printed, secondsLeft: min(left, seconds))
            for (agent, voice) in zip(agents, voices) where !agent.isRunning {
                throw DemoTrouble("\(voice.name)'s confab ended early; it said:\n\(agent.printed.suffix(2000))")
            }
            guard focus.isRunning else {
                throw DemoTrouble("confabd ended early; it said:\n\(focus.printed.suffix(2000))")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }
}

/// Draws the roster over itself in a terminal, and now and then anew where the output goes elsewhere.
struct RosterScreen {
    private let isTerminal = isatty(STDOUT_FILENO) == 1
    private var drawn = 0
    private var looks = 0

    mutating func show(_ text: String, secondsLeft: Int) {
        defer { looks += 1 }
        guard isTerminal || looks % 10 == 4 else { return }
        let lines =
            ["", "Room \(DemoCommands.room), \(secondsLeft) s to go"]
            + text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if isTerminal, drawn > 0 { print("\u{1B}[\(drawn)A\u{1B}[J", terminator: "") }
        print(lines.joined(separator: "\n"))
        fflush(nil)
        drawn = lines.count
    }
}
