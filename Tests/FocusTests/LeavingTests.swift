// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Leaving {
        /// Ways out of a room.
        enum Way: CaseIterable, Sendable {
            case bye
            case kicked
            case cancelled
        }

        @Test(arguments: Way.allCases)
        func mediaStopsAtOnceBothWays(way: Way) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let cec = try await rig.join("team", "cec")
                // Something else that tells how time passes when the room is gone.
                let clock = try await rig.join("clock", "clock")
                try await cec.audio.hears(440)
                try await cec.audio.hears(1000)
                try await bob.audio.hears(440)

                switch way {
                case .bye: try await bob.hangUp()
                case .kicked: _ = try await rig.focus.command(.kick("bob"), in: "team", by: "op")
                case .cancelled: _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                }
                try await bob.isHungUp()
                // One packet may be under way on the loopback while the answer to BYE is.
                try await clock.audio.passes(40)
                for member in [bob, cec] { await rig.settles(member) }
                let received = bob.audio.arrivals.packets
                let mark = cec.audio.mark
                // The tone of one who has left goes on at its former port.
                bob.audio.pause(false)
                try await clock.audio.passes(600)
                #expect(bob.audio.arrivals.packets == received, "RTP reaches one who has left")
                #expect(bob.audio.arrivals.goodbyes == 1)
                if way == .cancelled {
                    #expect(cec.audio.mark == mark, "RTP reaches members of a cancelled room")
                } else {
                    #expect(cec.audio.heard(since: mark).peak(of: 1000) < -50)
                    try await cec.audio.hears(440)
                    #expect(await ann.state == .established)
                }
            }
        }

        /// Ways out that may come while one talks.
        enum Interruption: CaseIterable, Sendable {
            case bye
            case kicked
            /// Nothing tells of it: the operator removes it.
            case vanished
        }

        private static func interrupt(_ bob: TestMember, _ interruption: Interruption, _ rig: FocusRig) async throws {
            if interruption == .vanished { await bob.vanish() }
            if interruption == .bye {
                try await bob.hangUp()
            } else {
                _ = try await rig.focus.command(.kick("bob"), in: "team", by: "op")
            }
            // The tone of one who has left goes on at its former port.
            if interruption == .kicked { try await bob.isHungUp() }
            bob.audio.pause(false)
        }

        /// Trap 17.
        @Test(arguments: Interruption.allCases)
        func whoLeavesWhileTalkingTalksNoMore(interruption: Interruption) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                let events = await rig.focus.events(room: "team")
                let bob = try await rig.join("team", "bob", .tone(1000))
                _ = try await Rosters.awaitRoster("bob talks", of: watcher) { $0.talkers == ["bob"] }
                #expect(try await rig.focus.room("team").summary.talking == 1)

                try await Self.interrupt(bob, interruption, rig)
                try await Condition.await("bob gone") { try await rig.focus.room("team").summary.members == 1 }
                let room = try await rig.focus.room("team")
                #expect(room.summary.talking == 0 && !room.members.contains(where: \.talking))
                let info = try await Rosters.awaitRoster("bob gone from the roster", of: watcher) {
                    $0.users.count == 1
                }
                #expect(info.talkers == [])

                let cec = try await rig.join("team", "cec", .tone(1600))
                _ = try await Rosters.awaitRoster("cec talks", of: watcher) { $0.talkers == ["cec"] }
                let members = try await rig.focus.room("team").members
                #expect(members.filter(\.talking).map(\.displayName) == ["cec"])
                try await ann.audio.losesTone(1000)
                try await cec.hangUp()
                try await Self.followTalkers(events, until: "cec")
            }
        }

        /// Reads events up to the leaving of that member: nobody leaves who is still said to talk, and whoever is not there is not.
        private static func followTalkers(_ events: AsyncStream<ConferenceEvent>, until last: String) async throws {
            var (present, talkers, hasTalked) = (Set<String>(), Set<String>(), Set<String>())
            for await event in events {
                guard let name = event.memberName else { continue }
                switch event.kind {
                case .memberJoined: present.insert(name)
                case .talkingStarted:
                    #expect(present.contains(name), "\(name) talks from outside")
                    talkers.insert(name)
                    hasTalked.insert(name)
                case .talkingStopped: talkers.remove(name)
                case .memberLeft:
                    #expect(!talkers.contains(name), "\(name) left and talks on")
                    present.remove(name)
                default: break
                }
                if event.kind == .memberLeft, name == last { break }
            }
            #expect(talkers == [] && hasTalked == ["bob", "cec"])
        }

        /// Trap 17, for a room that is left for another one.
        @Test func whoIsMovedWhileTalkingIsNotShownTalkingThere() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                _ = try await rig.join("board", "cec")
                let (here, there) = (try await rig.member("here"), try await rig.member("there"))
                _ = try await here.subscribe(rig.uri("team"))
                _ = try await there.subscribe(rig.uri("board"))
                let bob = try await rig.join("team", "bob", .tone(1000))
                _ = try await Rosters.awaitRoster("bob talks", of: here) { $0.talkers == ["bob"] }
                bob.audio.play(nil)
                _ = try await rig.focus.command(.move(to: "board", "bob"), in: "team", by: "op")
                #expect(try await rig.focus.room("team").summary.talking == 0)
                _ = try await Rosters.awaitRoster("bob gone", of: here) { $0.users.count == 1 && $0.talkers == [] }
                _ = try await Rosters.awaitRoster("bob there, silent", of: there) {
                    $0.users.count == 2 && $0.talkers == []
                }
                bob.audio.play(1000)
                _ = try await Rosters.awaitRoster("bob talks there", of: there) { $0.talkers == ["bob"] }
            }
        }

        @Test func whoComesBackIsHeardAgain() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                for _ in 0..<3 {
                    try await ann.audio.hears(1000)
                    try await bob.audio.hears(440)
                    try await bob.hangUp()
                    try await ann.audio.losesTone(1000)
                    try await bob.dial(rig.uri("team"))
                }
            }
        }

        @Test func aMemberWhoseMediaStopsIsRemovedAndOneOnHoldIsNot() async throws {
            try await withFocus {
                // Longer than a busy machine keeps those from sending who are to stay.
                $0.media.rtpTimeout = .seconds(2)
            } _: { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let cec = try await rig.join("team", "cec", .tone(1600))
                let dan = try await rig.join("team", "dan", .tone(2200))
                try await dan.audio.hears(440)
                try await cec.hold()
                cec.audio.pause(true)
                let events = await rig.focus.events(room: "team")
                // One is gone without a trace, one has only lost its media and can still be told.
                await ann.vanish()
                bob.audio.pause(true)
                #expect(try await bob.isHungUp().reason?.cause == 408)
                try await Condition.await("both removed") { try await rig.focus.room("team").summary.members == 2 }
                try await dan.audio.passes(4000)
                #expect(await cec.state == .established)
                #expect(try await rig.focus.room("team").members.map(\.uri).contains("sip:cec@members.test"))
                // Once resumed it owes media again.
                try await cec.resume()
                cec.audio.pause(true)
                try await cec.isHungUp()
                var causes: [String?] = []
                for await event in events where event.kind == .memberLeft {
                    causes.append(event.detail)
                    if causes.count == 3 { break }
                }
                #expect(causes == ["media-lost", "media-lost", "media-lost"])
            }
        }
    }

    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Rooms {
        @Test func noToneCrossesBetweenRoomsAndCancellingOneDoesNotTouchTheOthers() async throws {
            try await withFocus { rig in
                let tones = (0..<9).map { 500 + 250 * Double($0) }
                var members: [TestMember] = []
                for (number, tone) in tones.enumerated() {
                    // Rooms interleave in frequency: 0, 3, 6 | 1, 4, 7 | 2, 5, 8.
                    members.append(try await rig.join("room\(number % 3)", "m\(number)", .tone(tone)))
                }
                func others(of number: Int) -> [Int] { tones.indices.filter { $0 != number && $0 % 3 == number % 3 } }
                for number in tones.indices {
                    for other in others(of: number) { try await members[number].audio.hears(tones[other]) }
                }
                for number in tones.indices {
                    let heard = try await members[number].audio.listen(400)
                    for (other, tone) in tones.enumerated() where !others(of: number).contains(other) {
                        #expect(heard.peak(of: tone, window: 200) < -50, "m\(number) hears m\(other)")
                    }
                }

                let marks = members.map(\.audio.mark)
                try await members[0].audio.passes(200)
                _ = try await rig.focus.command(.cancel, in: "room1", by: "op")
                for number in tones.indices where number % 3 == 1 { try await members[number].isHungUp() }
                try await members[0].audio.passes(1000)
                for number in tones.indices where number % 3 != 1 {
                    let heard = members[number].audio.heard(since: marks[number])
                    #expect(heard.lostPackets == 0)
                    for other in others(of: number) {
                        #expect(heard.longestBreak(in: tones[other], window: 20) == 0, "m\(number) loses m\(other)")
                    }
                }
            }
        }
    }
}

extension ConferenceInfo {
    /// Names of those who are shown talking.
    fileprivate var talkers: [String] {
        users.filter { $0.endpoints.contains(where: \.isTalking) }.compactMap(\.displayText)
    }
}
