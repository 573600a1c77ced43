// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Testing

@Suite struct RoomLeavingTests {
    struct Way: CustomTestStringConvertible, Sendable {
        let testDescription: String
        let leave: @Sendable (inout Room) throws -> [RoomEffect]
        let bye: [String]
        let code: String
    }

    static let ways = [
        Way(testDescription: "BYE", leave: { $0.leave(two, .hungUp, now: at(9)) }, bye: [], code: "hung-up"),
        Way(
            testDescription: "session timer", leave: { $0.leave(two, .sessionExpired, now: at(9)) }, bye: [],
            code: "session-expired"),
        Way(
            testDescription: "transport", leave: { $0.leave(two, .transportLost, now: at(9)) }, bye: [],
            code: "transport-lost"),
        Way(
            testDescription: "no media", leave: { $0.mediaLost(two, now: at(9)) }, bye: ["bye 2 408"],
            code: "media-lost"),
        Way(
            testDescription: "kick by operator", leave: { try $0.kick(two, by: root, now: at(9)) },
            bye: ["bye 2 403"], code: "removed"),
        Way(
            testDescription: "kick by creator", leave: { try $0.kick(two, by: .member(one), now: at(9)) },
            bye: ["bye 2 403"], code: "removed"),
        Way(
            testDescription: "kick of oneself", leave: { try $0.kick(two, by: .member(two), now: at(9)) },
            bye: ["bye 2 200"], code: "hung-up"),
    ]

    @Test(arguments: ways) func mediaIsCutBeforeAnythingIsSaid(_ way: Way) throws {
        var room = try room(alice, bob, carol)
        #expect(
            try way.leave(&room).brief == ["cut 2"] + way.bye + [
                "roster left 2", "chime left", "member-left 2", "record 2 \(way.code)", "log",
            ])
        #expect(room.memberIDs == [one, three])
    }

    /// Trap 17: whoever follows the events would have it talk for ever.
    @Test(arguments: ways) func whoLeavesWhileTalkingHasStoppedTalkingBefore(_ way: Way) throws {
        var room = try room(alice, bob, carol)
        _ = room.talking(two, true)
        #expect(
            try way.leave(&room).brief == ["cut 2"] + way.bye + [
                "roster left 2", "chime left", "talking-stopped 2", "member-left 2", "record 2 \(way.code)", "log",
            ])
        #expect(!room.showsTalking(two))
    }

    @Test(arguments: ways) func whoIsLeftAloneHearsMusic(_ way: Way) throws {
        var room = try room(alice, bob)
        #expect(
            try way.leave(&room).withoutLog == ["cut 2"] + way.bye + [
                "roster left 2", "chime left", "lone 1", "member-left 2", "record 2 \(way.code)",
            ])
    }

    @Test func lastOneOutEndsAnAdHocRoomAndItsRoster() throws {
        var room = try room(alice)
        #expect(
            room.leave(one, .hungUp, now: at(9)).brief == [
                "cut 1", "roster left 1", "member-left 1", "record 1 hung-up", "log", "roster ended", "room-ended",
                "log", "ended empty",
            ])
        #expect(room.isOver)
    }

    @Test func operatorsRoomStandsWhenEmpty() throws {
        var room = try room(alice, origin: .operator)
        #expect(room.leave(one, .hungUp, now: at(9)).brief.last == "log")
        #expect(!room.isOver)
        #expect(try room.join(two, call(bob), now: at(10)).brief.first == "connect 2")
    }

    @Test func abandonedCallGoesUnseen() throws {
        var room = try room(alice)
        _ = try room.join(two, call(bob), now: at(2))
        #expect(room.leave(two, .abandoned, now: at(3)).brief == ["cut 2", "record 2 abandoned", "log"])
    }

    @Test func roomGoesOnWithoutItsCreatorByDefault() throws {
        var room = try room(alice, bob)
        #expect(!room.leave(one, .hungUp, now: at(9)).brief.contains { $0.hasPrefix("ended") })
        #expect(!room.isOver)
    }

    @Test func roomThatEndsWithItsCreatorSendsTheOthersAway() throws {
        var room = try room(alice, bob, carol, settings: RoomSettings(endsWithCreator: true))
        #expect(
            room.leave(one, .hungUp, now: at(9)).withoutLog == [
                "cut 1", "roster left 1", "chime left", "member-left 1", "record 1 hung-up",
                "cut 2", "cut 3", "roster ended", "bye 2 410", "bye 3 410", "room-ended", "record 2 creator-left",
                "record 3 creator-left", "ended creator-left",
            ])
    }

    @Test func secondCallOfTheCreatorKeepsTheRoom() throws {
        var room = try room(alice, bob, alice, settings: RoomSettings(endsWithCreator: true))
        _ = room.leave(one, .hungUp, now: at(9))
        #expect(!room.isOver)
        _ = room.leave(three, .hungUp, now: at(10))
        #expect(room.isOver)
    }

    @Test func heldMemberIsNotLostForWantOfMedia() throws {
        var room = try room(alice, bob)
        _ = room.hold(two)
        #expect(room.mediaLost(two, now: at(600)) == [])
        _ = room.resume(two)
        #expect(room.mediaLost(two, now: at(601)).brief.prefix(2) == ["cut 2", "bye 2 408"])
    }

    @Test func lateReportsOfWhoIsGoneChangeNothing() throws {
        var room = try room(alice, bob)
        _ = room.leave(two, .hungUp, now: at(9))
        let before = room.version
        #expect(room.leave(two, .hungUp, now: at(9)) == [])
        #expect(room.mediaLost(two, now: at(9)) == [])
        #expect(room.established(two, now: at(9)) == [])
        #expect(room.hold(two) == [])
        #expect(room.resume(two) == [])
        #expect(room.talking(two, true) == [])
        #expect(room.press(two, key: "*", now: at(9)) == [])
        _ = room.report(two, MediaReport(codec: "opus", remoteMedia: "192.0.2.1:4000"))
        #expect(room.version == before)
    }

    @Test func cancelCutsAllMediaThenTellsSubscribersThenSaysGoodbyeToAll() throws {
        var room = try room(alice, bob)
        _ = try room.join(three, call(carol), now: at(5))
        #expect(
            try room.cancel(by: root, now: at(9)).brief == [
                "cut 1", "cut 2", "cut 3", "roster ended", "bye 1 410", "bye 2 410", "bye 3 410", "room-ended",
                "record 1 room-cancelled", "record 2 room-cancelled", "record 3 room-cancelled", "log",
                "ended cancelled",
            ])
        #expect(throws: Refusal.self) { try room.cancel(by: root, now: at(9)) }
        #expect(throws: Refusal.self) { try room.join(MemberID(4), call(carol), now: at(9)) }
        #expect(room.leave(one, .hungUp, now: at(10)) == [])
    }

    @Test func drainSendsEverybodyAwayWith503() throws {
        var room = try room(alice, bob)
        #expect(
            room.drain(now: at(9)).withoutLog == [
                "cut 1", "cut 2", "roster ended", "bye 1 503", "bye 2 503", "room-ended", "record 1 draining",
                "record 2 draining", "ended draining",
            ])
        #expect(room.drain(now: at(9)) == [])
    }

    @Test func recordTellsTheWholeCall() throws {
        var room = try room(alice, bob)
        let media = MediaReport(codec: "opus", remoteMedia: "192.0.2.1:4000", lossPercent: 1.5)
        _ = room.report(two, media)
        let effects = room.leave(two, .hungUp, now: at(61))
        let record = try #require(effects.compactMap { if case .record(let record) = $0 { record } else { nil } }.first)
        #expect(record.duration == .seconds(60))
        #expect(record.identity == bob)
        #expect(record.callID == "call-bob")
        #expect(record.media == media)
        #expect(record.room == "demo")
    }

    @Test(arguments: [
        (HangUpReason.roomCancelled(by: "Alice"), 410, "Conference cancelled by Alice"),
        (.removed(by: "Alice"), 403, "Removed from the conference by Alice"),
        (.creatorLeft, 410, "Conference ended: its creator left"),
        (.mediaLost, 408, "No media received"),
        (.setupTimedOut, 408, "Call setup timed out"),
        (.draining, 503, "The conference server is shutting down"),
    ]) func reasonsHaveStatusAndWords(_ reason: HangUpReason, _ status: Int, _ text: String) {
        #expect(reason.status == status)
        #expect(reason.text == text)
    }
}
