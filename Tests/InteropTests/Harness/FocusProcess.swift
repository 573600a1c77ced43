// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// The real `confabd`, with a configuration, ports and an operator socket of its own.
final class FocusProcess: Sendable {
    struct Options: Sendable {
        /// Numeric addresses it listens on, by UDP and TCP each.
        var hosts = ["127.0.0.1"]
        /// Nil takes a free one.
        var port: Int?
        /// Section, key and value of the configuration, on top of what the tests need.
        var settings: [String: [String: String]] = [:]
        /// How long it may take over its end.
        var drain = "5s"
        /// A command that runs it, with its command line as further arguments.
        var launcher: [String] = []
    }

    let port: Int
    let socket: String
    let process: ChildProcess
    private let folder: InteropFolder
    private let options: Options

    /// Starts it and waits until it can be called.
    static func start(_ options: Options = Options()) async throws -> FocusProcess {
        let focus = try launch(options)
        try await Condition.await("confabd is ready", evidence: { focus.log }) {
            focus.process.printed.contains("is ready") || !focus.process.isRunning
        }
        guard focus.process.isRunning else { throw CallFailed(reason: "confabd ended: \(focus.log)") }
        return focus
    }

    /// Starts it and does not wait: for one that is not to come up.
    static func launch(_ options: Options = Options()) throws -> FocusProcess {
        let folder = try InteropFolder("focus")
        let port = try options.port ?? FreePort.allocate()
        try folder.write(configuration(options, port: port, socket: folder.path("s")), as: "confabd.yaml")
        let command = options.launcher + [OwnProgram.confabd.path, "--config", folder.path("confabd.yaml")]
        var launch = ChildProcess.Launch(command[0], Array(command.dropFirst()))
        launch.output = folder.path("output")
        launch.errors = folder.path("log")
        return FocusProcess(
            port: port, socket: folder.path("s"), process: try ChildProcess(launch), folder: folder, options: options)
    }

    private init(port: Int, socket: String, process: ChildProcess, folder: InteropFolder, options: Options) {
        self.port = port
        self.socket = socket
        self.process = process
        self.folder = folder
        self.options = options
    }

    /// What it logged so far.
    var log: String { ChildProcess.text(of: folder.path("log")) }

    /// How much it logged so far: a mark for `awaitLogged`.
    var mark: Int { log.utf8.count }

    var address: String { "127.0.0.1:\(port)" }

    /// The URI of a room.
    func uri(_ room: String, host: String = "127.0.0.1", transport: PhoneTransport = .udp) -> String {
        PhoneTransport.uri(room, host: host, port: port, transport)
    }

    /// Waits until `text` is logged after `mark`.
    func awaitLogged(_ text: String, after mark: Int = 0, within patience: Duration = .seconds(10)) async throws {
        try await Condition.await("confabd logs \(text)", within: patience, evidence: { self.log }) {
            String(decoding: self.log.utf8.dropFirst(mark), as: UTF8.self).contains(text)
        }
    }

    /// Runs `confabctl` against it.
    func ctl(_ arguments: String...) async throws -> OwnProgram.Outcome {
        try await ctl(arguments)
    }

    func ctl(_ arguments: [String]) async throws -> OwnProgram.Outcome {
        try await OwnProgram.confabctl.run(arguments + ["--socket", socket])
    }

    /// Makes a user, and says by what it logs in.
    func account(_ name: String) async throws -> PhoneAccount {
        let made = try await ctl("user", "add", name, "--generate", "--json")
        guard let password = (made.json as? [String: Any])?["password"] as? String else {
            throw CallFailed(reason: "no account of \(name): \(made)")
        }
        return PhoneAccount(user: name, password: password, server: address)
    }

    /// The members of a room as `confabctl show --json` has them; none where there is no such room.
    func members(of room: String) async throws -> [[String: Any]] {
        let shown = try await ctl("show", room, "--json").json as? [String: Any]
        return shown?["members"] as? [[String: Any]] ?? []
    }

    /// RTP and RTCP packets that came so far, dropped ones included.
    var packetsIn: Int {
        get async throws {
            let figures = try await ctl("stats", "--json").json as? [String: Any]
            return figures?["packetsIn"] as? Int ?? 0
        }
    }

    /// Writes its configuration anew and has it read.
    func reload(_ settings: [String: [String: String]] = [:], drain: String? = nil) throws {
        var options = options
        if let drain { options.drain = drain }
        for (section, keys) in settings { options.settings[section, default: [:]].merge(keys) { $1 } }
        try folder.write(Self.configuration(options, port: port, socket: socket), as: "confabd.yaml")
        process.signal(SIGHUP)
    }

    /// Ends it and says how it went.
    @discardableResult
    func stop(_ signal: Int32 = SIGTERM, within patience: Duration = .seconds(12)) async -> ChildProcess.Exit? {
        await process.stop(signal, within: patience)
    }

    private static func configuration(_ options: Options, port: Int, socket: String) -> String {
        let addresses = options.hosts.map { $0.contains(":") ? "[\($0)]" : $0 }
        let listen = addresses.flatMap { ["\"udp:\($0):\(port)\"", "\"tcp:\($0):\(port)\""] }
        var sections: [String: [String: String]] = [
            "sip": ["listen": "[\(listen.joined(separator: ", "))]"],
            // Above what the harness hands out to phones, below what Linux hands out.
            "media": ["rtp-ports": "30000-32766"],
            "audio": ["chimes": "false", "lone-member-music": "false"],
            "operator": ["socket": socket],
            "log": ["level": "debug"],
        ]
        for (section, keys) in options.settings { sections[section, default: [:]].merge(keys) { $1 } }
        var lines = ["workers: 1", "drain: \(options.drain)"]
        for (section, keys) in sections.sorted(by: { $0.key < $1.key }) {
            lines.append("\(section):")
            lines += keys.sorted { $0.key < $1.key }.map { "  \($0.key): \($0.value)" }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
