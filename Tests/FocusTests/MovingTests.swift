// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Members go from room to room in the calls that they have.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Moving {
        private static let quiet = TestMember.Options().with { $0.tone = nil }

        /// On one media thread, and from one to another.
        @Test(arguments: [1, 2])
        func aMovedMemberIsHeardThereAndNotHereAndBackAgain(workers: Int) async throws {
            try await withFocus {
                $0.workers = workers
            } _: { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(880, .opus))
                let cec = try await rig.join("board", "cec", .tone(1300))
                try await ann.audio.hears(880)
                try await bob.audio.hears(440)
                let outcome = try await rig.focus.command(.move(to: "board", "bob"), in: "team", by: "op")
                #expect(outcome.changed && outcome.member?.displayName == "bob")
                await rig.settles(bob)
                // What was on its way, and what hides a loss, is over soon.
                try await ann.audio.losesTone(880)
                let (here, there) = (ann.audio.mark, cec.audio.mark)
                try await bob.audio.hears(1300)
                try await cec.audio.hears(880)
                try await bob.audio.losesTone(440)
                let mark = bob.audio.mark
                try await bob.audio.passes(1000)
                #expect(bob.audio.heard(since: mark).peak(of: 440) < -55)
                #expect(ann.audio.heard(since: here).peak(of: 880) < -55)
                #expect(ann.audio.heard(since: here).peak(of: 1300) < -55)
                #expect(cec.audio.heard(since: there).peak(of: 440) < -55)
                try await Condition.await("the Contact of the other room") {
                    await bob.remoteTarget?.user == "board"
                }
                #expect(try await rig.focus.room("team").members.compactMap(\.displayName) == ["ann"])
                #expect(try await rig.focus.room("board").members.compactMap(\.displayName).sorted() == ["bob", "cec"])
                // It is so already.
                let again = try await rig.focus.command(.move(to: "board", "bob"), in: "board", by: "op")
                #expect(!again.changed)
                _ = try await rig.focus.command(.move(to: "team", "bob"), in: "board", by: "op")
                try await ann.audio.hears(880)
                try await bob.audio.hears(440)
                try await cec.audio.losesTone(880)
                try await bob.audio.losesTone(1300)
                try await Condition.await("the Contact of the first room") {
                    await bob.remoteTarget?.user == "team"
                }
                try await bob.hangUp()
                try await ann.audio.losesTone(880)
            }
        }

        @Test func picturesGoAlong() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let cec = try await rig.join("board", "cec", .camera(.blue))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                _ = try await rig.focus.command(.move(to: "board", "bob"), in: "team", by: "op")
                try await bob.screen.sees(.blue)
                try await cec.screen.sees(.green)
                _ = try await rig.focus.command(.move(to: "team", "bob"), in: "board", by: "op")
                try await bob.screen.sees(.red)
                try await ann.screen.sees(.green)
            }
        }

        @Test func rosterAndChatFollow() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                let cec = try await rig.join("board", "cec", Self.quiet)
                #expect(try await bob.request(.subscribe, headers: ["Event": "conference"]).status == 200)
                try await Condition.await("the first roster") { await !bob.notifications.isEmpty }
                try await ann.say("/move bob board")
                #expect(try await ann.reads(1) == ["bob is in conference board now."])
                #expect(try await bob.reads(1) == ["You are in conference board now."])
                try await Condition.await("the other roster") {
                    let info = try await bob.notifications.last.map { try ConferenceInfo(parsing: $0.request.body) }
                    return info?.scope == .full && info?.entity == rig.uri("board")
                        && info?.users.map(\.displayText).sorted { $0 ?? "" < $1 ?? "" } == ["bob", "cec"]
                }
                // Nothing of the room that it left.
                let count = await bob.notifications.count
                try await bob.say("hello board")
                #expect(try await cec.reads(1) == ["bob: hello board"])
                try await cec.say("hello bob")
                #expect(try await bob.reads(2).last == "cec: hello bob")
                try await ann.say("/who")
                #expect(try await ann.reads(2).last == "ann (creator)")
                for notification in await bob.notifications.dropFirst(count) {
                    #expect(try ConferenceInfo(parsing: notification.request.body).entity == rig.uri("board"))
                }
                // It leads nobody there, and nobody there is led from here.
                try await bob.say("/move cec team")
                #expect(try await bob.reads(3).last?.contains("Only moderators and operators") == true)
            }
        }

        @Test func aRoomThatIsClosedOpensToWhoLeadsItAlone() async throws {
            var board = RoomDefinition(name: "board")
            board.pin = "4711"
            let rooms = [board]
            try await withFocus {
                $0.conference.rooms = rooms
            } _: { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                try await ann.say("/move bob board")
                #expect(try await ann.reads(1).last?.contains("asks for a PIN") == true)
                _ = try await rig.join("other", "eve", Self.quiet)
                _ = try await rig.focus.command(.lock, in: "other", by: "op")
                try await ann.say("/move bob other")
                #expect(try await ann.reads(2).last == "Conference other is locked.")
                #expect(try await rig.focus.room("team").members.count == 2)
                // An operator may, but brings nobody back who was sent away.
                _ = try await rig.focus.command(.move(to: "other", "bob"), in: "team", by: "op")
                _ = try await rig.focus.command(.move(to: "board", "bob"), in: "other", by: "op")
                #expect(try await rig.focus.room("board").members.first?.state == .connected)
                _ = try await rig.focus.command(.move(to: "team", "bob"), in: "board", by: "op")
                _ = try await rig.focus.command(.ban("bob"), in: "team", by: "op")
                _ = try await bob.isHungUp()
                try await bob.dial(rig.uri("yard"))
                await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.move(to: "team", "bob"), in: "yard", by: "op")
                }
                await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.move(to: "conferences", "bob"), in: "yard", by: "op")
                }
            }
        }

        @Test func whoWasMovedComesBackByItself() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(880))
                try await bob.say("/back")
                #expect(try await bob.reads(1).last?.contains("Nobody has moved member") == true)
                let mark = bob.audio.mark
                try await ann.say("/move bob board")
                // The sign of the other room, a fifth of a second long.
                try await bob.audio.hears(1046.5, since: mark)
                try await ann.audio.losesTone(880)
                // A lock keeps out who was never in.
                try await ann.say("/lock")
                try await bob.say("/back")
                try await ann.audio.hears(880)
                try await bob.audio.hears(440)
                #expect(try await bob.reads(4).last == "You are back in conference team.")
                #expect(await rig.focus.rooms().map(\.name) == ["team"])
                try await bob.say("/back")
                #expect(try await bob.reads(5).last?.contains("Nobody has moved member") == true)
            }
        }

        @Test func whoWasSentAwayOrWhoseRoomIsOverDoesNotComeBack() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                try await ann.say("/move bob board")
                try await ann.hangUp()
                try await Condition.await("the room is over") { await rig.focus.rooms().map(\.name) == ["board"] }
                _ = try await rig.join("team", "cec", Self.quiet)
                try await bob.say("/back")
                #expect(try await bob.reads(2).last?.contains("comes from is over") == true)
            }
        }

        @Test func whereEverybodyComesFromOutlivesACrash() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            _ = try await first.focus.create("lobby", by: "op")
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob", .tone(880))
            let cec = try await first.join("team", "cec", Self.quiet)
            let eve = try await first.join("lobby", "eve", Self.quiet)
            let dan = try await first.join("gone", "dan", Self.quiet)
            _ = try await first.focus.command(.giveRole(.presenter, "cec"), in: "team", by: "op")
            try await ann.say("/breakout 2")
            #expect(try await ann.reads(1) == ["2 members are in 2 rooms of their own: team-1 to team-2."])
            _ = try await first.focus.command(.move(to: "team-1", "eve"), in: "lobby", by: "op")
            _ = try await first.focus.command(.move(to: "team-2", "dan"), in: "gone", by: "op")
            // Each has been told of its room, by a re-INVITE and a message: what a crash cuts off of that never comes.
            for member in [bob, cec, eve, dan] {
                _ = try await member.reads(1)
                try await Condition.await("the Contact of the room of \(member.name)") {
                    await member.remoteTarget?.user?.hasPrefix("team-") == true
                }
                try await member.request(.info)
                await first.settles(member)
            }
            try await ann.audio.losesTone(880)
            await first.crash()

            let second = try await FocusRig.start(port: first.port, store: store)
            // Another conference has the name of the one that was over.
            let fay = try await second.join("gone", "fay", Self.quiet)
            try await dan.say("/back")
            #expect(try await dan.reads(2).last?.contains("is over") == true)
            try await eve.say("/back")
            #expect(try await eve.reads(3).contains("You are back in conference lobby."))
            try await bob.say("/back")
            try await ann.audio.hears(880)
            try await bob.audio.hears(440)
            await second.crash()

            let third = try await FocusRig.start(port: first.port, store: store)
            try await ann.say("/breakout end")
            #expect(try await ann.reads(2).last == "1 member is back in conference team.")
            try await cec.audio.hears(440)
            let back = try await third.focus.room("team").members
            #expect(back.count == 3 && back.first { $0.displayName == "cec" }?.role == .presenter)
            for member in [ann, bob, cec, dan, eve, fay] { await member.vanish() }
            await third.stop()
        }

        @Test func breakoutsSpreadAllButWhoLeadsAndEndWithAllBackAsTheyWere() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                // No more talk than are mixed.
                let tones: [Double?] = [700, 880, nil, nil]
                var members: [TestMember] = []
                for (number, tone) in tones.enumerated() {
                    members.append(try await rig.join("team", "m\(number)", .init(tone: tone)))
                }
                _ = try await rig.focus.command(.giveRole(.presenter, "m3"), in: "team", by: "op")
                try await ann.say("/breakout 2")
                #expect(try await ann.reads(1) == ["4 members are in 2 rooms of their own: team-1 to team-2."])
                try await members[2].audio.hears(700)
                try await members[3].audio.hears(880)
                try await members[2].audio.losesTone(440)
                let mark = members[2].audio.mark
                try await members[2].audio.passes(600)
                let heard = members[2].audio.heard(since: mark)
                for tone in [440.0, 880] { #expect(heard.peak(of: tone) < -55, "\(tone) Hz") }
                #expect(try await rig.focus.room("team").members.count == 1)
                try await ann.say("/breakout end")
                #expect(try await ann.reads(2).last == "4 members are back in conference team.")
                for tone in [700.0, 880] { try await ann.audio.hears(tone) }
                for tone in [440.0, 700, 880] { try await members[3].audio.hears(tone) }
                let back = try await rig.focus.room("team").members
                #expect(back.first { $0.displayName == "m3" }?.role == .presenter)
                #expect(await rig.focus.rooms().map(\.name) == ["team"])
                try await ann.say("/breakout end")
                #expect(try await ann.reads(3).last == "It is so already.")
            }
        }
    }
}
