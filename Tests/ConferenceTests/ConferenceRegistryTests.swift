// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Testing

private func address(_ user: String?, _ host: String = "conf.example.org") -> ConferenceAddress {
    ConferenceAddress(user: user, host: host)
}

/// Counts, so that factory names are known in tests.
private struct Counting: RandomNumberGenerator {
    var value: UInt64 = 0
    mutating func next() -> UInt64 {
        value &+= 1
        return value << 59
    }
}

@Suite struct ConferenceRegistryTests {
    private func registry(_ change: (inout ConferencePolicy) -> Void = { _ in }) -> ConferenceRegistry {
        var policy = ConferencePolicy()
        change(&policy)
        return ConferenceRegistry(policy: policy, names: RoomNameGenerator(Counting()))
    }

    @Test func diallingAFreeNameOpensARoomAndOthersMeetThere() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("demo"), now: at(0))
        #expect(first.step.name == "demo")
        #expect(first.step.effects.brief == ["opened", "room-opened", "log", "connect 1", "answer 1", "log"])
        let second = try registry.join(call(bob), at: address("demo", "[2001:DB8::1]"), now: at(0))
        #expect(second.step.room == first.step.room)
        #expect(second.step.effects.brief == ["connect 2", "answer 2", "log"])
        #expect(registry.roomCount == 1)
        #expect(registry.memberCount == 2)
    }

    @Test func userPartsAreComparedToTheLetterAndHostsWithoutCase() throws {
        var registry = registry { $0.domains = ["Conf.Example.org"] }
        let lower = try registry.join(call(alice), at: address("demo", "CONF.example.ORG"), now: at(0))
        let upper = try registry.join(call(bob), at: address("Demo"), now: at(0))
        #expect(lower.step.room != upper.step.room)
    }

    @Test(arguments: [
        (address("demo", "elsewhere.example"), Refusal.Kind.foreignDomain, 404),
        (address(nil), .incompleteAddress, 484),
        (address(""), .incompleteAddress, 484),
        (address("conferences"), .invalidName, 404),
        (address("a\u{7}b"), .invalidName, 404),
        (address("\u{FFFD}\u{FFFD}"), .invalidName, 404),
        (address(String(repeating: "x", count: 129)), .invalidName, 404),
        (address("demo"), .unknownRoom, 404),
    ]) func badTargetsAreRefused(_ target: ConferenceAddress, _ kind: Refusal.Kind, _ status: Int) {
        var registry = registry {
            $0.domains = ["conf.example.org"]
            $0.adhoc = false
        }
        let refusal = #expect(throws: Refusal.self) { try registry.join(call(alice), at: target, now: at(0)) }
        #expect(refusal?.kind == kind)
        #expect(refusal?.status == status)
        #expect(registry.roomCount == 0)
    }

    @Test func factoryMakesFreshRoomsWhoseNamesThenLeadThere() throws {
        var registry = registry { $0.adhoc = false }
        let first = try registry.join(call(alice), at: address("conference-factory"), now: at(0))
        let second = try registry.join(call(bob), at: address("conference-factory"), now: at(0))
        #expect(first.step.name == "bcde-fghi-jkmn-pqrs")
        #expect(first.step.name != second.step.name)
        let third = try registry.join(call(carol), at: address(first.step.name), now: at(0))
        #expect(third.step.room == first.step.room)
        #expect(try registry.room(first.step.name).rank(of: .member(first.member)) == .creator)
    }

    @Test func factoryNamesAreUnguessable() {
        var names = RoomNameGenerator()
        let made = Set((0..<1000).map { _ in names.next() })
        #expect(made.count == 1000)
        #expect(made.allSatisfy { $0.utf8.count == 19 })
    }

    @Test func emptyAdHocRoomVanishesAndItsNameIsFree() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("demo"), now: at(0))
        _ = registry.established(first.member, now: at(0))
        #expect(registry.leave(first.member, .hungUp, now: at(1))?.effects.brief.last == "ended empty")
        #expect(registry.roomCount == 0)
        #expect(registry.memberCount == 0)
        let again = try registry.join(call(bob), at: address("demo"), now: at(2))
        #expect(again.step.room != first.step.room)
        #expect(again.member != first.member)
    }

    @Test func cancelledNameAnswers410UntilAnOperatorCreatesItAnew() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("demo"), now: at(0))
        let other = try registry.join(call(bob), at: address("other"), now: at(0))
        let step = try registry.command(.cancel, in: "demo", by: .member(first.member), now: at(1))
        #expect(step.effects.brief.last == "ended cancelled")
        let refusal = #expect(throws: Refusal.self) {
            try registry.join(call(bob), at: address("demo"), now: at(100_000))
        }
        #expect(refusal?.status == 410)
        #expect(registry.room(of: other.member)?.name == "other")
        #expect(throws: Refusal.self) { try registry.command(.cancel, in: "demo", by: root, now: at(2)) }

        #expect(
            try registry.create("demo", by: root, now: at(3)).effects.brief == [
                "opened", "roster room", "room-opened", "log",
            ])
        let exists = #expect(throws: Refusal.self) { try registry.create("demo", by: root, now: at(3)) }
        #expect(exists?.kind == .alreadyExists)
        let back = try registry.join(call(bob), at: address("demo"), now: at(4))
        _ = registry.leave(back.member, .hungUp, now: at(5))
        #expect(registry.roomCount == 2, "an operator's room stands when empty")
    }

    @Test func cancelledNameExpiresWhenConfigured() throws {
        var registry = registry { $0.cancelledNameExpiry = .seconds(60) }
        _ = try registry.join(call(alice), at: address("demo"), now: at(0))
        _ = try registry.command(.cancel, in: "demo", by: root, now: at(1))
        #expect(throws: Refusal.self) { try registry.join(call(bob), at: address("demo"), now: at(60.9)) }
        #expect(try registry.join(call(bob), at: address("demo"), now: at(61)).step.name == "demo")
    }

    @Test func anotherMembersCancelGets403AndNothingChanges() throws {
        var registry = registry()
        _ = try registry.join(call(alice), at: address("demo"), now: at(0))
        let second = try registry.join(call(bob), at: address("demo"), now: at(0))
        let refusal = #expect(throws: Refusal.self) {
            try registry.command(.cancel, in: "demo", by: .member(second.member), now: at(1))
        }
        #expect(refusal?.status == 403)
        #expect(registry.memberCount == 2)
        #expect(throws: Never.self) { try registry.join(call(carol), at: address("demo"), now: at(2)) }
    }

    @Test func limitsHold() throws {
        var registry = registry {
            $0.maxRooms = 2
            $0.maxMembers = 3
            $0.room.maxMembers = 2
        }
        _ = try registry.join(call(alice), at: address("a"), now: at(0))
        _ = try registry.join(call(bob), at: address("a"), now: at(0))
        let full = #expect(throws: Refusal.self) { try registry.join(call(carol), at: address("a"), now: at(0)) }
        #expect(full?.status == 486)
        let last = try registry.join(call(carol), at: address("b"), now: at(0))
        let members = #expect(throws: Refusal.self) { try registry.join(call(alice), at: address("b"), now: at(0)) }
        #expect(members?.kind == .tooManyMembers)
        #expect(members?.status == 503)
        #expect(members?.retryAfter != nil)
        _ = registry.leave(last.member, .hungUp, now: at(1))
        _ = try registry.create("c", by: root, now: at(1))
        let rooms = #expect(throws: Refusal.self) { try registry.join(call(alice), at: address("d"), now: at(1)) }
        #expect(rooms?.kind == .tooManyRooms)
        #expect(registry.roomCount == 2)
        #expect(registry.memberCount == 2)
    }

    @Test func goodbyeIsSaidAndNewCallsAreRefused() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("a"), now: at(0))
        _ = registry.established(first.member, now: at(0))
        let steps = registry.sayGoodbye(now: at(1))
        #expect(steps.map(\.name) == ["a"])
        #expect(steps.first?.effects.brief.prefix(3) == ["cut 1", "roster ended", "bye 1 503"])
        #expect(registry.memberCount == 0)
        let refusal = #expect(throws: Refusal.self) { try registry.join(call(bob), at: address("a"), now: at(1)) }
        #expect(refusal?.status == 503)
        #expect(refusal?.retryAfter != nil)
        #expect(throws: Refusal.self) { try registry.create("b", by: root, now: at(1)) }
        #expect(registry.sayGoodbye(now: at(3)) == [])
    }

    @Test func callsNeverSetUpAreSentAwayInTime() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("a"), now: at(0))
        let second = try registry.join(call(bob), at: address("b"), now: at(1))
        #expect(registry.nextDeadline == at(40))
        _ = registry.established(first.member, now: at(2))
        #expect(registry.nextDeadline == at(41))
        #expect(registry.tick(at(40)) == [])
        let steps = registry.tick(at(41))
        #expect(steps.map(\.name) == ["b"])
        #expect(steps.first?.effects.brief.last == "ended empty")
        #expect(registry.room(of: second.member) == nil)
        #expect(registry.nextDeadline == nil)
    }

    @Test func thousandsOfCallsLeaveNothingBehind() throws {
        var registry = registry { $0.maxMembers = 100_000 }
        for index in 0..<5000 {
            let admission = try registry.join(call(alice), at: address("room-\(index % 50)"), now: at(Double(index)))
            _ = registry.established(admission.member, now: at(Double(index)))
            _ = registry.leave(admission.member, .hungUp, now: at(Double(index)))
        }
        #expect(registry.roomCount == 0)
        #expect(registry.memberCount == 0)
        #expect(registry.nextDeadline == nil)
    }

    @Test func newRulesReachStandingRooms() throws {
        var registry = registry()
        let first = try registry.join(call(alice), at: address("a"), now: at(0))
        _ = registry.established(first.member, now: at(0))
        var policy = registry.policy
        policy.room.loneMemberMusic = false
        policy.room.maxMembers = 1
        #expect(registry.reconfigure(policy, now: at(1)).map(\.effects.brief) == [["roster room", "lone -"]])
        #expect(throws: Refusal.self) { try registry.join(call(bob), at: address("a"), now: at(2)) }
    }

    /// Trap 17: the room that it comes to has not heard it yet.
    @Test func whoIsMovedWhileTalkingIsNotSaidToTalkThere() throws {
        var registry = registry { $0.room.largestTalkingRoster = 5 }
        for (caller, room) in [(alice, "demo"), (bob, "demo"), (carol, "other")] {
            let member = try registry.join(call(caller), at: address(room), now: at(0)).member
            _ = registry.established(member, now: at(1))
        }
        _ = registry.talking(two, true, now: at(2))
        #expect(try registry.room("demo").showsTalking(two))
        let relocation = try registry.move(two, to: "other", by: root, now: at(3))
        #expect(relocation?.leaving.effects.brief.contains("talking-stopped 2") == true)
        #expect(try !registry.room("other").showsTalking(two))
        let talks = registry.talking(two, true, now: at(4))
        #expect(talks?.effects.brief == ["roster updated 2", "talking-started 2"])
    }
}
