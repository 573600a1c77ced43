// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import OperatorAPI

/// Which records, for the commands that print some.
struct RecordOptions: ParsableArguments {
    @Option(help: "Of one room only.", transform: RoomName.of) var room: String?

    @Option(
        help: ArgumentHelp("From then on: 2026-01-31, or 2026-01-31T09:00:00Z.", valueName: "time"),
        transform: Self.time)
    var since: Date?

    @Option(help: ArgumentHelp("Before then.", valueName: "time"), transform: Self.time) var until: Date?

    @Option(help: ArgumentHelp("At most so many, the latest.", valueName: "count")) var limit: Int?

    @Flag(help: "Print CSV, with a line of column names.") var csv = false

    /// Lines of a table where nobody says how many.
    static let usual = 100

    var query: RecordQuery { RecordQuery(room: room, since: since, until: until) }

    func validate() throws {
        guard (limit ?? 1) >= 1 else { throw ValidationError("--limit is a number from 1 on") }
    }

    private static func time(_ text: String) throws -> Date {
        let whole = text.count == 10 ? text + "T00:00:00Z" : text
        guard let date = try? Date(whole, strategy: .iso8601) else {
            throw ValidationError("\"\(text)\" is no time: write 2026-01-31, or 2026-01-31T09:00:00Z")
        }
        return date
    }
}

/// A command that prints one kind of what is kept.
protocol KeptCommand: AsyncParsableCommand {
    associatedtype Entry: Encodable, Equatable, Sendable
    var records: RecordOptions { get }
    var options: Options { get }
    static func fetch(_ query: RecordQuery, _ client: OperatorClient) async throws(OperatorClientError) -> [Entry]
    static func table(_ entries: [Entry]) -> String
    static func csv(_ entries: [Entry]) -> String
}

extension KeptCommand {
    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            // One more than is shown tells whether there are more.
            let most = records.limit ?? RecordOptions.usual + 1
            var entries = try await RecordPages.all(records.query, limit: most) { query throws(OperatorClientError) in
                try await Self.fetch(query, client)
            }
            if records.limit == nil, entries.count == most {
                entries.removeLast()
                Output.complain("these are the latest \(entries.count), there are more: --limit")
            }
            if records.csv { return Output.write(Self.csv(entries)) }
            options.show(entries) { _ in Self.table(entries) }
        }
    }
}

struct Records: KeptCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show calls that are over: who, when, how long, codec, loss, why it ended.",
        discussion: """
            Needs `storage.file` in the configuration.

            EXAMPLES
              confabctl records --room demo
              confabctl records --since 2026-01-01 --limit 10000 --csv > january.csv
            """)

    @OptionGroup var records: RecordOptions
    @OptionGroup var options: Options

    static func fetch(
        _ query: RecordQuery, _ client: OperatorClient
    ) async throws(OperatorClientError) -> [StoredCall] {
        try await client.calls(query)
    }

    static func table(_ entries: [StoredCall]) -> String {
        RecordText.calls(entries, now: .now, colours: Output.hasColours)
    }

    static func csv(_ entries: [StoredCall]) -> String { RecordText.csv(entries) }
}

struct Audit: KeptCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show who commanded what, and what came of it.",
        discussion: "Needs `storage.file` in the configuration.\n\nEXAMPLE\n  confabctl audit --room demo")

    @OptionGroup var records: RecordOptions
    @OptionGroup var options: Options

    static func fetch(
        _ query: RecordQuery, _ client: OperatorClient
    ) async throws(OperatorClientError) -> [AuditEntry] {
        try await client.audit(query)
    }

    static func table(_ entries: [AuditEntry]) -> String {
        RecordText.audit(entries, now: .now, colours: Output.hasColours)
    }

    static func csv(_ entries: [AuditEntry]) -> String { RecordText.csv(entries) }
}

struct Messages: KeptCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what was said in chats, the latest first.",
        discussion: """
            Needs `storage.file` in the configuration; `chat.keep` says how long it is kept.

            EXAMPLES
              confabctl messages --room demo
              confabctl messages --since 2026-01-01 --limit 10000 --csv > january.csv
            """)

    @OptionGroup var records: RecordOptions
    @OptionGroup var options: Options

    static func fetch(
        _ query: RecordQuery, _ client: OperatorClient
    ) async throws(OperatorClientError) -> [ChatMessage] {
        try await client.messages(query)
    }

    static func table(_ entries: [ChatMessage]) -> String {
        RecordText.messages(entries, now: .now, colours: Output.hasColours)
    }

    static func csv(_ entries: [ChatMessage]) -> String { RecordText.csv(entries) }
}

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print all that is kept as one JSON object: accounts, rooms, calls, commands, chats.",
        discussion: """
            Passwords are not in it; PINs of rooms are. One kind each as a table is in `records`,
            `audit` and `messages`, with --csv.

            EXAMPLE
              confabctl export > confab.json
            """)

    @OptionGroup var records: RecordOptions
    @OptionGroup var options: Options

    private struct Everything: Encodable {
        var users: [UserSummary]
        var rooms: [RoomDefinition]
        var calls: [StoredCall]
        var audit: [AuditEntry]
        var messages: [ChatMessage]
    }

    func validate() throws {
        if records.csv { throw ValidationError("--csv is for one kind: records, audit or messages") }
    }

    func run() async throws {
        try await options.run { client throws(OperatorClientError) in
            let everything = Everything(
                users: try await client.users(), rooms: try await client.arrangedRooms(),
                calls: try await all(client, Records.self), audit: try await all(client, Audit.self),
                messages: try await all(client, Messages.self))
            let bytes = (try? WireFormat.encode(everything, pretty: true)) ?? []
            Output.write(String(decoding: bytes, as: UTF8.self) + "\n")
        }
    }

    private func all<Kind: KeptCommand>(
        _ client: OperatorClient, _ kind: Kind.Type
    ) async throws(OperatorClientError) -> [Kind.Entry] {
        try await RecordPages.all(records.query, limit: records.limit) { query throws(OperatorClientError) in
            try await Kind.fetch(query, client)
        }
    }
}
