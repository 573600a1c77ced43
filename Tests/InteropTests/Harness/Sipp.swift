// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// One run of sipp: a scenario, ours (`Scenarios/NAME.xml`) or one of its own, played against an address.
struct Sipp: Sendable {
    /// What it plays.
    enum Scenario: Sendable {
        /// `Scenarios/NAME.xml` of these tests.
        case ours(String)
        /// `uac`, `uas` and such that sipp has built in.
        case builtIn(String)
        /// A scenario written out.
        case text(String)
    }

    /// How it went.
    struct Outcome: Sendable {
        /// sipp's own verdict: 0 when every call went as its scenario says.
        var exit: ChildProcess.Exit?
        /// What it printed at the end.
        var screen: String
        /// What it complained of, one line each unexpected message.
        var errors: String
        /// Every SIP message both ways.
        var messages: String

        var isSuccess: Bool { exit?.isSuccess == true }
    }

    var scenario: Scenario
    /// `127.0.0.1:5060`, or nil for one that waits to be called.
    var target: String?
    /// The user part called: the room.
    var service = "room"
    /// Calls to place or take in all.
    var calls = 1
    /// New calls each second.
    var rate = 1
    /// Calls open at once.
    var limit = 10
    /// How long each call lasts where the scenario says so, ms.
    var pause = 500
    var transport = PhoneTransport.udp
    /// Its own address, IPv6 in brackets.
    var host = "127.0.0.1"
    /// Messages of ours that get lost on purpose, percent.
    var loss = 0
    /// Whether media that comes is sent back.
    var echoes = false
    /// Whose password it knows.
    var account: PhoneAccount?
    /// `[NAME]` in the scenario.
    var keys = ["session_expires": "90", "too_small": "60", "audio_port": "9"]
    /// How long the whole run may take.
    var patience = Duration.seconds(60)

    init(_ scenario: Scenario, target: String? = nil) {
        self.scenario = scenario
        self.target = target
    }

    /// Runs it to its end.
    func run() async throws -> Outcome {
        let running = try await start()
        // sipp ends itself after `patience`, and writes its files then.
        return await running.outcome(within: patience + .seconds(5))
    }

    /// A run under way.
    final class Running: Sendable {
        /// Its SIP port on 127.0.0.1.
        let port: Int
        private let process: ChildProcess
        private let folder: InteropFolder

        init(port: Int, process: ChildProcess, folder: InteropFolder) {
            self.port = port
            self.process = process
            self.folder = folder
        }

        var isRunning: Bool { process.isRunning }
        /// Every SIP message both ways so far.
        var messages: String { ChildProcess.text(of: folder.path("messages")) }

        /// Lets a callee answer whose scenario waits for OPTIONS in its call: no caller of ours sends them.
        func answer() async throws {
            guard let invite = SippTrace(messages).requests("INVITE").first else {
                throw CallFailed(reason: "nobody has called sipp")
            }
            let uri = "sip:sipp@127.0.0.1:\(port)"
            let prompter = try RawSIPPeer(target: port)
            await prompter.send(lines: [
                "OPTIONS \(uri) SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:\(prompter.port);branch=z9hG4bK-answer",
                "Max-Forwards: 70", "From: <sip:test@127.0.0.1>;tag=test", "To: <\(uri)>",
                "Call-ID: \(RawSIPPeer.header("Call-ID", of: invite))", "CSeq: 1 OPTIONS",
            ])
        }

        /// Waits for its end, or kills it.
        func outcome(within patience: Duration) async -> Outcome {
            _ = await process.waitForExit(within: patience)
            process.kill()
            return Outcome(
                exit: process.exit, screen: process.printed, errors: ChildProcess.text(of: folder.path("errors")),
                messages: messages)
        }
    }

    /// Starts it and, where it waits to be called, returns once it listens.
    func start() async throws -> Running {
        let folder = try InteropFolder("sipp")
        let port = try FreePort.allocate()
        let media = try FreePort.allocate(count: 4)
        var arguments = target.map { [$0] } ?? []
        switch scenario {
        case .ours(let name): arguments += ["-sf", Self.path(of: name)]
        case .builtIn(let name): arguments += ["-sn", name]
        case .text(let text):
            try folder.write(text, as: "scenario.xml")
            arguments += ["-sf", folder.path("scenario.xml")]
        }
        arguments += [
            "-s", service, "-i", host, "-p", "\(port)", "-mi", host, "-mp", "\(media)",
            "-m", "\(calls)", "-r", "\(rate)", "-l", "\(limit)", "-d", "\(pause)",
            "-t", transport == .udp ? "u1" : "t1", "-nostdin", "-timeout_error",
            "-timeout", "\((Condition.deadline(after: patience) - .now).components.seconds + 1)",
            "-trace_err", "-error_file", folder.path("errors"),
            "-trace_msg", "-message_file", folder.path("messages"),
        ]
        if let account { arguments += ["-au", account.user, "-ap", account.password] }
        if loss > 0 { arguments += ["-lost", "\(loss)"] }
        if echoes { arguments.append("-rtp_echo") }
        for (name, value) in keys.sorted(by: { $0.key < $1.key }) { arguments += ["-key", name, value] }
        var launch = ChildProcess.Launch("sipp", arguments)
        launch.folder = folder.path
        launch.output = folder.path("screen")
        launch.environment = ["TERM": "dumb"]
        let process = try ChildProcess(launch)
        if target == nil {
            try await Condition.await("sipp listens on \(port)", evidence: { process.printed }) {
                !FreePort.isFree(port) || !process.isRunning
            }
        }
        return Running(port: port, process: process, folder: folder)
    }

    /// Scenarios lie beside the tests, in the sources: no bundle is needed to find them.
    static func path(of name: String) -> String {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Scenarios/\(name).xml").path(percentEncoded: false)
    }

    /// The scenarios of ours in which sipp calls, by name.
    static var callers: [String] { all.filter { !$0.hasPrefix(calleePrefix) } }

    /// Those in which it is called.
    static var callees: [String] { all.filter { $0.hasPrefix(calleePrefix) } }

    private static let calleePrefix = "called_"

    private static var all: [String] {
        let folder = URL(filePath: path(of: "x")).deletingLastPathComponent()
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false))) ?? []
        return files.filter { $0.hasSuffix(".xml") }.map { String($0.dropLast(4)) }.sorted()
    }
}
