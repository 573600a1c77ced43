// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import Focus
import Foundation
import Logging
import SIP

@main
struct Confabd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "confabd",
        abstract: "The Confab conference focus: answers SIP calls into rooms and mixes them.",
        discussion: """
            Runs in the foreground and prints what to dial. Dialling any name makes a room
            of that name; others join it by dialling the same. `confab call` is a telephone
            for it, `confabctl` looks inside.

            Without --config it reads /etc/confab/confabd.yaml if that exists, and else
            runs on its defaults, on port 5060 of every address.

            EXAMPLES
              confabd                               run; dial sip:any-name@this-host
              confabd --config Conf/confabd.yaml    run with a file
              confabd --listen udp:127.0.0.1:5070   another port, this time only
              confabd --check --config my.yaml      look for mistakes in a file

            SIGNALS
              TERM, INT   say goodbye to the members, within `drain`, and exit 0
              HUP         read the configuration again

            EXIT STATUS
              0  ended as asked      1  cannot run: port in use, no permission
              78 the configuration has a mistake
            """,
        version: Release.version)

    @Option(name: .shortAndLong, help: ArgumentHelp("Read the configuration from FILE.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Listen here and not where the file says: udp:HOST:PORT or tcp:HOST:PORT. Once for each place.",
            valueName: "address"))
    var listen: [String] = []

    @Option(help: ArgumentHelp("Serve operators (confabctl) on this Unix socket.", valueName: "path"))
    var socket: String?

    @Option(
        help: ArgumentHelp(
            "How much to log: trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel: String?

    @Flag(help: "Check the configuration, print every value that it gives, and exit.")
    var check = false

    func run() async throws {
        let configuration: FocusConfiguration
        do throws(ConfigurationError) {
            configuration = try load()
        } catch {
            FileHandle.standardError.write(Data("\(error)\n".utf8))
            throw ExitCode(78)
        }
        if check {
            for (key, value) in configuration.values { print("\(key): \(value)") }
            return
        }
        LoggingSystem.bootstrap { label in
            switch configuration.log.format {
            case .text: LineLogHandler(StreamLogHandler.standardError(label: label))
            case .json: JSONLogHandler(label: label)
            }
        }
        var logger = Logger(label: "confabd")
        logger.logLevel = Logger.Level(rawValue: configuration.log.level.rawValue) ?? .info
        do {
            try await Daemon(configuration, logger: logger, reload: load).run()
        } catch {
            FileHandle.standardError.write(Data("confabd: \(error)\(Self.advice(on: error))\n".utf8))
            throw ExitCode(1)
        }
    }

    /// What to do about an error of the start.
    private static func advice(on error: any Error) -> String {
        switch error as? SIPTransportError {
        case .addressInUse:
            "; stop that one, or choose another port with --listen, or sip.listen in the configuration"
        case .cannotBind: "; choose an address of this machine with --listen, or sip.listen in the configuration"
        case .alreadyStarted, nil: ""
        }
    }

    /// The file's configuration with what the command line says on top.
    @Sendable
    private func load() throws(ConfigurationError) -> FocusConfiguration {
        var configuration = FocusConfiguration()
        let standard = "/etc/confab/confabd.yaml"
        if let file = config ?? (FileManager.default.fileExists(atPath: standard) ? standard : nil) {
            configuration = try FocusConfiguration(file: file)
        }
        var lines: [String] = []
        if !listen.isEmpty { lines.append("sip: {listen: [\(listen.map { "\"\($0)\"" }.joined(separator: ", "))]}") }
        if let socket { lines.append("operator: {socket: \"\(socket)\"}") }
        if let logLevel { lines.append("log: {level: \(logLevel)}") }
        guard !lines.isEmpty else { return configuration }
        let given: FocusConfiguration
        do throws(ConfigurationError) {
            given = try FocusConfiguration(yaml: lines.joined(separator: "\n"), file: "command line")
        } catch {
            // Lines and columns would be of a text that nobody wrote.
            throw ConfigurationError(error.problems.map { .init(file: $0.file, message: $0.message) })
        }
        if !listen.isEmpty { configuration.sip.listen = given.sip.listen }
        if socket != nil { configuration.operator.socket = given.operator.socket }
        if logLevel != nil { configuration.log.level = given.log.level }
        return configuration
    }
}
