// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import GRDB
import Logging
import Testing

@testable import Storage

/// Files that earlier versions made: with the tables of their time, and rows written by hand as they were then.
@Suite struct MigrationTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    /// 2026-11-01T10:00:00Z.
    private static let earlier = Date(timeIntervalSince1970: 1_793_527_200)
    private static let earlierText = "'2026-11-01 10:00:00.000'"

    /// What stands in the tables that each migration brought. A migration that is added needs rows here.
    private static let rows: [[String]] = [
        [
            "INSERT INTO user VALUES ('ann', 'Ann', 'confab', 'aa', 'bb', \(earlierText))",
            """
            INSERT INTO room VALUES ('team', '{"name":"team","pin":"1234","maxMembers":7,"schedule":[\
            {"start":0,"end":3600000,"recurrence":"weekly","timeZone":"Europe/Berlin"}]}')
            """,
            """
            INSERT INTO chat (room, number, sent, sender, senderName, text)
            VALUES ('team', 1, \(earlierText), 'sip:ann@h', 'Ann', 'hello')
            """,
            """
            INSERT INTO chat (room, number, sent, sender, senderName, text, ended)
            VALUES ('over', 1, \(earlierText), 'sip:ann@h', 'Ann', 'bye', 1)
            """,
            """
            INSERT INTO call (room, member, uri, name, callID, admitted, ended, seconds, cause)
            VALUES ('team', '3', 'sip:ann@h', 'Ann', 'c-1', \(earlierText), \(earlierText), 61.5, 'hung-up')
            """,
            """
            INSERT INTO audit (at, actor, room, command, target, outcome)
            VALUES (\(earlierText), 'operator root', 'team', 'mute', 'sip:bob@h', 'done')
            """,
        ],
        // In a form that is not read any more: such a call is not taken up.
        ["INSERT INTO journal VALUES ('c-9', '{}')"],
        ["INSERT INTO cancelled VALUES ('gone', 'ann', \(earlierText))"],
        ["INSERT INTO file VALUES ('f-1', 'plan.png', 'image/png', 7, '/x/f-1', 'team', 4)"],
        [
            """
            INSERT INTO roomJournal VALUES ('team', '{"name":"team","id":{"number":9},"banned":[],"lockedBy":"Ann"}')
            """
        ],
        [
            """
            INSERT INTO places VALUES ('ann', '[{"contact":"<sip:ann@192.0.2.7>","flow":{"transport":"udp",\
            "localHost":"192.0.2.1","localPort":5060,"remoteHost":"192.0.2.7","remotePort":5062},\
            "expires":1793527200000,"callID":"r-1","sequence":2}]')
            """
        ],
    ]

    @Test func eachMigrationHasRowsOfItsTime() {
        #expect(Self.rows.count == Schema.migrator.migrations.count)
    }

    @Test(arguments: rows.indices) func aFileOfEachVersionOpensAndKeepsItsRows(newest: Int) async throws {
        try await withFile { path in
            do {
                let queue = try DatabaseQueue(path: path)
                for version in 0...newest {
                    try Schema.migrator.migrate(queue, upTo: Schema.migrator.migrations[version])
                    try await queue.write { database in
                        for statement in Self.rows[version] { try database.execute(sql: statement) }
                    }
                }
                try queue.close()
            }
            // The second time there is nothing left to migrate.
            for _ in 1...2 { try await Self.check(SQLiteStore(path: path, logger: Self.logger), newest: newest) }
            let store = try SQLiteStore(path: path, logger: Self.logger)
            store.keep(.cancelled(CancelledName(name: "late", by: "bob", at: Self.earlier + 1)))
            store.keep(.fileRemoved(id: "f-1"))
            store.keep(.roomJournalEnded(name: "team"))
            store.keep(.places(user: "ann", []))
            store.keep(.journalEnded(key: "c-9"))
            await store.flush()
            #expect(store.figures.lost == 0)
            #expect(try await store.load().cancelled.map(\.name).last == "late")
        }
    }

    /// - Parameter newest: the last migration that the file had when it was made, counted from nought.
    private static func check(_ store: SQLiteStore, newest: Int) async throws {
        let contents = try await store.load()
        #expect(
            contents.users == [
                UserAccount(name: "ann", displayName: "Ann", realm: "confab", md5: "aa", sha256: "bb", created: earlier)
            ])
        var room = RoomDefinition(
            name: "team",
            schedule: [
                RoomSchedule(
                    start: Date(timeIntervalSince1970: 0), end: Date(timeIntervalSince1970: 3600), recurrence: .weekly,
                    timeZone: "Europe/Berlin")
            ])
        (room.pin, room.maxMembers) = ("1234", 7)
        #expect(contents.rooms == [room])
        let message = ChatMessage(
            room: "team", number: 1, sent: earlier, sender: "sip:ann@h", senderName: "Ann", text: "hello")
        #expect(contents.chat == ["team": [message]])
        #expect(try await store.messages(RecordQuery()).map(\.text).sorted() == ["bye", "hello"])
        let call = try #require(try await store.calls(RecordQuery()).first)
        #expect(call.uri == "sip:ann@h" && call.seconds == 61.5 && call.ended == earlier && call.cause == "hung-up")
        #expect(
            try await store.audit(RecordQuery()) == [
                AuditEntry(
                    at: earlier, actor: "operator root", room: "team", command: "mute", target: "sip:bob@h",
                    outcome: "done")
            ])
        #expect(contents.journal.isEmpty)
        #expect(contents.cancelled.filter { $0.name == "gone" }.map(\.at) == (newest >= 2 ? [earlier] : []))
        #expect(contents.files.map(\.path) == (newest >= 3 ? ["/x/f-1"] : []))
        #expect(contents.roomJournal.map(\.lockedBy) == (newest >= 4 ? ["Ann"] : []))
        let places = contents.places["ann"] ?? []
        #expect(places.map(\.flow.remotePort) == (newest >= 5 ? [5062] : []))
        #expect(places.map(\.expires) == (newest >= 5 ? [earlier] : []))
    }
}
