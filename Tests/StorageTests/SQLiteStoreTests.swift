// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import GRDB
import Logging
import Storage
import Testing

@Suite struct SQLiteStoreTests {
    private static let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func message(_ room: String, _ number: UInt64) -> ChatMessage {
        ChatMessage(
            room: room, number: number, sent: Date(timeIntervalSince1970: Double(number)), sender: "sip:ann@h",
            senderName: "Ann", recipient: number == 2 ? "sip:bob@h" : nil, text: "text \(number)")
    }

    @Test func whatWasToldIsThereAfterARestart() async throws {
        try await withFile { path in
            var room = RoomDefinition(name: "team")
            room.pin = "1234"
            room.schedule = [
                RoomSchedule(
                    start: Date(timeIntervalSince1970: 0), end: Date(timeIntervalSince1970: 3600), recurrence: .weekly)
            ]
            let user = UserAccount(
                name: "ann", realm: "h", md5: "aa", sha256: "bb", created: Date(timeIntervalSince1970: 5))
            do {
                let store = try SQLiteStore(path: path, logger: Self.logger)
                store.keep(.room(RoomDefinition(name: "gone")))
                store.keep(.room(room))
                store.keep(.roomRemoved("gone"))
                store.keep(.user(user))
                for number in 1...3 { store.keep(.chat(message("team", UInt64(number)))) }
                store.keep(.chat(message("over", 1)))
                store.keep(.chatEnded(room: "over"))
                await store.flush()
                #expect(store.figures.written == 9)
                #expect(store.figures.waiting == 0)
            }
            let contents = try await SQLiteStore(path: path, logger: Self.logger).load()
            #expect(contents.rooms == [room])
            #expect(contents.users == [user])
            #expect(contents.chat == ["team": (1...3).map { message("team", $0) }])
        }
    }

    @Test func cancelledNamesAreThereAfterARestartUnlessTheyWereFreed() async throws {
        try await withFile { path in
            let names = (1...3).map {
                CancelledName(name: "room \($0)", by: "ann", at: Date(timeIntervalSince1970: Double($0)))
            }
            do {
                let store = try SQLiteStore(path: path, logger: Self.logger)
                for name in names.reversed() { store.keep(.cancelled(name)) }
                store.keep(.cancelled(names[1]))
                store.keep(.cancelledFreed("room 1"))
                await store.flush()
                #expect(store.figures.lost == 0)
            }
            #expect(try await SQLiteStore(path: path, logger: Self.logger).load().cancelled == Array(names.dropFirst()))
        }
    }

    @Test func sharedFilesAreThereAfterARestartUntilTheyGo() async throws {
        try await withFile { path in
            let files = (1...3).map { number in
                var file = SharedFile(
                    id: "\(number)", name: "plan.png", type: "image/png", bytes: 7, path: "/x/\(number)",
                    room: RoomID(9))
                file.number = 4 - number
                return StoredFile(file, room: "team")
            }
            do {
                let store = try SQLiteStore(path: path, logger: Self.logger)
                for file in files { store.keep(.file(file)) }
                store.keep(.fileRemoved(id: "2"))
                await store.flush()
                #expect(store.figures.lost == 0)
            }
            #expect(try await SQLiteStore(path: path, logger: Self.logger).load().files == [files[2], files[0]])
        }
    }

    @Test func anEntryReplacesThatOfItsName() async throws {
        try await withFile { path in
            let store = try SQLiteStore(path: path, logger: Self.logger)
            var user = UserAccount(
                name: "ann", realm: "h", md5: "aa", sha256: "bb", created: Date(timeIntervalSince1970: 5))
            store.keep(.user(user))
            user.md5 = "cc"
            store.keep(.user(user))
            await store.flush()
            #expect(try await store.load().users == [user])
        }
    }

    @Test func onlyTheEndOfALongChatIsRead() async throws {
        try await withFile { path in
            let store = try SQLiteStore(path: path, logger: Self.logger)
            for number in 1...500 { store.keep(.chat(message("team", UInt64(number)))) }
            await store.flush()
            let chat = try await store.load().chat["team"] ?? []
            #expect(chat.map(\.number) == Array(301...500))
        }
    }

    /// For who exports: rooms that are over as well.
    @Test func whatWasSaidIsReadAgainTheLatestFirst() async throws {
        try await withFile { path in
            let store = try SQLiteStore(path: path, logger: Self.logger)
            for number in 1...5 { store.keep(.chat(message("team", UInt64(number)))) }
            store.keep(.chatEnded(room: "team"))
            store.keep(.chat(message("other", 1)))
            await store.flush()
            #expect(try await store.messages(RecordQuery(room: "team", limit: 3)).map(\.number) == [5, 4, 3])
            #expect(try await store.messages(RecordQuery()).count == 6)
            let rest = try await store.messages(RecordQuery(room: "team", limit: 3, offset: 3))
            #expect(rest.map(\.number) == [2, 1])
        }
    }

    @Test func oldEntriesAreForgotten() async throws {
        try await withFile { path in
            let store = try SQLiteStore(path: path, logger: Self.logger)
            for number in 1...10 { store.keep(.chat(message("team", UInt64(number)))) }
            let entry = AuditEntry(
                at: Date(timeIntervalSince1970: 5), actor: "operator root", room: "team", command: "mute",
                target: "bob", outcome: "done")
            store.keep(.audit(entry))
            await store.flush()
            try await store.forget(chatBefore: Date(timeIntervalSince1970: 8), recordsBefore: nil)
            #expect(try await store.load().chat["team"]?.map(\.number) == [8, 9, 10])
        }
    }

    /// Who, when, how long, by what codec, with what loss, and why it ended.
    @Test func callsAndCommandsAreReadAgainUntilTheirTimeIsUp() async throws {
        try await withFile { path in
            let (start, clock) = (ContinuousClock.now, WallClock.now)
            let record = CallRecord(
                room: "team", roomID: RoomID(1), member: MemberID(7),
                identity: Identity(displayName: "Ann \"A\" 李", user: "ann", host: "h"), callID: "call-1",
                userAgent: "phone/1", admitted: start, established: start + .seconds(1), ended: start + .seconds(61),
                cause: .removed(by: "operator root"),
                media: MediaReport(codec: "G.722", remoteMedia: "192.0.2.1:4000", lossPercent: 1.5))
            let command = AuditEntry(
                at: clock.date, actor: "ann", room: "team", command: "mute", target: "sip:bob@h", outcome: "done")
            do {
                let store = try SQLiteStore(path: path, logger: Self.logger)
                store.keep(.call(record, clock))
                store.keep(.audit(command))
                await store.flush()
                #expect(store.figures.lost == 0)
            }
            let store = try SQLiteStore(path: path, logger: Self.logger)
            let call = try #require(try await store.calls(RecordQuery(room: "team")).first)
            #expect(call.uri == "sip:ann@h" && call.name == "Ann \"A\" 李" && call.callID == "call-1")
            #expect(abs(call.seconds - 60) < 0.01 && abs(call.ended.timeIntervalSince(call.admitted) - 61) < 0.01)
            #expect(call.codec == "G.722" && call.lossPercent == 1.5 && call.userAgent == "phone/1")
            #expect(call.cause == "removed" && call.detail == "operator root")
            #expect(try await store.audit(RecordQuery()).map(\.target) == ["sip:bob@h"])
            #expect(try await store.calls(RecordQuery(room: "other")).isEmpty)
            try await store.forget(chatBefore: nil, recordsBefore: clock.date + 30)
            #expect(try await store.calls(RecordQuery()).count == 1)
            #expect(try await store.audit(RecordQuery()).isEmpty)
            try await store.forget(chatBefore: nil, recordsBefore: clock.date + 120)
            #expect(try await store.calls(RecordQuery()).isEmpty)
        }
    }

    @Test func aWriterThatIsHeldUpHoldsNobodyUp() async throws {
        try await withFile { path in
            let store = try SQLiteStore(path: path, logger: Self.logger)
            // Another connection holds the lock that the writer needs.
            let other = try DatabaseQueue(path: path)
            try await other.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN IMMEDIATE")
                for number in 1...1000 { store.keep(.chat(message("team", UInt64(number)))) }
                #expect(store.figures.written == 0)
                try database.execute(sql: "COMMIT")
            }
            await store.flush()
            #expect(store.figures.written == 1000)
            #expect(store.figures.lost == 0)
        }
    }

    @Test func whatIsNoDatabaseIsSaidSo() async throws {
        try await withFile { path in
            try Data(repeating: 65, count: 5000).write(to: URL(filePath: path))
            let error = #expect(throws: StorageError.self) { try SQLiteStore(path: path, logger: Self.logger) }
            #expect("\(try #require(error))".contains("it is no database, or a damaged one"))
        }
        let error = #expect(throws: StorageError.self) {
            try SQLiteStore(path: "/nowhere/at/all/confab.sqlite", logger: Self.logger)
        }
        #expect("\(try #require(error))".contains("its folder is missing"))
    }

    @Test func aFileOfANewerVersionIsLeftAlone() async throws {
        try await withFile { path in
            _ = try SQLiteStore(path: path, logger: Self.logger)
            try await DatabaseQueue(path: path).write { database in
                try database.execute(sql: "INSERT INTO grdb_migrations VALUES ('9999: of the future')")
            }
            let error = #expect(throws: StorageError.self) { try SQLiteStore(path: path, logger: Self.logger) }
            #expect("\(try #require(error))".contains("made by a newer Confab"))
        }
    }
}
