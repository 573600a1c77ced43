// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Testing

private let clock = WallClock(instant: at(10), date: Date(timeIntervalSince1970: 1_800_000_010))

private func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.dateEncodingStrategy = .iso8601
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
}

@Suite struct SnapshotTests {
    @Test func memberHasStableNamesAndISODates() throws {
        var room = try room(alice, bob)
        _ = room.report(
            two,
            MediaReport(
                codec: "opus", remoteMedia: "192.0.2.7:40000", lossPercent: 0.5, jitterMilliseconds: 2,
                roundTripMilliseconds: 31, levelDBov: -24))
        _ = try room.mute(two, by: root)
        let detail = try #require(room.detail(of: two, clock))
        #expect(
            try json(detail) == """
                {"callID":"call-bob","codec":"opus","displayName":"Bob","held":false,"id":"2","jitterMilliseconds":2,\
                "joined":"2027-01-15T08:00:01Z","levelDBov":-24,"lossPercent":0.5,"muted":true,\
                "mutedBy":"operator root","quality":"good","remoteMedia":"192.0.2.7:40000","role":"member","roundTripMilliseconds":31,\
                "state":"connected","talking":false,"uri":"sip:bob@example.org","userAgent":"phone/1.0"}
                """)
    }

    @Test func roomHasStableNames() throws {
        var room = try room(alice)
        _ = try room.lock(by: .member(one))
        #expect(
            try json(room.summary(clock)) == """
                {"connecting":0,"created":"2027-01-15T08:00:00Z","creator":"sip:alice@example.org","held":0,\
                "id":"7","locked":true,"maxMembers":1000,"members":1,"name":"demo","origin":"adhoc","talking":0,\
                "video":"auto"}
                """)
        #expect(room.detail(clock).lockedBy == "Alice")
    }

    @Test func eventsHaveStableNames() throws {
        let event = RoomEvent(.memberMuted, member: two, memberName: "Bob", by: "operator root")
        #expect(
            try json(ConferenceEvent(event, room: "demo", at: clock.date, sequence: 4)) == """
                {"at":"2027-01-15T08:00:10Z","by":"operator root","kind":"member-muted","member":"2",\
                "memberName":"Bob","room":"demo","sequence":4}
                """)
    }

    @Test func watchersGetTheirRoomAndSeeGaps() async {
        var feed = EventFeed(capacity: 2)
        let all = feed.subscribe(room: nil)
        let demo = feed.subscribe(room: "demo")
        for room in ["other", "demo", "other"] {
            feed.publish(ConferenceEvent(RoomEvent(.roomOpened), room: room, at: clock.date))
        }
        feed.finish()
        var seen: [UInt64] = []
        for await event in all { seen.append(event.sequence) }
        #expect(seen == [1, 2], "the third did not fit")
        seen = []
        for await event in demo {
            #expect(event.room == "demo")
            seen.append(event.sequence)
        }
        #expect(seen == [1])
        #expect(feed.count == 0)
    }

    @Test func watcherWhoWentIsForgotten() async {
        var feed = EventFeed()
        do { _ = feed.subscribe(room: nil) }
        feed.publish(ConferenceEvent(RoomEvent(.roomOpened), room: "demo", at: clock.date))
        #expect(feed.count == 0)
    }
}

@Suite struct IdentityTests {
    @Test(arguments: [
        (Identity(user: "alice", host: "Example.ORG"), "sip:alice@example.org"),
        (Identity(user: "a b", host: "example.org"), "sip:a%20b@example.org"),
        (Identity(user: "ü", host: "[2001:DB8::1]"), "sip:%C3%BC@[2001:db8::1]"),
        (Identity(user: nil, host: "example.org"), "sip:example.org"),
        (Identity(user: "+15550100", host: "", scheme: "tel"), "tel:+15550100"),
    ]) func uriIsWritten(_ identity: Identity, _ uri: String) {
        #expect(identity.uri == uri)
    }

    @Test(arguments: [
        (alice, alice, true),
        (alice, Identity(user: "alice", host: "EXAMPLE.org"), true),
        (alice, Identity(user: "Alice", host: "example.org"), false),
        (alice, Identity(user: "alice", host: "example.net"), false),
        (nobody, nobody, false),
        (Identity(user: nil, host: "h"), Identity(user: nil, host: "h"), false),
    ]) func samePersonRule(_ left: Identity, _ right: Identity, _ same: Bool) {
        #expect(left.isSamePerson(as: right) == same)
    }

    @Test func emptyDisplayNameIsNone() {
        #expect(Identity(displayName: "  ", user: "bob", host: "h").label == "bob")
        #expect(Identity(displayName: " Bob ", user: "bob", host: "h").label == "Bob")
    }
}
