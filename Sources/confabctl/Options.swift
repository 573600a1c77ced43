// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import Glibc
import OperatorAPI

/// What every command takes.
struct Options: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The operator socket; by default CONFAB_SOCKET, else where confabd listens by default.", valueName: "path"))
    var socket: String?

    @Flag(help: "Print JSON, for scripts.")
    var json = false

    /// The arguments with what stands before the command put behind it: `confabctl --socket PATH list` is what people write.
    static func afterCommand(_ arguments: [String]) -> [String] {
        var leading: [String] = []
        var rest = arguments[...]
        while let first = rest.first, first == "--json" || first == "--socket" || first.hasPrefix("--socket=") {
            leading += rest.prefix(first == "--socket" ? 2 : 1)
            rest = rest.dropFirst(first == "--socket" ? 2 : 1)
        }
        guard !rest.isEmpty else { return arguments }
        let end = rest.firstIndex(of: "--") ?? rest.endIndex
        return Array(rest[..<end]) + leading + Array(rest[end...])
    }

    /// Does a command's work; an error of the focus ends the program with one line and its exit code.
    func run(_ work: (OperatorClient) async throws(OperatorClientError) -> Void) async throws {
        let environment = ProcessInfo.processInfo.environment
        let named = (socket ?? environment["CONFAB_SOCKET"]).flatMap { $0.isEmpty ? nil : [absolute($0)] }
        let paths = named ?? OperatorSocket.standardPaths(environment: environment, user: getuid())
        do throws(OperatorClientError) {
            try await work(OperatorClient(paths: paths, operatorName: environment["SUDO_USER"] ?? Self.userName))
        } catch {
            Output.complain(error.description)
            throw ExitCode(error.exitCode)
        }
    }

    /// Prints a value: as JSON where asked for, else in words.
    func show(_ value: some Encodable, _ words: (RoomText) -> String) {
        if json {
            let bytes = (try? WireFormat.encode(value, pretty: true)) ?? []
            Output.write(String(decoding: bytes, as: UTF8.self) + "\n")
        } else {
            Output.write(words(RoomText(now: .now, colours: Output.hasColours)))
        }
    }

    /// Prints what came of a command.
    func show(_ outcome: CommandOutcome, of command: RoomCommand, in room: String) {
        show(outcome) { $0.done(command, in: room, outcome) }
    }

    /// Prints an event on a line.
    func show(_ event: ConferenceEvent) {
        guard json else { return Output.write(EventText.line(event, now: .now, colours: Output.hasColours)) }
        let bytes = (try? WireFormat.encode(event)) ?? []
        Output.write(String(decoding: bytes, as: UTF8.self) + "\n")
    }

    private static var userName: String {
        unsafe getpwuid(getuid()).flatMap { unsafe String(cString: $0.pointee.pw_name) } ?? "uid \(getuid())"
    }

    func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

/// How rooms are named on the command line.
enum RoomName {
    static let help: ArgumentHelp = "The room: its address, or what stands before the @ in it."

    /// The name in `demo`, `demo@192.0.2.7` or `sip:demo@192.0.2.7:5060`.
    static func of(_ text: String) throws -> String {
        let address = text.firstIndex(of: ":").map { text[text.index(after: $0)...] } ?? text[...]
        let name = text.contains("@") ? address.prefix { $0 != "@" } : text[...]
        guard !name.isEmpty else { throw ValidationError("name a room; `confabctl list` shows which there are") }
        return String(name)
    }
}

/// The two output streams.
enum Output {
    /// Colours only where a person looks, and has not said no (no-color.org).
    static var hasColours: Bool {
        let environment = ProcessInfo.processInfo.environment
        return isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// Writes at once, so that a pipe sees each line as it comes. A reader who has gone ends the program quietly.
    static func write(_ text: String, to descriptor: Int32 = STDOUT_FILENO) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { exit(errno == EPIPE ? 0 : 1) }
            bytes = bytes.dropFirst(count)
        }
    }

    static func complain(_ line: String) { write("confabctl: \(TerminalText.safe(line))\n", to: STDERR_FILENO) }
}
