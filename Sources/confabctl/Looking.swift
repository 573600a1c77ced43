// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import OperatorAPI

struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List the rooms.")

    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let rooms = try await client.rooms()
            options.show(rooms) { $0.list(rooms) }
        }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show a room: its members, their codecs, addresses, losses and levels.",
        discussion: "EXAMPLE\n  confabctl show demo")

    @Argument(help: RoomName.help, transform: RoomName.of) var room: String
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let detail = try await client.room(room)
            options.show(detail) { $0.show(detail) }
        }
    }
}

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say why a member is not heard, hears nothing, is not seen or sees nobody.",
        discussion: """
            What is wrong, what was chosen and how it fares, what both sides described, and
            the last SIP messages and media events of the call.

            EXAMPLES
              confabctl explain 3
              confabctl explain bob --room demo
            """)

    @Argument(help: "The member: its number, SIP URI, user name or display name.") var member: String
    @Option(help: "Its room, where several have one like it.", transform: RoomName.of) var room: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let explanation = try await client.explain(member, in: room)
            options.show(explanation) { $0.explain(explanation) }
        }
    }
}

struct Watch: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Follow what happens, until Ctrl-C or until the focus stops.",
        discussion: """
            With --json one event stands on each line.

            EXAMPLES
              confabctl watch
              confabctl watch demo --json | jq .kind
            """)

    @Argument(help: "One room only. It need not exist yet.", transform: RoomName.of) var room: String?
    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            var expected: UInt64 = 1
            try await client.watch(room: room) { event in
                if event.sequence > expected, !options.json {
                    Output.write(EventText.gap(event.sequence - expected))
                }
                expected = event.sequence + 1
                options.show(event)
            }
            throw .stopped
        }
    }
}

struct Stats: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the focus in figures.",
        discussion: "For Prometheus, the same and more stands at /metrics (operator.metrics-listen).")

    @OptionGroup var options: Options

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let statistics = try await client.statistics()
            options.show(statistics) { _ in
                StatisticsText.render(statistics, now: .now, colours: Output.hasColours)
            }
        }
    }
}

struct Version: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show the versions of confabctl and of the focus.")

    @OptionGroup var options: Options

    func run() async throws {
        let own = VersionInfo(program: "confabctl", version: Release.version, api: WireFormat.version)
        if !options.json { Output.write(words(own)) }
        try await options.run { client throws(OperatorClientError) in
            let focus = try await client.version()
            options.show([own, focus]) { _ in words(focus) }
        }
    }

    private func words(_ info: VersionInfo) -> String {
        "\(info.program) \(info.version) (operator API \(info.api))\n"
    }
}
