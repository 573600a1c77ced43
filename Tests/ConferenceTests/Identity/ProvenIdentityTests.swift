// SPDX-License-Identifier: GPL-3.0-or-later

import FoundationEssentials
import Testing

@testable import Conference

private let clock = WallClock(instant: at(0), date: Date(timeIntervalSince1970: 1_800_000_000))

@Suite("PINs and passwords prove, names do not") struct ProvenIdentityTests {
    @Test(
        "a PIN is right as a whole or not at all",
        arguments: [
            ("4711", "4711", true), ("471", "4711", false), ("47110", "4711", false), ("4712", "4711", false),
            ("5711", "4711", false),
            ("", "4711", false), ("4711", "", false), ("4711\0", "4711", false), ("", "", true),
        ])
    func pins(typed: String, secret: String, isRight: Bool) {
        #expect(typed.isEqual(inConstantTime: secret) == isRight)
    }

    @Test("no PIN is nobody's") func noPIN() {
        #expect(!"".isEqual(inConstantTime: nil))
        #expect(!"4711".isEqual(inConstantTime: nil))
    }

    /// A PIN in the URI, as a whole: what is shorter, longer or another waits outside.
    @Test("a PIN in the URI opens when it is right", arguments: [("4711", true), ("471", false), ("47110", false)])
    func pinOfURI(pin: String, isIn: Bool) throws {
        var settings = RoomSettings()
        settings.pin = "4711"
        var room = emptyRoom(settings)
        var request = call(alice)
        request.pin = pin
        _ = try room.join(one, request, now: at(0))
        _ = room.established(one, now: at(1))
        #expect(room.detail(of: one, clock)?.state == (isIn ? .connected : .waiting))
    }

    private static func ann(_ host: String, source: String = Identity.login) -> Identity {
        Identity(displayName: "Ann", user: "ann", host: host, source: source)
    }

    @Test("who has logged in is the same person whatever host stands in From") func host() throws {
        var settings = RoomSettings()
        settings.owner = "ann"
        for host in ["example.org", "10.0.0.7", "elsewhere.invalid"] {
            let there = try room(bob, Self.ann(host), settings: settings)
            #expect(there.rank(of: .member(two)) >= .moderator, "\(host)")
            #expect(Self.ann(host).isSamePerson(as: Self.ann("example.org")), "\(host)")
        }
        // The name alone, from any host, is nothing.
        let claimed = Self.ann("example.org", source: "10.0.0.7")
        #expect(try room(bob, claimed, settings: settings).rank(of: .member(two)) < .moderator)
        #expect(!claimed.isSamePerson(as: Self.ann("example.org")))
    }

    @Test("who was sent away does not come back under another host") func ban() throws {
        var room = try room(alice, Self.ann("example.org"))
        _ = try room.ban(two, by: root, now: at(2))
        #expect(throws: Refusal.self) { try room.join(three, call(Self.ann("elsewhere.invalid")), now: at(3)) }
    }

    /// Logged in as ann, with an anonymous From.
    @Test("who logged in and hides its name is not shown by it") func anonymous() throws {
        let hidden = Identity(displayName: "Anonymous", user: "ann", host: "anonymous.invalid", source: Identity.login)
        #expect(hidden.isAnonymous)
        #expect(!hidden.shownURI.contains("ann@") && !hidden.label.lowercased().contains("ann "))
        #expect(!hidden.isSamePerson(as: Self.ann("example.org")))
        var room = try room(alice, hidden)
        let name = two.anonymousURI
        #expect(name == "sip:anonymous-2@anonymous.invalid")
        #expect(try room.resolve(name) == two)
        #expect(throws: Refusal.self) { try room.resolve("sip:anonymous-9@anonymous.invalid") }
        _ = try room.mute(room.resolve(name), by: root)
        #expect(room.detail(of: two, clock)?.muted == true)
    }
}
