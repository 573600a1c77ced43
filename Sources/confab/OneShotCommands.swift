// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Devices
import UserAgent

/// `confab list HOST`.
struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the conferences of a host.",
        discussion: """
            Each address can be given to `confab call` as it stands.

            EXAMPLES
              confab list conference.example
              confab list 127.0.0.1:5070 --json
              confab list conference.example --follow     until Ctrl-C

            With --json each line is an object with "uri", "name", "members", "maximum";
            with --follow as well, each line is all that there is after a change:
            {"conferences":[{...}, ...]}.
            """)

    @Argument(help: "The conference server: host or host:port.")
    var host: String

    @Flag(help: "One JSON object a line for each conference.")
    var json = false

    @Flag(help: "Show the list again whenever it changes.")
    var follow = false

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let host = host
        if follow { return try await showChanges() }
        let rooms = try await OneShot.run(agent.options) { agent in try await agent.list(host) }
        if json {
            for room in rooms { Output.line(JSONLine(room).text) }
        } else {
            for line in ConferenceTable.lines(rooms) { Output.line(line) }
        }
    }

    private func showChanges() async throws {
        let (host, options) = (host, agent.options)
        let form: CallView.Form = json ? .json : Terminal.isThere ? .screen : .plain
        let reading = Task {
            try await OneShot.run(options) { agent in
                var table = ConferenceTable(form: form)
                for try await rooms in try await agent.follow(host) { table.show(rooms) }
            }
        }
        let console = Console(keys: false) { input in
            if case .interrupt = input { reading.cancel() }
        }
        defer { console.close() }
        try await reading.value
    }
}

/// `confab cancel URI`.
struct CancelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cancel", abstract: "Cancel a conference that you created: everybody in it is sent home.",
        discussion: """
            EXAMPLE
              confab cancel standup@conference.example

            Works from the machine that created it, under the same --user.
            """)

    @Argument(help: "The conference's address, as `confab list` and `confab create` print it.")
    var uri: String

    @OptionGroup var agent: AgentOptions

    func run() async throws {
        let uri = uri
        try await OneShot.run(agent.options) { agent in try await agent.cancel(uri) }
        print("Cancelled.")
    }
}

/// `confab devices`.
struct DevicesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "devices",
        abstract: "List what --mic, --speaker, --camera and --share can name: microphones, speakers, cameras, screens.",
        discussion: """
            EXAMPLES
              confab call demo@conference.example --mic alsa:NAME --speaker alsa:NAME
              confab call demo@conference.example --camera camera:/dev/video0
            """)

    func run() {
        listSound()
        listPictures()
    }

    private func listSound() {
        let devices = AudioDevices.list()
        if devices.isEmpty {
            print(
                "No sound devices. Without one: --mic file:speech.wav or tone:440 or none, --speaker file:heard.wav or none."
            )
        }
        for device in devices {
            let kinds = [device.canCapture ? "microphone" : nil, device.canPlay ? "speaker" : nil].compactMap { $0 }
            print("alsa:\(device.name)  (\(kinds.joined(separator: ", ")))  \(device.summary)")
        }
    }

    private func listPictures() {
        let cameras = VideoDevices.list()
        if cameras.isEmpty {
            print("No cameras. Without one: --camera pattern, image:portrait.png, file:talk.mp4, screen or none.")
        }
        for camera in cameras {
            print("camera:\(camera.path)  (camera)  \(camera.name)")
            for format in camera.formats { print("    \(format)") }
        }
        print(
            VideoWindow.isPossible
                ? "screen  (screen)  all of it; one window of it is screen:PART OF ITS TITLE"
                : "No screen: neither DISPLAY nor WAYLAND_DISPLAY is set.")
    }
}

/// A request, its answer, and words for what went wrong.
enum OneShot {
    static func run<Result: Sendable>(
        _ options: UserAgent.Options, _ body: @Sendable (UserAgent) async throws -> Result
    ) async throws -> Result {
        do {
            let agent = try await UserAgent.start(options)
            do {
                let result = try await body(agent)
                await agent.stop()
                return result
            } catch {
                await agent.stop()
                throw error
            }
        } catch let error as UserAgentError {
            throw Trouble.report(error)
        }
    }
}

/// Errors for people, and the exit codes that go with them.
enum Trouble {
    /// Prints the error; returns what the process ends with.
    static func report(_ error: UserAgentError) -> ExitCode {
        Output.error("confab: \(error)")
        switch error {
        case .refused: return Confab.Exit.refused
        case .address: return .validationFailure
        default: return Confab.Exit.failure
        }
    }
}
