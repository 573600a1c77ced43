// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Foundation
import Testing

@Suite struct RoomAdmissionTests {
    private func press(_ keys: String, _ room: inout Room, _ id: MemberID) -> [RoomEffect] {
        keys.flatMap { room.press(id, key: $0, now: at(2)) }
    }

    private func withPIN(_ change: (inout RoomSettings) -> Void = { _ in }) -> Room {
        var settings = RoomSettings()
        settings.pin = "4711"
        settings.moderatorPIN = "081500"
        change(&settings)
        return emptyRoom(settings, origin: .arranged)
    }

    /// Where all wait for a moderator, with Alice and Bob at its door.
    private func withTwoWhoWait() throws -> Room {
        var settings = RoomSettings()
        settings.moderatorPIN = "999"
        settings.waitsForModerator = true
        return try room(alice, bob, settings: settings, origin: .arranged)
    }

    @Test func digitsLetAMemberIn() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        #expect(room.established(one, now: at(1)).withoutLog == ["prompt 1 enterPIN"])
        #expect(room.isWaiting(one))
        #expect(room.memberCount == 0)
        #expect(
            press("47*4711#", &room, one).withoutLog.prefix(3) == ["prompt 1 welcome", "admit 1", "roster joined 1"])
        #expect(!room.isWaiting(one))
        #expect(room.rank(of: .member(one)) == .member)
    }

    @Test func theOtherDigitsMakeAModerator() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        #expect(press("081500", &room, one).withoutLog.contains("admit 1"))
        #expect(room.rank(of: .member(one)) == .moderator)
        var direct = call(bob)
        direct.pin = "081500"
        _ = try room.join(two, direct, now: at(0))
        #expect(room.established(two, now: at(1)).withoutLog.first == "roster joined 2")
        #expect(room.rank(of: .member(two)) == .moderator)
    }

    @Test func threeWrongPINsEndTheCall() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        #expect(press("1111#", &room, one).withoutLog == ["wrong 1", "prompt 1 wrongPIN"])
        #expect(press("471100", &room, one).withoutLog == ["wrong 1", "prompt 1 wrongPIN"])
        #expect(
            press("1111#", &room, one).withoutLog
                == ["wrong 1", "cut 1", "bye 1 403", "record 1 no-pin", "roster ended", "room-ended", "ended empty"])
    }

    /// The last digit of the longest PIN ends an entry; the hash key that the prompt asks for comes after it all the same.
    @Test func aHashKeyAloneIsNoEntry() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        for _ in 1...2 { #expect(press("111111#", &room, one).withoutLog == ["wrong 1", "prompt 1 wrongPIN"]) }
        #expect(press("##", &room, one).isEmpty)
        #expect(press("4711#", &room, one).withoutLog.contains("admit 1"))
    }

    @Test func aWrongPINThatIsDialledIsTold() throws {
        func admitted(_ pin: String?, _ room: Room, isInvited: Bool = false) throws -> [String] {
            var room = room
            var request = call(alice)
            request.pin = pin
            request.isInvited = isInvited
            return try room.join(one, request, now: at(0)).withoutLog
        }
        #expect(try admitted("1111", withPIN()).first == "wrong 1")
        // Guessing at the moderators' alone.
        #expect(try admitted("1111", withPIN { $0.pin = nil }).first == "wrong 1")
        for pin in ["4711", "081500", nil] { #expect(try !admitted(pin, withPIN()).contains("wrong 1")) }
        #expect(try !admitted("1111", withPIN(), isInvited: true).contains("wrong 1"))
        #expect(try !admitted("1111", emptyRoom()).contains("wrong 1"))
    }

    @Test func whoEntersNothingIsSentAway() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        #expect(room.nextDeadline == at(40))
        #expect(room.tick(at(41)).withoutLog.prefix(2) == ["cut 1", "bye 1 403"])
    }

    @Test func theOwnerNeedsNoneOnceLoggedIn() throws {
        let ann = Identity(user: "ann", host: "h", source: Identity.login)
        let forged = Identity(user: "ann", host: "h", source: "192.0.2.9")
        var room = withPIN { $0.owner = "ann" }
        _ = try room.join(one, call(forged), now: at(0))
        #expect(room.established(one, now: at(1)).withoutLog == ["prompt 1 enterPIN"])
        _ = try room.join(two, call(ann), now: at(0))
        #expect(room.established(two, now: at(1)).withoutLog.first == "roster joined 2")
        #expect(room.rank(of: .member(two)) == .creator)
        #expect(room.rank(of: .member(one)) == .outsider)
    }

    @Test func allWaitForAModerator() throws {
        var settings = RoomSettings()
        settings.moderatorPIN = "999"
        settings.waitsForModerator = true
        settings.endsWithModerator = true
        var room = emptyRoom(settings, origin: .arranged)
        for id in [one, two] {
            _ = try room.join(id, call(id == one ? alice : bob), now: at(0))
            #expect(room.established(id, now: at(1)).withoutLog == ["prompt \(id) waitForModerator"])
        }
        var chair = call(carol)
        chair.pin = "999"
        _ = try room.join(three, chair, now: at(0))
        let effects = room.established(three, now: at(2)).withoutLog
        #expect(effects.filter { $0.hasPrefix("admit") } == ["admit 1", "admit 2"])
        #expect(room.memberCount == 3)
        #expect(room.leave(three, .hungUp, now: at(3)).withoutLog.last == "ended moderator-left")
    }

    /// The moderator may never come.
    @Test func whoWaitsComesInWhenNobodyIsWaitedForAnyMore() throws {
        var room = try withTwoWhoWait()
        var settings = room.settings
        settings.waitsForModerator = false
        let effects = room.reconfigure(settings, now: at(2)).withoutLog
        #expect(effects.filter { $0.hasPrefix("admit") } == ["admit 1", "admit 2"])
        #expect(room.memberCount == 2)
        #expect(room.reconfigure(settings, now: at(3)) == [])
    }

    /// Who follows the list of rooms or the roster has read what is so no more.
    @Test func rulesThatFollowersReadAreToldWhenTheyChange() throws {
        var room = try room(alice, bob)
        var settings = room.settings
        settings.isListed = false
        #expect(room.reconfigure(settings, now: at(2)).brief == ["roster room"])
        settings.maxMembers = 7
        #expect(room.reconfigure(settings, now: at(3)).brief == ["roster room"])
        settings.pin = "4711"
        #expect(room.reconfigure(settings, now: at(4)).brief == ["roster room"])
        settings.title = "The board"
        #expect(room.reconfigure(settings, now: at(5)).brief == ["roster room"])
        settings.joinMuted = true
        #expect(room.reconfigure(settings, now: at(6)) == [])
    }

    @Test func theModeratorsDigitsOpenTheRoomToWhoWaits() throws {
        var room = try withTwoWhoWait()
        #expect(press("123", &room, two).withoutLog == ["wrong 2", "prompt 2 wrongPIN"])
        let effects = press("999", &room, two).withoutLog
        #expect(effects.filter { $0.hasPrefix("admit") } == ["admit 2", "admit 1"])
        #expect(room.rank(of: .member(two)) == .moderator)
    }

    /// Guessing ends, waiting does not.
    @Test func whoWaitsMayGuessThreeTimes() throws {
        var settings = RoomSettings()
        settings.moderatorPIN = "999"
        settings.waitsForModerator = true
        var room = emptyRoom(settings, origin: .arranged)
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        for _ in 0..<3 { #expect(press("111", &room, one).withoutLog.first == "wrong 1") }
        #expect(press("999", &room, one).isEmpty)
        #expect(room.isWaiting(one))
    }

    @Test func whoWaitsHasNoSay() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        _ = room.established(one, now: at(1))
        #expect(room.rank(of: .member(one)) == .outsider)
        #expect(room.rank(of: .person(alice)) == .outsider)
        for command: RoomCommand in [.lock, .raiseHand(.oneself), .muteAll, .record(.start), .invite("bob")] {
            #expect(throws: Refusal.self) { try room.perform(command, by: .member(one), now: at(2)) }
        }
    }

    @Test func whoIsTakenUpAgainIsAskedOnlyIfItStillWas() throws {
        for lacksPIN in [true, false] {
            var room = withPIN()
            var request = call(alice)
            request.isInvited = true
            request.standing = MemberStanding(
                isCreator: false, grant: nil, mutedBy: nil, muteRank: nil, lacksPIN: lacksPIN)
            _ = try room.join(one, request, now: at(0))
            #expect(
                room.established(one, now: at(1)).withoutLog.first
                    == (lacksPIN ? "prompt 1 enterPIN" : "roster joined 1"))
        }
    }

    /// Its leg opens in silence: a command that comes after that may come a tick too late.
    @Test func whoWillNotBeHeardIsSilentBeforeItsCallIsEstablished() throws {
        var rules = RoomSettings()
        rules.joinMuted = true
        var room = emptyRoom(rules)
        _ = try room.join(one, call(alice), now: at(0))
        _ = try room.join(two, call(bob), now: at(0))
        #expect(!room.isSilenced(one) && room.isSilenced(two))
        _ = room.established(one, now: at(1))
        _ = room.established(two, now: at(1))
        #expect(!room.isSilenced(one) && room.isSilenced(two))

        var free = emptyRoom(RoomSettings())
        var request = call(alice)
        request.standing = MemberStanding(
            isCreator: false, grant: nil, mutedBy: .rules, muteRank: .moderator, lacksPIN: false)
        _ = try free.join(one, request, now: at(0))
        #expect(free.isSilenced(one))
        #expect(free.established(one, now: at(1)).withoutLog.contains("silence 1"))
        #expect(free.isSilenced(one))
    }

    /// At the door it is apart anyway, and its rights may be others when it comes in.
    @Test func whoWaitsFirstIsNotSilentOnSuspicion() throws {
        var rules = RoomSettings()
        rules.joinMuted = true
        rules.pin = "1234"
        rules.moderatorPIN = "999"
        var room = emptyRoom(rules, origin: .arranged)
        _ = try room.join(one, call(alice), now: at(0))
        #expect(!room.isSilenced(one) && room.isWaiting(one))
    }

    /// What was asked at the door is asked no more.
    @Test func whoIsAskedForAPINComesInWhenThereIsNoneAnyMore() throws {
        var room = withPIN()
        _ = try room.join(one, call(alice), now: at(0))
        #expect(room.established(one, now: at(1)).withoutLog == ["prompt 1 enterPIN"])
        _ = try room.join(two, call(bob), now: at(2))
        var settings = room.settings
        settings.pin = nil
        #expect(room.reconfigure(settings, now: at(3)).withoutLog.contains("roster joined 1"))
        #expect(!room.isWaiting(one) && !room.isWaiting(two))
        #expect(room.established(two, now: at(4)).withoutLog.contains("roster joined 2"))
    }

    @Test func onlyPresentersAreHeardUntilAModeratorSaysOtherwise() throws {
        var settings = RoomSettings()
        settings.moderatorPIN = "999"
        settings.presenterOnly = true
        var room = emptyRoom(settings, origin: .arranged)
        var chair = call(alice)
        chair.pin = "999"
        _ = try room.join(one, chair, now: at(0))
        #expect(!room.established(one, now: at(1)).withoutLog.contains("silence 1"))
        _ = try room.join(two, call(bob), now: at(0))
        #expect(room.established(two, now: at(1)).withoutLog.first == "silence 2")
        #expect(throws: Refusal.self) { try room.unmute(two, by: .member(two)) }
        #expect(try room.giveRole(.presenter, to: two, by: .member(one), now: at(2)).withoutLog.contains("hear 2"))
        #expect(throws: Refusal.self) { try room.giveRole(.moderator, to: two, by: .member(two), now: at(2)) }
    }

    @Test func newcomersAreMutedAndMayUnmuteThemselves() throws {
        var settings = RoomSettings()
        settings.joinMuted = true
        var room = try room(alice, bob, settings: settings)
        #expect(room.isSilenced(two))
        // Who opened it leads it.
        #expect(!room.isSilenced(one))
        #expect(try room.unmute(two, by: .member(two)).withoutLog.first == "hear 2")
    }

    @Test func aModeratorDoesNothingToTheCreator() throws {
        var room = try room(alice, bob, carol)
        _ = try room.giveRole(.moderator, to: two, by: .member(one), now: at(2))
        #expect(throws: Refusal.self) { try room.kick(one, by: .member(two), now: at(3)) }
        #expect(throws: Refusal.self) { try room.cancel(by: .member(two), now: at(3)) }
        #expect(try room.kick(three, by: .member(two), now: at(3)).withoutLog.first == "cut 3")
    }
}

@Suite struct RoomScheduleTests {
    private static func date(_ text: String) throws -> Date { try Date(text, strategy: .iso8601) }

    @Test(arguments: [
        // Summer time ends in Europe on 25 October 2026 and in the United States on 1 November.
        (
            "Europe/Berlin", "2026-10-19T09:00:00+02:00", RoomSchedule.Recurrence.weekly, "2026-10-26T09:30:00+01:00",
            true
        ),
        ("Europe/Berlin", "2026-10-19T09:00:00+02:00", .weekly, "2026-10-26T08:30:00+01:00", false),
        ("America/New_York", "2026-10-26T09:00:00-04:00", .weekly, "2026-11-02T09:30:00-05:00", true),
        ("UTC", "2026-10-19T09:00:00Z", .weekly, "2026-10-20T09:30:00Z", false),
        ("UTC", "2026-10-19T09:00:00Z", .daily, "2027-10-20T09:59:59Z", true),
        ("UTC", "2026-10-19T09:00:00Z", .daily, "2027-10-20T10:00:00Z", false),
        ("UTC", "2026-10-23T09:00:00Z", .weekdays, "2026-10-24T09:30:00Z", false),
        ("UTC", "2026-10-23T09:00:00Z", .weekdays, "2026-10-26T09:30:00Z", true),
        ("UTC", "2026-01-31T09:00:00Z", .monthly, "2026-02-28T09:30:00Z", true),
        ("UTC", "2026-10-19T09:00:00Z", .once, "2026-10-19T09:30:00Z", true),
        ("UTC", "2026-10-19T09:00:00Z", .once, "2026-10-20T09:30:00Z", false),
    ])
    func itIsOpenAtItsTimes(
        zone: String, start: String, recurrence: RoomSchedule.Recurrence, at time: String, isOpen: Bool
    ) throws {
        let begin = try Self.date(start)
        let schedule = RoomSchedule(
            start: begin, end: begin + 3600, recurrence: recurrence, timeZone: zone)
        #expect((schedule.opening(at: try Self.date(time)) != nil) == isOpen)
    }

    @Test func theNextOpeningIsTold() throws {
        let begin = try Self.date("2026-10-23T23:30:00Z")
        var schedule = RoomSchedule(start: begin, end: begin + 3600, recurrence: .weekdays)
        // It lasts over midnight.
        #expect(schedule.opening(at: try Self.date("2026-10-24T00:15:00Z")) != nil)
        #expect(
            schedule.next(after: try Self.date("2026-10-24T01:00:00Z"))?.start
                == (try Self.date("2026-10-26T23:30:00Z")))
        #expect(schedule.next(after: try Self.date("2026-01-01T00:00:00Z"))?.start == begin)
        schedule.until = try Self.date("2026-10-25T00:00:00Z")
        #expect(schedule.next(after: try Self.date("2026-10-24T01:00:00Z")) == nil)
    }

    @Test func theRegistryKeepsTheTimes() throws {
        var registry = ConferenceRegistry(policy: ConferencePolicy(adhoc: false))
        var definition = RoomDefinition(name: "board")
        let begin = try Self.date("2026-12-01T09:00:00Z")
        definition.schedule = [RoomSchedule(start: begin, end: begin + 3600)]
        #expect(try registry.define(definition, now: at(0)) == nil)
        let address = ConferenceAddress(user: "board", host: "h")
        let early = #expect(throws: Refusal.self) {
            try registry.join(call(alice), at: address, now: at(0), date: begin - 60)
        }
        #expect(early?.kind == .notOpen)
        #expect(early?.text.contains("2026-12-01T09:00:00Z") == true)
        let admission = try registry.join(call(alice), at: address, now: at(0), date: begin)
        _ = registry.established(admission.member, now: at(1))
        #expect(registry.closeRooms(at: begin + 3599, now: at(2)).isEmpty)
        let steps = registry.closeRooms(at: begin + 3600, now: at(3))
        #expect(steps.first?.effects.withoutLog.contains("bye 1 410") == true)
        #expect(registry.roomCount == 0)
        #expect(throws: Refusal.self) { try registry.join(call(alice), at: address, now: at(4), date: begin + 3601) }
    }
}
