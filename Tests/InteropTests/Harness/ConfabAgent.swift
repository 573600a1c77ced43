// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Picture
import TestSupport

/// Our own `confab call`, as a script would run it, or in a terminal as a person would: a tone as its microphone, a
/// recording of all it hears.
final class ConfabAgent: Sendable {
    struct Options: Sendable {
        var name: String
        /// Hz of the tone it speaks.
        var tone: Double
        /// As `--mic` takes it; nil for the tone.
        var microphone: String?
        /// Codecs it offers, best first.
        var codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]
        var transport = PhoneTransport.udp
        /// Where it logs in.
        var account: PhoneAccount?
        /// `call`, `create` or `answer`.
        var command = "call"
        /// Whether `answer` ends with the first call.
        var answersOnce = true
        /// Whether it runs in a terminal, where keys are heard and events are not printed.
        var hasTerminal = false
        /// As `--camera` takes it; nil for a call without video.
        var camera: String?
        /// Writes what it sees as a movie of that name, and not as PNG files.
        var movie: String?
        /// As `--share` takes it.
        var share: String?
        /// The X display whose screen it may share.
        var display: String?

        init(name: String, tone: Double, codecs: [PhoneCodec] = [.opus, .g722, .pcmu, .pcma]) {
            self.name = name
            self.tone = tone
            self.codecs = codecs
        }
    }

    let options: Options
    private let folder: InteropFolder
    let process: ChildProcess

    /// Calls `target` and waits until the call stands.
    /// - Throws: `CallFailed` with what it printed where the call does not come about.
    static func call(_ target: String, _ options: Options) async throws -> ConfabAgent {
        let agent = try start(target, options)
        if options.hasTerminal {
            // The screen says "in a conference" in its own way; what it hears is proof enough.
            try await Condition.await("confab records", evidence: { agent.printed }) {
                agent.ears.seconds > 0 || !agent.process.isRunning
            }
        } else {
            _ = try await agent.event("established", or: "ended")
        }
        guard agent.process.isRunning, agent.events.last?["event"] as? String != "ended" else {
            throw CallFailed(reason: agent.printed)
        }
        return agent
    }

    /// Lets it wait for calls (`confab answer`), and returns once it can be called there.
    static func answering(at port: Int, _ options: Options) async throws -> ConfabAgent {
        var options = options
        options.command = "answer"
        let agent = try start("--listen=127.0.0.1:\(port)", options)
        try await agent.event("notice") { "\($0["text"] ?? "")".hasPrefix("Waiting for calls") }
        return agent
    }

    /// Starts it and does not wait.
    static func start(_ target: String, _ options: Options) throws -> ConfabAgent {
        let folder = try InteropFolder("confab-\(options.name)")
        var command = [
            OwnProgram.confab.path, options.command, target, "--name", options.name, "--user", options.name,
            "--mic", options.microphone ?? "tone:\(Int(options.tone))@-12",
            "--speaker", "file:\(folder.path("heard.wav"))",
            "--codec", options.codecs.map(\.rawValue).joined(separator: ","),
            "--transport", options.transport.rawValue,
        ]
        if let camera = options.camera {
            command += ["--camera", camera, "--quality", "low", "--video-out"]
            command.append(folder.path(options.movie ?? "seen"))
            command += ["--video-out-rate", "5"] + (options.hasTerminal ? ["--no-window"] : [])
            if let share = options.share { command += ["--share", share] }
        } else if options.hasTerminal {
            command.append("--no-video")
        }
        if let account = options.account { command += ["--account", "sip:\(account.user)@\(account.server)"] }
        if options.command == "answer", options.answersOnce { command.append("--once") }
        if !options.hasTerminal { command += ["--headless", "--json", "--chat-input"] }
        var launch = ChildProcess.Launch(command.removeFirst(), command)
        if options.hasTerminal {
            let line = ([OwnProgram.confab.path] + command).map { "'\($0)'" }.joined(separator: " ")
            launch = ChildProcess.Launch("script", ["-qefc", line, "/dev/null"])
        }
        launch.takesInput = true
        launch.output = folder.path("output")
        launch.errors = folder.path("errors")
        launch.environment = ["TERM": "xterm"]
        if let account = options.account { launch.environment["CONFAB_PASSWORD"] = account.password }
        if let display = options.display { launch.environment["DISPLAY"] = display }
        return ConfabAgent(options: options, folder: folder, process: try ChildProcess(launch))
    }

    private init(options: Options, folder: InteropFolder, process: ChildProcess) {
        self.options = options
        self.folder = folder
        self.process = process
    }

    /// What it hears.
    var ears: Ears {
        let heard = folder.path("heard.wav")
        return Ears(rawRate: 48_000) { FileManager.default.fileExists(atPath: heard) ? heard : nil }
    }

    /// The newest of the pictures that it writes; nil while there is none.
    var seen: PictureFrame? {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path("seen"))) ?? []
        guard let newest = files.filter({ $0.hasSuffix(".png") }).max(),
            let bytes = FileManager.default.contents(atPath: folder.path("seen/\(newest)"))
        else { return nil }
        return try? PNG.decode([UInt8](bytes))
    }

    /// Where its movie is, whole once it has ended; nil where it writes none.
    var moviePath: String? { options.movie.map { folder.path($0) } }

    var printed: String { process.printed + ChildProcess.text(of: folder.path("errors")) }

    /// The events printed so far.
    var events: [[String: Any]] {
        process.printed.split(separator: "\n").compactMap {
            (try? JSONSerialization.jsonObject(with: Data($0.utf8))) as? [String: Any]
        }
    }

    /// How many events were printed so far: a mark for `event`.
    var mark: Int { events.count }

    /// Waits for the first event of that kind, or of the other, after `mark`.
    @discardableResult
    func event(
        _ kind: String, or other: String = "", after mark: Int = 0, within patience: Duration = .seconds(10),
        where isRight: @escaping @Sendable ([String: Any]) -> Bool = { _ in true }
    ) async throws -> [String: Any] {
        @Sendable func find() -> [String: Any]? {
            events.dropFirst(mark).first { event in
                guard let name = event["event"] as? String else { return false }
                return (name == kind && isRight(event)) || name == other
            }
        }
        try await Condition.await("confab prints \(kind)", within: patience, evidence: { self.printed }) {
            find() != nil || !self.process.isRunning
        }
        guard let event = find() else { throw CallFailed(reason: "confab ended: \(printed)") }
        return event
    }

    /// Presses a key; with a terminal only.
    func press(_ key: Character) {
        process.write(String(key))
    }

    /// Ctrl-C, and what it ends with.
    @discardableResult
    func hangUp() async -> ChildProcess.Exit? {
        if options.hasTerminal {
            press("q")
        } else {
            process.signal(SIGINT)
        }
        _ = await process.waitForExit(within: .seconds(5))
        process.kill()
        return process.exit
    }
}
