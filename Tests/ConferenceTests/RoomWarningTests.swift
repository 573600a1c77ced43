// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Testing

@Suite("Arranged rooms that cannot work are warned of")
struct RoomWarningTests {
    @Test("whoever waits for a moderator needs one who can come")
    func moderator() {
        var room = RoomDefinition(name: "board")
        room.waitForModerator = true
        #expect(
            room.warnings(hasAccounts: true, hasRecordings: true)
                == ["room board waits for a moderator, but has neither a moderator PIN nor an owner"])
        room.owner = "ann"
        #expect(room.warnings(hasAccounts: true, hasRecordings: true).isEmpty)
        #expect(
            room.warnings(hasAccounts: false, hasRecordings: true)
                == ["room board waits for a moderator, but has no moderator PIN, and its owner cannot log in"])
        room.moderatorPIN = "0815"
        #expect(room.warnings(hasAccounts: false, hasRecordings: true).isEmpty)
    }

    @Test("recordings need a folder")
    func recording() {
        var room = RoomDefinition(name: "board")
        room.record = true
        #expect(room.warnings(hasAccounts: true, hasRecordings: true).isEmpty)
        #expect(
            room.warnings(hasAccounts: true, hasRecordings: false)
                == ["room board is to be recorded, but recording.folder is none in the configuration"])
    }

    @Test(
        "a title is a line that people can read",
        arguments: [
            ("The board, R&D <weekly>", true), (String(repeating: "会", count: 100), true), ("", false), ("  ", false),
            (String(repeating: "a", count: 101), false), ("one\r\nX: two", false), ("one\u{2028}two", false),
            ("a\u{1B}[2J", false),
        ])
    func title(text: String, isFine: Bool) {
        var room = RoomDefinition(name: "board")
        room.title = text
        #expect((room.problem == nil) == isFine, "\(text)")
    }
}
