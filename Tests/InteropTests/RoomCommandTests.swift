// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import TestSupport
import Testing

/// `confabctl room`: what is arranged by the program is what it reads again.
@Suite(.timeLimit(.minutes(Condition.minutes(1)))) struct RoomCommandTests {
    /// All rules at once; times in a zone of their own.
    private static let everything = [
        "--title", "The board", "--owner", "ann", "--pin", "4711", "--moderator-pin", "0815", "--max-members", "3",
        "--video", "grid", "--no-listed", "--join-muted", "--wait-for-moderator", "--end-with-moderator",
        "--presenter-only", "--record", "--record-as", "audio", "--language", "en", "--start",
        "2026-12-01T09:00:00+01:00", "--end", "2026-12-01T09:15:00+01:00", "--every", "weekdays", "--until",
        "2027-12-01T00:00:00Z", "--time-zone", "Europe/Berlin",
    ]

    private static func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    private static func board() throws -> RoomDefinition {
        var room = RoomDefinition(
            name: "board",
            schedule: [
                RoomSchedule(
                    start: try date("2026-12-01T08:00:00Z"), end: try date("2026-12-01T08:15:00Z"),
                    recurrence: .weekdays, until: try date("2027-12-01T00:00:00Z"), timeZone: "Europe/Berlin")
            ])
        (room.title, room.owner, room.language) = ("The board", "ann", "en")
        (room.pin, room.moderatorPIN, room.maxMembers) = ("4711", "0815", 3)
        (room.video, room.listed, room.joinMuted) = (.grid, false, true)
        (room.waitForModerator, room.endWithModerator, room.presenterOnly) = (true, true, true)
        (room.record, room.recordAs) = (true, .audio)
        return room
    }

    private static func bare(_ room: RoomDefinition) -> RoomDefinition {
        var room = room
        (room.title, room.owner, room.maxMembers, room.video, room.recordAs) = (nil, nil, nil, nil, nil)
        return room
    }

    private static func run(_ focus: FocusProcess, _ arguments: [String]) async throws -> OwnProgram.Outcome {
        try await focus.ctl(["room"] + arguments)
    }

    private static func read<Value: Decodable>(_ type: Value.Type, _ outcome: OwnProgram.Outcome) throws -> Value {
        #expect(outcome.status == 0, "\(outcome)")
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        return try decoder.decode(type, from: Data(outcome.output.utf8))
    }

    private static func shown(_ focus: FocusProcess) async throws -> RoomDefinition {
        try read(RoomDefinition.self, try await run(focus, ["show", "board", "--json"]))
    }

    @Test func everyRuleIsSetReadAgainKeptAndTakenBack() async throws {
        let folder = try InteropFolder("arranged")
        var options = FocusProcess.Options()
        options.settings["storage"] = ["file": folder.path("confab.sqlite")]
        var focus = try await FocusProcess.start(options)
        options.port = focus.port
        let set = try await Self.run(focus, ["set", "board", "--json"] + Self.everything)
        var board = try Self.board()
        #expect(try Self.read(RoomDefinition.self, set) == board)
        // It is done all the same: the folder may come later.
        #expect(set.errors.contains("recording.folder is none"), "\(set)")
        #expect(try await Self.shown(focus) == board)
        let list = try await Self.run(focus, ["list", "--json"])
        #expect(try Self.read([RoomDefinition].self, list) == [board])
        let words = try await Self.run(focus, ["show", "sip:board@\(focus.address)"])
        #expect(words.status == 0 && words.output.hasPrefix("Room board: The board\n"), "\(words)")
        for rule in ["4711", "0815", "limit 3", "unlisted", "recorded as audio", "weekdays, Europe/Berlin, until"] {
            #expect(words.output.contains(rule), "\(rule) in \(words)")
        }

        #expect(await focus.stop() == .status(0))
        focus = try await FocusProcess.start(options)
        #expect(try await Self.shown(focus) == board)

        // What is not named stays as it is.
        let changed = try await Self.run(
            focus,
            [
                "set", "board", "--json", "--pin", "none", "--moderator-pin", "none", "--language", "none", "--listed",
                "--no-join-muted", "--no-wait-for-moderator", "--no-end-with-moderator", "--no-presenter-only",
                "--no-record", "--always",
            ])
        (board.pin, board.moderatorPIN, board.language, board.listed) = (nil, nil, nil, true)
        (board.joinMuted, board.waitForModerator, board.endWithModerator) = (false, false, false)
        (board.presenterOnly, board.record, board.schedule) = (false, false, [])
        #expect(try Self.read(RoomDefinition.self, changed) == board)
        #expect(changed.errors.isEmpty, "\(changed)")
        #expect(try await Self.shown(focus) == board)

        // What was set is taken back, by the word or by nothing at all.
        let settings = [
            ("--title", "Board"), ("--owner", "bob"), ("--max-members", "4"), ("--video", "switch"),
            ("--record-as", "tracks"), ("--pin", "1234"), ("--moderator-pin", "5678"), ("--language", "zh"),
        ]
        for nothing in ["none", ""] {
            let again = try await Self.run(focus, ["set", "board"] + settings.flatMap { [$0.0, $0.1] })
            #expect(again.status == 0 && again.output.contains("limit 4, video switch, prompts in zh"), "\(again)")
            let back = try await Self.run(focus, ["set", "board", "--json"] + settings.flatMap { [$0.0, nothing] })
            #expect(try Self.read(RoomDefinition.self, back) == Self.bare(board), "\(back)")
        }
        #expect(await focus.stop() == .status(0))
        focus = try await FocusProcess.start(options)
        #expect(try await Self.shown(focus) == Self.bare(board))

        #expect(try await Self.run(focus, ["remove", "board"]).status == 0)
        #expect(try await Self.run(focus, ["remove", "board"]).status == 3)
        let gone = try await Self.run(focus, ["show", "board", "--json"])
        #expect(gone.status == 3 && gone.output.isEmpty, "\(gone)")
        #expect(gone.errors == "confabctl: No room board is arranged. `confabctl room list` shows which are.\n")
        await focus.stop()
    }

    private static let mistakes: [(arguments: String, status: Int32)] = [
        ("--pin 12", 1), ("--pin secret", 1), ("--pin 4711 --moderator-pin 4711", 1), ("--max-members 0", 1),
        ("--max-members many", 64), ("--title \u{1B}[2J", 1), ("--video sideways", 64), ("--record-as film", 64),
        ("--language ../en", 1),
        ("--start 2026-12-01T09:00:00Z", 64), ("--start tomorrow --end later", 64), ("--every daily", 1),
        ("--start 2026-12-01T09:00:00Z --end 2026-12-01T08:00:00Z", 1),
        ("--start 2026-12-01T09:00:00Z --end 2026-12-01T10:00:00Z --time-zone Nowhere/Land", 1),
        ("--start 2026-12-01T09:00:00Z --end 2026-12-01T10:00:00Z --always", 64),
    ]

    @Test func whatCannotBeIsRefusedAndNothingIsArranged() async throws {
        let focus = try await FocusProcess.start()
        for (arguments, status) in Self.mistakes {
            let words = arguments.split(separator: " ").map(String.init)
            let outcome = try await Self.run(focus, ["set", "board"] + words)
            #expect(outcome.status == status && outcome.output.isEmpty, "\(arguments): \(outcome)")
            #expect(!outcome.errors.isEmpty, "\(arguments)")
        }
        let list = try await Self.run(focus, ["list", "--json"])
        #expect(try Self.read([RoomDefinition].self, list).isEmpty)
        await focus.stop()
    }

    @Test func aRoomOfTheConfigurationIsChangedThere() async throws {
        var options = FocusProcess.Options()
        options.settings["conference"] = ["rooms": "[{name: hall, pin: \"4711\", join-muted: true}]"]
        let focus = try await FocusProcess.start(options)
        for arguments in [["set", "hall", "--pin", "1234"], ["remove", "hall"]] {
            let outcome = try await Self.run(focus, arguments)
            #expect(outcome.status == 4 && outcome.errors.contains("configuration file"), "\(outcome)")
        }
        var hall = RoomDefinition(name: "hall")
        (hall.pin, hall.joinMuted) = ("4711", true)
        let shown = try await Self.run(focus, ["show", "hall", "--json"])
        #expect(try Self.read(RoomDefinition.self, shown) == hall)
        await focus.stop()
    }
}
