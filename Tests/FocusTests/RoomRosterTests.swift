// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@testable import Focus

/// The documents of one room: what partial ones add up to, and what they cost.
@Suite struct RoomRosterTests {
    private static let now = ContinuousClock.now

    private static func join(_ number: UInt64, _ room: inout Room, user: String? = nil) throws {
        let identity = Identity(displayName: "M\(number)", user: user ?? "m\(number)", host: "members.test")
        _ = try room.join(
            MemberID(number), JoinRequest(identity: identity, callID: "call-\(number)", userAgent: nil), now: now)
        _ = room.established(MemberID(number), now: now)
    }

    private static func room(_ members: UInt64) throws -> Room {
        var room = Room(
            name: "team", id: RoomID(1), origin: .adhoc, settings: RoomSettings(maxMembers: 2000), now: now)
        for number in 1...members { try join(number, &room) }
        return room
    }

    private static func seat(_ id: MemberID, _ room: Room) -> RoomRoster.Seat? {
        guard let detail = room.detail(of: id, .now), detail.state == .connected else { return nil }
        return RoomRoster.Seat(
            user: detail.uri, displayText: detail.displayName, role: detail.role.rawValue,
            endpoint: ConferenceInfo.Endpoint(
                entity: "sip:\(id)@192.0.2.1", status: detail.held ? .onHold : .connected, joined: "then",
                media: [.init(id: "1", type: "audio")], mutedBy: detail.mutedBy))
    }

    /// A subscriber that reads all it is sent.
    private struct Reader {
        var info: ConferenceInfo?
        var known: UInt64?
        var version: UInt32 = 0
        var scopes: [ConferenceInfo.Scope] = []
        var bytes = 0

        mutating func read(_ roster: inout RoomRoster, _ room: Room) throws {
            roster.update(to: room) { id, _ in RoomRosterTests.seat(id, room) }
            let content = roster.content(since: known)
            version += 1
            let opening = ConferenceInfo(entity: "sip:team@focus.test", scope: content.scope, version: version).opening
            let document = Array(opening.utf8) + content.bytes
            bytes = document.count
            let news = try ConferenceInfo(parsing: document)
            #expect(news.version == version && news.scope == content.scope)
            scopes.append(news.scope)
            if news.scope == .full { info = news } else { info?.merge(news) }
            known = room.version
        }

        var names: [String] { (info?.users ?? []).map(\.entity).sorted() }
    }

    @Test func partialDocumentsAddUpToTheWhole() throws {
        var room = try Self.room(8)
        var roster = RoomRoster()
        var reader = Reader()
        try reader.read(&roster, room)
        var next: UInt64 = 9
        for step in 0..<40 {
            switch step % 5 {
            case 0:
                _ = try room.unlock(by: .focus)
                try Self.join(next, &room, user: step == 20 ? "m3" : nil)
                next += 1
            case 1: _ = room.hold(room.memberIDs[step % room.memberIDs.count])
            case 2: _ = try room.mute(room.memberIDs[0], by: .operatorNamed("root"))
            case 3: _ = room.leave(room.memberIDs[step % room.memberIDs.count], .hungUp, now: Self.now)
            default: _ = try room.lock(by: .focus)
            }
            try reader.read(&roster, room)
            var fresh = RoomRoster()
            var whole = Reader()
            try whole.read(&fresh, room)
            #expect(reader.names == whole.names, "step \(step)")
            let users = Dictionary(uniqueKeysWithValues: (reader.info?.users ?? []).map { ($0.entity, $0) })
            #expect(users == Dictionary(uniqueKeysWithValues: (whole.info?.users ?? []).map { ($0.entity, $0) }))
            #expect(reader.info?.userCount == whole.info?.userCount && reader.info?.locked == whole.info?.locked)
            if step < 4 { #expect(reader.scopes.last == .partial, "step \(step)") }
        }
    }

    @Test func whoLeftIsDeletedAndWhoCameBackIsNot() throws {
        var room = try Self.room(6)
        var roster = RoomRoster()
        var reader = Reader()
        try reader.read(&roster, room)
        _ = room.leave(MemberID(2), .hungUp, now: Self.now)
        try reader.read(&roster, room)
        #expect(reader.scopes == [.full, .partial])
        #expect(!reader.names.contains("sip:m2@members.test"))
        try Self.join(7, &room, user: "m2")
        try reader.read(&roster, room)
        #expect(reader.names.contains("sip:m2@members.test"))
        // Both in one document.
        _ = room.leave(MemberID(7), .hungUp, now: Self.now)
        try Self.join(8, &room, user: "m2")
        try reader.read(&roster, room)
        #expect(reader.names.contains("sip:m2@members.test"))
    }

    /// Linphone says who has come, by a partial document; in a small room all may have changed at once.
    @Test func aFewChangesAreToldOneByOneInASmallRoom() throws {
        var room = try Self.room(1)
        var roster = RoomRoster()
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let early = room.version
        try Self.join(2, &room, user: "m2")
        _ = room.hold(MemberID(1))
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        #expect(roster.content(since: early).scope == .partial)
    }

    @Test func oneWhoIsFarBehindOrKnowsLittleGetsTheWhole() throws {
        var room = try Self.room(10)
        var roster = RoomRoster()
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let early = room.version
        for number in 1...6 { _ = room.hold(MemberID(UInt64(number))) }
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        for known in [early, nil, 3] {
            let content = roster.content(since: known)
            #expect(content.scope == .full)
        }
        for _ in 0...Room.rosterLogLimit {
            _ = room.hold(MemberID(9))
            _ = room.resume(MemberID(9))
        }
        let late = roster.version
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let content = roster.content(since: late)
        #expect(content.scope == .full)
    }

    @Test func aChangeAmongFiveHundredIsDescribedOnceAndWrittenOnceForAll() throws {
        var room = try Self.room(500)
        var roster = RoomRoster()
        var readers = [Reader](repeating: Reader(), count: 500)
        for index in readers.indices {
            roster.update(to: room) { id, _ in Self.seat(id, room) }
            _ = roster.content(since: nil)
            readers[index].known = room.version
        }
        #expect(roster.work == (described: 500, made: 1))
        try Self.join(501, &room)
        var sizes: Set<Int> = []
        for index in readers.indices {
            roster.update(to: room) { id, _ in Self.seat(id, room) }
            let content = roster.content(since: readers[index].known)
            #expect(content.scope == .partial)
            sizes.insert(content.bytes.count)
        }
        #expect(roster.work == (described: 501, made: 2))
        let size = try #require(sizes.first)
        #expect(sizes.count == 1 && size < 700, "\(size) bytes for one who joined")
    }

    @Test func whoFollowsReadsANewLimit() throws {
        var room = try Self.room(8)
        var roster = RoomRoster()
        var reader = Reader()
        try reader.read(&roster, room)
        #expect(reader.info?.maximumUserCount == 2000)
        _ = room.reconfigure(RoomSettings(maxMembers: 9), now: Self.now)
        try reader.read(&roster, room)
        #expect(reader.info?.maximumUserCount == 9)
        _ = try room.lock(by: .focus)
        try reader.read(&roster, room)
        #expect(reader.scopes == [.full, .partial, .partial] && reader.info?.maximumUserCount == 9)
    }

    /// By a part, with the room's description alone, to each who has not read it yet; the next one is as short as ever.
    @Test func whoFollowsReadsANewTitle() throws {
        var room = try Self.room(8)
        var roster = RoomRoster()
        var reader = Reader()
        try reader.read(&roster, room)
        var late = reader
        #expect(reader.info?.displayText == "team" && reader.info?.subject == nil)
        var settings = room.settings
        for title in [String(repeating: "x", count: RoomDefinition.longestTitle), "R&D <weekly>"] {
            settings.title = title
            _ = room.reconfigure(settings, now: Self.now)
            try reader.read(&roster, room)
            #expect(reader.scopes.last == .partial && reader.bytes < 700, "\(reader.bytes) bytes")
            #expect(reader.info?.displayText == title && reader.info?.subject == title)
            #expect(reader.info?.maximumUserCount == 2000 && reader.names.count == 8)
        }
        _ = room.hold(MemberID(1))
        try reader.read(&roster, room)
        #expect(reader.info?.displayText == "R&D <weekly>")
        let held = roster.content(since: roster.version - 1)
        #expect(held.scope == .partial && !Self.text(held).contains("weekly"))
        try late.read(&roster, room)
        #expect(late.scopes == [.full, .partial] && late.info?.subject == "R&D <weekly>")
        settings.title = nil
        _ = room.reconfigure(settings, now: Self.now)
        for known in [reader, late] {
            var known = known
            try known.read(&roster, room)
            #expect(known.scopes.last == .partial)
            #expect(known.info?.displayText == "team" && known.info?.subject == nil)
        }
    }

    private static func text(_ content: RoomRoster.Content) -> String { String(decoding: content.bytes, as: UTF8.self) }

    @Test func aTrimmedDocumentTellsTheCountAlone() throws {
        let room = try Self.room(3)
        var roster = RoomRoster()
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let opening = ConferenceInfo(entity: "sip:team@focus.test", version: 1).opening
        let content = roster.summary(since: nil)
        #expect(content.scope == .full)
        let info = try ConferenceInfo(parsing: Array(opening.utf8) + content.bytes)
        #expect(info.userCount == 3 && info.users.isEmpty && info.displayText == "team")
    }

    @Test func aTrimmedDocumentTellsANewTitle() throws {
        var room = try Self.room(3)
        var roster = RoomRoster()
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let early = room.version
        var settings = room.settings
        settings.title = "The board"
        _ = room.reconfigure(settings, now: Self.now)
        roster.update(to: room) { id, _ in Self.seat(id, room) }
        let news = roster.summary(since: early)
        #expect(news.scope == .partial && Self.text(news).contains("<display-text>The board</display-text>"))
        let next = roster.summary(since: room.version)
        #expect(next.scope == .partial && !Self.text(next).contains("The board"))
    }
}
