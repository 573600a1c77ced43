// SPDX-License-Identifier: GPL-3.0-or-later
import Conference
import Testing

@Suite struct RoomFloorTests {
    @Test func aHandGoesUpByItsOwnerAndDownByAModeratorToo() throws {
        var room = try room(alice, bob, carol)
        #expect(
            try room.raiseHand(true, of: two, by: .member(two)).withoutLog == ["roster updated 2", "hand-raised 2"])
        #expect(try room.raiseHand(true, of: two, by: .member(two)).isEmpty)
        #expect(room.detail(.now).members.map(\.handRaised) == [nil, true, nil])
        #expect(throws: Refusal.self) { try room.raiseHand(false, of: two, by: .member(three)) }
        #expect(throws: Refusal.self) { try room.raiseHand(true, of: three, by: .member(one)) }
        #expect(try room.raiseHand(false, of: two, by: .member(one)).withoutLog.last == "hand-lowered 2")
    }

    @Test func allAreMutedButThoseWhoLead() throws {
        var room = try room(alice, bob, carol)
        #expect(throws: Refusal.self) { try room.muteAll(by: .member(two)) }
        _ = try room.giveRole(.moderator, to: two, by: root, now: at(2))
        let silenced = try room.muteAll(by: .member(two)).withoutLog.filter { $0.hasPrefix("silence") }
        #expect(silenced == ["silence 3"])
        #expect(try room.muteAll(by: .member(two)).isEmpty)
    }

    @Test func whoIsBannedStaysOutAndOthersDoNot() throws {
        var room = try room(alice, bob, carol)
        #expect(throws: Refusal.self) { try room.ban(three, by: .member(two), now: at(2)) }
        #expect(try room.ban(two, by: .member(one), now: at(2)).withoutLog.first == "member-banned 2")
        let refusal = #expect(throws: Refusal.self) { try room.join(MemberID(4), call(bob), now: at(3)) }
        #expect(refusal?.status == 403)
        #expect(throws: Never.self) { try room.join(MemberID(5), call(Identity(user: "dan", host: "h")), now: at(3)) }
    }

    /// Who hides its name is told by where it calls from.
    @Test func whoIsBannedWithoutANameStaysOutToo() throws {
        func hidden(_ user: String, _ source: String?) -> Identity {
            Identity(user: user, host: "anonymous.invalid", source: source)
        }
        func returns(_ identity: Identity, _ room: Room) -> Bool {
            var room = room
            return (try? room.join(MemberID(9), call(identity), now: at(3))) != nil
        }
        var room = try room(alice, hidden("anonymous", "192.0.2.7"), hidden("ann", Identity.login))
        _ = try room.ban(two, by: .member(one), now: at(2))
        #expect(!returns(hidden("anonymous", "192.0.2.7"), room))
        #expect(returns(hidden("anonymous", "192.0.2.8"), room))
        #expect(returns(hidden("ann", Identity.login), room))
        _ = try room.ban(three, by: .member(one), now: at(2))
        #expect(!returns(hidden("ann", Identity.login), room))
        #expect(!returns(Identity(user: "ann", host: "h", source: Identity.login), room))
        #expect(returns(hidden("bob", Identity.login), room))
    }

    /// All who call through a peer come from its address: what would keep one out would keep all out.
    @Test func whoCannotBeKnownAgainIsNotBannedButMayBeRemoved() throws {
        var room = try room(
            alice, Identity(user: "anonymous", host: "anonymous.invalid", source: Identity.proxied("call")),
            Identity(user: "bob", host: "h", source: Identity.proxied("a")))
        let refusal = #expect(throws: Refusal.self) { try room.ban(two, by: .member(one), now: at(2)) }
        #expect(refusal?.text.contains("cannot be kept out") == true)
        #expect(room.memberCount == 3)
        _ = try room.ban(three, by: .member(one), now: at(2))
        let again = Identity(user: "bob", host: "h", source: Identity.proxied("b"))
        #expect(throws: Refusal.self) { try room.join(MemberID(9), call(again), now: at(3)) }
    }

    @Test func keysDoTheSame() throws {
        var room = try room(alice, bob)
        func press(_ keys: String, _ id: MemberID) -> [String] {
            keys.flatMap { room.press(id, key: $0, now: at(2)) }.withoutLog
        }
        #expect(press("*9", two).last == "hand-raised 2")
        #expect(press("*9", two).last == "hand-lowered 2")
        #expect(press("*7", two).isEmpty)
        #expect(press("*7", one).last == "room-locked")
        #expect(press("*7", one).last == "room-unlocked")
        #expect(press("*5", two).isEmpty)
        #expect(press("*5", one).first == "silence 2")
    }
    @Test func keysRecordAndLeave() throws {
        var room = try room(alice, bob)
        func press(_ keys: String, _ id: MemberID) -> [String] {
            keys.flatMap { room.press(id, key: $0, now: at(2)) }.withoutLog
        }
        #expect(press("*4", two).isEmpty)
        #expect(press("*4", one) == ["roster room", "recording start"])
        #expect(room.summary(.now).recording == .recording)
        #expect(try room.perform(.record(.start), by: root, now: at(3)).isEmpty)
        #expect(
            try room.perform(.record(.pause), by: root, now: at(3)).withoutLog == ["roster room", "recording pause"])
        #expect(press("*4", one) == ["roster room", "recording stop"])
        #expect(try room.perform(.record(.resume), by: root, now: at(3)).isEmpty)
        #expect(press("*8", two) == ["prompt 2 notAllowed"])
        #expect(press("*8", one) == ["prompt 1 memberCount(2)"])
        #expect(press("*0*0", two) == ["prompt 2 menu", "prompt 2 menu"])
        #expect(press("*3*3*1*2*2", two) == ["hearing 2 3", "hearing 2 6", "hearing 2 3", "hearing 2 0"])
        #expect(press("*1*1*1*1*1*1", two).last == "hearing 2 -15")
        #expect(press("*#", two).prefix(2) == ["cut 2", "bye 2 200"])
    }
}
