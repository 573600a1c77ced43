// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Conference
import FoundationEssentials
import OperatorAPI

struct RoomCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "room",
        abstract: "Rooms arranged beforehand: PIN, moderators, times.",
        discussion: """
            A room that is arranged opens when somebody dials it, also where
            `conference.adhoc` is false. What is arranged outlives the focus where
            `storage.file` is set. Rooms of the configuration file are changed there.

            EXAMPLES
              confabctl room set board --pin 4711 --moderator-pin 0815
              confabctl room set board --title "The board" --max-members 12
              confabctl room set board --title none --max-members none
              confabctl room set standup --start 2026-12-01T09:00:00+01:00 \\
                  --end 2026-12-01T09:15:00+01:00 --every weekdays --time-zone Europe/Berlin
              confabctl room list
              confabctl room remove board
            """,
        subcommands: [Set.self, List.self, Show.self, Remove.self])

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Arrange a room, or change one. What is not named stays as it is.",
            discussion: """
                What --title, --owner, --pin, --moderator-pin, --max-members, --video, --record-as and
                --language have set, none takes back, and so does an empty value: --title none, --title "".
                The room is then as the configuration has it for all rooms. Times go by --always.
                """)

        @Argument(help: RoomName.help, transform: RoomName.of) var name: String
        @Option(help: "What people read; none for the room's name.") var title: Wish<String>?
        @Option(help: "User name of the owner, who may do what a creator may once logged in; none for none.")
        var owner: Wish<String>?
        @Option(help: "Digits that callers press to get in; none for none.") var pin: Wish<String>?
        @Option(help: "Digits that make a caller a moderator; none for none.") var moderatorPin: Wish<String>?
        @Option(help: "Members at once; none for the configuration's limit.") var maxMembers: Wish<Int>?
        @Option(help: "How cameras are shown: auto, grid, switch or forward; none for the configuration's way.")
        var video: Wish<VideoMode>?
        @Flag(inversion: .prefixedNo, help: "Whether it stands in the list of rooms.") var listed: Bool?
        @Flag(inversion: .prefixedNo, help: "Whether newcomers are muted.") var joinMuted: Bool?
        @Flag(inversion: .prefixedNo, help: "Whether all wait until a moderator is there.") var waitForModerator: Bool?
        @Flag(inversion: .prefixedNo, help: "Whether it ends when the last moderator leaves.") var endWithModerator:
            Bool?
        @Flag(inversion: .prefixedNo, help: "Whether only moderators and presenters are heard.") var presenterOnly:
            Bool?
        @Flag(inversion: .prefixedNo, help: "Whether it is recorded from the first member on.") var record: Bool?
        @Option(help: "What that recording consists of: video, audio or tracks; none for the configuration's kind.")
        var recordAs: Wish<RecordingKind>?
        @Option(help: "The language that callers are told things in: en, zh; none for the focus's.") var language:
            Wish<String>?
        @Option(help: "When it opens: 2026-12-01T09:00:00+01:00.", transform: Self.time) var start: Date?
        @Option(help: "When it closes.", transform: Self.time) var end: Date?
        @Option(help: "once, daily, weekdays, weekly or monthly.") var every: RoomSchedule.Recurrence?
        @Option(help: "The last time that it may open again.", transform: Self.time) var until: Date?
        @Option(help: "Whose clock keeps the time of the day, such as Europe/Berlin.") var timeZone: String?
        @Flag(help: "Open at all times again.") var always = false
        @OptionGroup var options: Options

        func validate() throws {
            guard (start == nil) == (end == nil) else { throw ValidationError("--start and --end come together") }
            guard !always || times == ScheduleChange() else { throw ValidationError("--always takes no times") }
        }

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                let before = try await client.arrangedRooms().first { $0.name == name }
                let room = try await client.arrange(changed(before ?? RoomDefinition(name: name)))
                options.show(room) { _ in RecordText.room(room) }
                let focus = try await client.version()
                for warning in room.warnings(
                    hasAccounts: focus.hasAccounts ?? true, hasRecordings: focus.hasRecordings ?? true)
                { Output.complain(warning) }
            }
        }

        private var times: ScheduleChange {
            ScheduleChange(start: start, end: end, recurrence: every, until: until, timeZone: timeZone)
        }

        private func changed(_ before: RoomDefinition) throws(OperatorClientError) -> RoomDefinition {
            var room = before
            title?.change(&room.title)
            owner?.change(&room.owner)
            pin?.change(&room.pin)
            moderatorPin?.change(&room.moderatorPIN)
            maxMembers?.change(&room.maxMembers)
            video?.change(&room.video)
            room.listed = listed ?? room.listed
            room.joinMuted = joinMuted ?? room.joinMuted
            room.waitForModerator = waitForModerator ?? room.waitForModerator
            room.endWithModerator = endWithModerator ?? room.endWithModerator
            room.presenterOnly = presenterOnly ?? room.presenterOnly
            room.record = record ?? room.record
            recordAs?.change(&room.recordAs)
            language?.change(&room.language)
            if always { room.schedule = [] }
            guard let schedule = times.changed(room.schedule) else {
                throw .answered(
                    APIError(.invalid, "Room \(name) has no times that could change: name them by --start and --end"))
            }
            room.schedule = schedule
            return room
        }

        private static func time(_ text: String) throws -> Date {
            guard let date = try? Date(text, strategy: .iso8601) else {
                throw ValidationError("\"\(text)\" is no time such as 2026-12-01T09:00:00+01:00")
            }
            return date
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List what is arranged.")

        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                let rooms = try await client.arrangedRooms()
                options.show(rooms) { _ in RecordText.rooms(rooms, now: .now, colours: Output.hasColours) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how one room is arranged, PINs included.")

        @Argument(help: RoomName.help, transform: RoomName.of) var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                guard let room = try await client.arrangedRooms().first(where: { $0.name == name }) else {
                    throw .answered(
                        APIError(
                            .unknownRoom, "No room \(name) is arranged",
                            hint: "`confabctl room list` shows which are."))
                }
                options.show(room) { _ in RecordText.room(room) }
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Forget what is arranged. A meeting that goes on is not disturbed.")

        @Argument(help: RoomName.help, transform: RoomName.of) var name: String
        @OptionGroup var options: Options

        func run() async throws {
            try await options.run { client throws(OperatorClientError) in
                let removed = try await client.forgetRoom(name)
                options.show(removed) { _ in TerminalText.safe("Room \(removed.name) is not arranged any more.") + "\n"
                }
            }
        }
    }
}

/// What an option sets, or takes back: by `none`, or by nothing at all.
enum Wish<Value: ExpressibleByArgument & Sendable>: ExpressibleByArgument, Sendable {
    case value(Value)
    case nothing

    private static var word: String { "none" }

    init?(argument: String) {
        if argument.isEmpty || argument == Self.word {
            self = .nothing
        } else if let value = Value(argument: argument) {
            self = .value(value)
        } else {
            return nil
        }
    }

    static var allValueStrings: [String] { Value.allValueStrings.isEmpty ? [] : Value.allValueStrings + [word] }
    static var defaultCompletionKind: CompletionKind { allValueStrings.isEmpty ? .default : .list(allValueStrings) }

    func change(_ setting: inout Value?) {
        switch self {
        case .value(let value): setting = value
        case .nothing: setting = nil
        }
    }
}

extension RoomSchedule.Recurrence: ExpressibleByArgument {}
