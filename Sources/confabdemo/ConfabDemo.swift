// SPDX-License-Identifier: GPL-3.0-or-later

import ArgumentParser
import Dispatch
import Glibc

/// `make demo`: a focus and three user agents that speak, and a check of what each of them heard.
@main
struct ConfabDemo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confabdemo",
        abstract: "Three speakers meet in a room of a focus started for them; what each heard is checked.",
        discussion: "Needs espeak-ng and no sound card. Exits 0 when each heard the other two and not itself.")

    @Option(help: "How long the meeting lasts, in seconds.")
    var seconds = 20

    @Option(help: "Folder for the voices, what was heard and the logs.")
    var output = "demo-out"

    @Option(help: "Folder of confabd, confab and confabctl; by default that of this program.")
    var programs: String?

    @Option(help: "The focus's configuration; ports that are taken are replaced in a copy.")
    var config = "Conf/confabd.yaml"

    func validate() throws {
        guard (8...600).contains(seconds) else { throw ValidationError("--seconds is 8 to 600") }
    }

    func run() async throws {
        let meeting = try Meeting(
            seconds: seconds, folder: output, programs: programs ?? Self.ownFolder, configuration: config)
        let work = Task { try await meeting.run() }
        // Ctrl-C ends the meeting as `leave` would: everybody hangs up, the focus goes, nothing is left running.
        _ = signal(SIGINT, SIG_IGN)
        _ = signal(SIGTERM, SIG_IGN)
        let sources = [SIGINT, SIGTERM].map { number in
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { work.cancel() }
            source.resume()
            return source
        }
        defer { for source in sources { source.cancel() } }
        do {
            let passed = try await work.value
            if !passed { throw ExitCode.failure }
        } catch let trouble as DemoTrouble {
            print("\(trouble)")
            throw ExitCode.failure
        } catch is CancellationError {
            print("Stopped.")
            throw ExitCode(130)
        }
    }

    private static var ownFolder: String {
        let path = CommandLine.arguments.first ?? ""
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return String(path[..<slash])
    }
}

/// Why the demo cannot go on, in words for the person who started it.
struct DemoTrouble: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
