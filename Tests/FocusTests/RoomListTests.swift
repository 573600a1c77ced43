// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

/// The rooms that a subscriber knows of after all notifications (RFC 4662 §5.6).
private struct RoomTable {
    private(set) var names: Set<String> = []
    private(set) var versions: [UInt32] = []
    private(set) var areWhole: [Bool] = []

    mutating func read(_ body: [UInt8]) throws {
        let text = String(decoding: body, as: UTF8.self)
        let list = try #require(text.firstMatch(of: #/<list [^>]*fullState="(true|false)" version="(\d+)">/#))
        areWhole.append(list.output.1 == "true")
        versions.append(try #require(UInt32(list.output.2)))
        if list.output.1 == "true" { names = [] }
        for match in text.matches(of: #/<resource uri="[^"]+"><name>([^<]+)</name>(.*?)</resource>/#) {
            let isActive = match.output.2.contains(#/<instance id="\d+" state="active"/#)
            if isActive { names.insert(String(match.output.1)) } else { names.remove(String(match.output.1)) }
        }
    }
}

/// A subscriber to the list of rooms that takes no TCP.
private struct ListReader {
    private let watcher: WireCall
    private var newest: UInt32 = 0
    private(set) var table = RoomTable()

    init(_ rig: FocusRig) async throws {
        watcher = try WireCall("watcher", to: rig.port)
        let subscribe = try await watcher.makeRequest(
            .subscribe, rig.uri("conferences"),
            headers: [
                "Event": "conference", "Expires": "600", "Supported": "eventlist", "Accept": "multipart/related",
            ])
        let response = try await watcher.exchange(subscribe)
        #expect(response.status == 200, "\(response)")
    }

    /// Answers the next notification and reads it.
    /// - Returns: the bytes of its body.
    mutating func read() async throws -> Int {
        // One that was answered late comes again.
        let before = newest
        let notify = try await watcher.receive(.notify) { ($0.cSeq?.number ?? 0) > before }
        newest = notify.cSeq?.number ?? 0
        await watcher.socket.send(SIPResponse(to: notify, status: 200).serialized())
        try table.read(notify.body)
        return notify.body.count
    }
}

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct RoomLists {
        /// Rooms that stand, by long names.
        private static func makeRooms(_ numbers: Range<Int>, _ rig: FocusRig) async throws -> Set<String> {
            var names: Set<String> = []
            for number in numbers {
                let name = "a standing room with the number \(number)"
                names.insert(name)
                _ = try await rig.focus.create(name, by: "root")
            }
            return names
        }

        /// RFC 4662 §5.2: one notification is of every room. A subscriber that takes no TCP, and 200 rooms: with their
        /// documents the list is no datagram any more, but by their names it is. Before it has answered something it
        /// may be somebody else, who is sent no long datagrams for a SUBSCRIBE that it did not send.
        @Test func whoHasAnsweredIsToldOfEveryRoomAsLongAsTheirNamesAreADatagram() async throws {
            try await withFocus { rig in
                var expected = try await Self.makeRooms(100..<300, rig)
                var reader = try await ListReader(rig)
                let part = try await reader.read()
                #expect(part < 16_384)
                #expect(reader.table.areWhole == [false] && reader.table.versions == [0])
                let first = try await reader.read()
                #expect(first > 16_384)
                #expect(reader.table.names == expected)
                #expect(reader.table.areWhole == [false, true] && reader.table.versions == [0, 1])

                _ = try await rig.focus.create("a new one", by: "root")
                expected.insert("a new one")
                let second = try await reader.read()
                #expect(second < 1000)
                #expect(reader.table.names == expected)
                #expect(reader.table.areWhole.last == false && reader.table.versions == [0, 1, 2])
            }
        }

        /// A subscriber that takes no TCP, and 400 rooms: not even their names are one datagram.
        @Test func aListThatIsTooLongForADatagramIsToldInPartsThatAddUp() async throws {
            try await withFocus { rig in
                var expected = try await Self.makeRooms(100..<500, rig)
                var reader = try await ListReader(rig)
                func readAll() async throws {
                    repeat {
                        let bytes = try await reader.read()
                        #expect(bytes < 16_384)
                    } while reader.table.names != expected
                    #expect(reader.table.versions == Array(0..<UInt32(reader.table.versions.count)))
                }
                try await readAll()
                // None of them says that it is all.
                #expect(reader.table.areWhole.allSatisfy { !$0 } && reader.table.areWhole.count > 1)

                _ = try await rig.focus.command(.cancel, in: "a standing room with the number 123", by: "root")
                _ = try await rig.focus.create("a new one", by: "root")
                expected.remove("a standing room with the number 123")
                // One that is not to be listed any more is over for who reads the list.
                var hidden = RoomDefinition(name: "a standing room with the number 124")
                hidden.listed = false
                _ = try await rig.focus.arrange(hidden, by: "root")
                expected.remove(hidden.name)
                expected.insert("a new one")
                try await readAll()
            }
        }

        /// What a member has read of the list so far.
        private static func table(of member: TestMember) async throws -> RoomTable {
            var table = RoomTable()
            for notification in await member.notifications { try table.read(notification.request.body) }
            return table
        }

        private static func reads(_ names: Set<String>, _ member: TestMember) async throws {
            try await Condition.await("\(names) at \(member.name)") { try await table(of: member).names == names }
        }

        /// Neither by a name nor by a document among the parts, neither while it stands nor when it is over.
        @Test func unlistedRoomsStandInNoVersionOfTheList() async throws {
            var hidden = RoomDefinition(name: "hidden")
            hidden.listed = false
            let rooms = [hidden]
            try await withFocus {
                $0.conference.rooms = rooms
            } _: { rig in
                _ = try await rig.join("hidden", "ann")
                _ = try await rig.join("open", "bob")
                let watcher = try await rig.member("watcher")
                #expect(try await watcher.subscribe(rig.uri("conferences")).status == 200)
                try await Self.reads(["open"], watcher)
                let cec = try await rig.join("hidden", "cec")
                _ = try await rig.join("other", "dan")
                try await Self.reads(["open", "other"], watcher)
                try await cec.hangUp()
                _ = try await rig.focus.command(.cancel, in: "hidden", by: "op")
                _ = try await rig.focus.create("third", by: "op")
                try await Self.reads(["open", "other", "third"], watcher)
                for notification in await watcher.notifications {
                    let body = String(decoding: notification.request.body, as: UTF8.self)
                    #expect(!body.contains("hidden"), "\(body)")
                }
            }
        }

        @Test func aRoomThatStandsLeavesTheListAndComesBackAsItIsArranged() async throws {
            try await withFocus { rig in
                for name in ["board", "team"] { _ = try await rig.focus.create(name, by: "op") }
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                try await Self.reads(["board", "team"], watcher)
                var board = RoomDefinition(name: "board")
                board.listed = false
                _ = try await rig.focus.arrange(board, by: "op")
                // Who comes now is sent what was made for all.
                let late = try await rig.member("late")
                _ = try await late.subscribe(rig.uri("conferences"))
                try await Self.reads(["team"], late)
                #expect(try await Self.table(of: late).areWhole.first == true)
                try await Self.reads(["team"], watcher)
                board.listed = true
                _ = try await rig.focus.arrange(board, by: "op")
                for member in [watcher, late] { try await Self.reads(["board", "team"], member) }
                // What is forgotten is as any other.
                board.listed = false
                _ = try await rig.focus.arrange(board, by: "op")
                try await Self.reads(["team"], watcher)
                try await rig.focus.forgetRoom("board", by: "op")
                try await Self.reads(["board", "team"], watcher)
            }
        }

        @Test func aRoomStandsInTheListByItsTitle() async throws {
            try await withFocus { rig in
                _ = try await rig.focus.create("board", by: "op")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                try await Self.reads(["board"], watcher)
                var board = RoomDefinition(name: "board")
                board.title = "The board"
                _ = try await rig.focus.arrange(board, by: "op")
                try await Self.reads(["The board"], watcher)
                let last = try #require(await watcher.notifications.last?.request.body)
                #expect(String(decoding: last, as: UTF8.self).contains("<display-text>The board</display-text>"))
            }
        }

        /// A subscriber that takes no TCP, and rooms whose documents are no datagram.
        @Test func aNewTitleIsToldInPartsToo() async throws {
            try await withFocus { rig in
                var expected = try await Self.makeRooms(100..<300, rig)
                var reader = try await ListReader(rig)
                while reader.table.names != expected { _ = try await reader.read() }
                var room = RoomDefinition(name: "a standing room with the number 123")
                room.title = "The board"
                _ = try await rig.focus.arrange(room, by: "op")
                let bytes = try await reader.read()
                #expect(bytes < 1000)
                // The table goes by names, not by addresses.
                expected.insert("The board")
                #expect(reader.table.names == expected)
            }
        }

        @Test func theFirstVersionIsNought() async throws {
            try await withFocus { rig in
                _ = try await rig.focus.create("standing", by: "root")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                var table = RoomTable()
                try await Condition.await("the first list") { await watcher.notifications.count == 1 }
                _ = try await rig.focus.create("another", by: "root")
                try await Condition.await("the second list") { await watcher.notifications.count == 2 }
                for notification in await watcher.notifications { try table.read(notification.request.body) }
                #expect(table.names == ["standing", "another"] && table.versions == [0, 1])
                #expect(table.areWhole == [true, true])
            }
        }
    }
}
