// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import FoundationEssentials
import Testing

@Suite struct RoomJoiningTests {
    @Test func firstCallerIsConnectedThenAnsweredAndUnseenUntilEstablished() throws {
        var room = emptyRoom()
        #expect(try room.join(one, call(alice), now: at(0)).brief == ["connect 1", "answer 1", "log"])
        #expect(room.seats == 1)
        #expect(room.memberCount == 0)
        #expect(room.version == 0)
        #expect(
            room.established(one, now: at(1)).brief == ["roster joined 1", "lone 1", "member-joined 1", "log"])
        #expect(room.memberCount == 1)
        #expect(room.established(one, now: at(2)) == [])
    }

    @Test func secondCallerEndsTheMusicAndIsChimed() throws {
        var room = try room(alice)
        _ = try room.join(two, call(bob), now: at(2))
        #expect(
            room.established(two, now: at(3)).brief == [
                "roster joined 2", "lone -", "chime joined", "member-joined 2", "log",
            ])
    }

    @Test func chimesAndMusicCanBeSwitchedOff() throws {
        var room = try room(alice, settings: RoomSettings(chimes: false, loneMemberMusic: false))
        _ = try room.join(two, call(bob), now: at(2))
        #expect(room.established(two, now: at(3)).brief == ["roster joined 2", "member-joined 2", "log"])
        #expect(
            room.leave(two, .hungUp, now: at(4)).withoutLog == [
                "cut 2", "roster left 2", "member-left 2", "record 2 hung-up",
            ])
    }

    @Test func switchingMusicOnLaterReachesWhoIsAlone() throws {
        var room = try room(alice, settings: RoomSettings(loneMemberMusic: false))
        #expect(room.reconfigure(RoomSettings(), now: at(2)).brief == ["lone 1"])
        #expect(room.reconfigure(RoomSettings(loneMemberMusic: false), now: at(2)).brief == ["lone -"])
    }

    @Test func fullRoomIsBusyAndCountsCallsBeingSetUp() throws {
        var room = emptyRoom(RoomSettings(maxMembers: 2))
        _ = try room.join(one, call(alice), now: at(0))
        _ = try room.join(two, call(bob), now: at(0))
        let before = room.detail(WallClock(instant: at(0), date: .init(timeIntervalSince1970: 0)))
        let refusal = #expect(throws: Refusal.self) { try room.join(three, call(carol), now: at(0)) }
        #expect(refusal?.kind == .roomFull)
        #expect(refusal?.status == 486)
        #expect(
            refusal?.warning(agent: "conf.example.org")
                == "399 conf.example.org \"Conference demo is full (2 members)\"")
        #expect(room.detail(WallClock(instant: at(0), date: .init(timeIntervalSince1970: 0))) == before)
        _ = room.leave(one, .abandoned, now: at(1))
        #expect(try room.join(three, call(carol), now: at(1)).brief.first == "connect 3")
    }

    @Test func lockedRoomLetsNobodyInUntilUnlocked() throws {
        var room = try room(alice)
        #expect(try room.lock(by: root).brief == ["roster room", "room-locked", "log"])
        #expect(try room.lock(by: root) == [])
        let refusal = #expect(throws: Refusal.self) { try room.join(two, call(bob), now: at(2)) }
        #expect(refusal?.status == 480)
        #expect(try room.unlock(by: .member(one)).brief == ["roster room", "room-unlocked", "log"])
        #expect(try room.unlock(by: root) == [])
        #expect(try room.join(two, call(bob), now: at(3)).brief.first == "connect 2")
    }

    @Test func callThatIsNeverSetUpLosesItsSeat() throws {
        var room = try room(alice, settings: RoomSettings(setupTimeout: .seconds(40)))
        #expect(room.nextDeadline == nil)
        _ = try room.join(two, call(bob), now: at(2))
        #expect(room.nextDeadline == at(42))
        #expect(room.tick(at(41.9)) == [])
        #expect(room.tick(at(42)).brief == ["cut 2", "bye 2 408", "record 2 setup-timed-out", "log"])
        #expect(room.nextDeadline == nil)
    }

    @Test func rosterVersionsCountUpByOneWithoutAGap() throws {
        var room = emptyRoom()
        var effects = try room.join(one, call(alice), now: at(0))
        effects += room.established(one, now: at(0))
        effects += try room.join(two, call(bob), now: at(0))
        effects += room.established(two, now: at(0))
        effects += room.talking(two, true)
        effects += try room.mute(two, by: root)
        effects += room.hold(one)
        effects += try room.lock(by: root)
        effects += room.leave(two, .hungUp, now: at(1))
        let versions = effects.compactMap { effect in
            if case .rosterChanged(let change) = effect { change.version } else { nil }
        }
        // Who talks is not in the roster.
        #expect(versions == Array(1...6))
        #expect(room.version == 6)
    }

    @Test func changesOfTheRosterAreRememberedForAWhile() throws {
        var room = try room(alice, bob)
        #expect(room.rosterChanges(since: 0)?.map(\.subject) == [.joined(one), .joined(two)])
        #expect(room.rosterChanges(since: 2)?.isEmpty == true)
        #expect(room.rosterChanges(since: 3) == nil)
        for _ in 0..<Room.rosterLogLimit {
            _ = room.hold(two)
            _ = room.resume(two)
        }
        #expect(room.rosterChanges(since: 0) == nil)
        #expect(room.rosterChanges(since: room.version - 3)?.map(\.version) == Array(room.version - 2...room.version))
        #expect(room.rosterChanges(since: room.version - UInt64(Room.rosterLogLimit)) != nil)
    }

    @Test func anOperatorsRoomIsTheListsBusinessFromTheStart() throws {
        var registry = ConferenceRegistry(policy: ConferencePolicy())
        let step = try registry.create("standing", by: root, now: at(0))
        #expect(step.effects.brief == ["opened", "roster room", "room-opened", "log"])
        #expect(try registry.room("standing").version == 1)
    }

    @Test(arguments: [0xFFFE, 0xFFFF, 0xFDD0, 0x1FFFF, 0x1, 0x85] as [UInt32])
    func namesThatNoRosterCouldHoldAreRefused(_ code: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(code))
        #expect(throws: Refusal.self) { try ConferencePolicy.checkName("a\(scalar)b") }
    }

    @Test func logLinesCarryRoomAndCallID() throws {
        var room = emptyRoom()
        var effects = try room.join(one, call(alice), now: at(0))
        effects += room.established(one, now: at(0))
        effects += room.leave(one, .hungUp, now: at(1))
        let lines = effects.compactMap { if case .log(let line) = $0 { line } else { nil } }
        #expect(lines.count == 4)
        #expect(lines.allSatisfy { $0.fields["room"] == "demo" })
        #expect(lines.dropLast().allSatisfy { $0.fields["call-id"] == "call-alice" })
    }
}
