// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct ArrangedRooms {
        private static func board(_ change: (inout RoomDefinition) -> Void = { _ in }) -> RoomDefinition {
            var room = RoomDefinition(name: "board")
            room.pin = "4711"
            change(&room)
            return room
        }

        @Test func nothingIsHeardBeforeThePINAndAllAfter() async throws {
            try await withFocus {
                $0.conference.rooms = [Self.board()]
            } _: { rig in
                let ann = try await rig.member("ann", .tone(440))
                try await ann.dial(rig.uri("board") + ";pin=4711")
                let bob = try await rig.join("board", "bob", .tone(1000))
                // The room asks by tones, and lets nothing else out.
                try await Condition.await("the question") { bob.audio.heard(since: 0).peak(of: 783.99) > -40 }
                #expect(bob.audio.heard(since: 0).peak(of: 440) < -50)
                #expect(try await rig.focus.room("board").members.map(\.state) == [.connected, .waiting])
                #expect(ann.audio.heard(since: 0).peak(of: 1000) < -50)
                try await bob.press("4711")
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
            }
        }

        /// A block holds for calls that are up already: else each of many calls would have tries of its own.
        @Test func entriesOfParallelCallsAreSlowedTogether() async throws {
            try await withFocus {
                $0.conference.rooms = [Self.board()]
            } _: { rig in
                var callers: [TestMember] = []
                for name in ["eve", "fay", "gil"] { callers.append(try await rig.join("board", name)) }
                try await Condition.await("all are asked") {
                    try await rig.focus.room("board").members.count { $0.state == .waiting } == callers.count
                }
                func enter(_ digits: String, _ caller: TestMember) async throws {
                    for digit in digits.utf8 {
                        let type: SIPHeaders = ["Content-Type": "application/dtmf"]
                        #expect(try await caller.request(.info, headers: type, body: [digit]).status == 200)
                    }
                }
                for number in 0..<AttemptLimiter.free { try await enter("0000", callers[number / 2]) }
                // Right, and not looked at: to who guesses it sounds as any other.
                for _ in 1...2 {
                    #expect(try await rig.focus.room("board").members.last?.state == .waiting)
                    try await enter("4711", callers[2])
                }
                #expect(try await callers[2].isHungUp().reason?.cause == 403)
            }
        }

        /// Who waits outside reads nothing, writes nothing, commands nothing and sees nobody; nor does who has not dialled at all.
        @Test func whoWaitsHasNoPartInTheRoom() async throws {
            try await withFocus {
                $0.conference.rooms = [Self.board()]
            } _: { rig in
                let ann = try await rig.member("ann", .tone(440))
                try await ann.dial(rig.uri("board") + ";pin=4711")
                let eve = try await rig.join("board", "eve")
                try await Condition.await("eve waits") {
                    try await rig.focus.room("board").members.last?.state == .waiting
                }
                #expect(try await eve.say("psst").status == 403)
                for command in ["/who", "/hand", "/lock", "/msg ann psst"] {
                    #expect(try await eve.say(command).status == 200)
                }
                #expect(try await eve.reads(4).allSatisfy { $0.contains("Only m") })
                #expect(try await rig.focus.room("board").summary.locked == false)
                let accept: SIPHeaders = ["Event": "conference", "Accept": "application/conference-info+xml"]
                // It may ask who is there, and is told when it is in itself.
                #expect(try await eve.request(.subscribe, headers: accept).status == 200)
                try await Condition.await("a NOTIFY") { await !eve.notifications.isEmpty }
                let pending = try #require(await eve.notifications.first?.request)
                #expect(pending.headers.first("Subscription-State")?.hasPrefix("pending;expires=") == true)
                #expect(pending.body.isEmpty)
                let stranger = try await rig.member("dan")
                let seen = try await stranger.request(outside: .subscribe, to: rig.uri("board"), headers: accept)
                #expect(seen.status == 403)
                // By asking for somebody's removal nobody learns who is there either.
                for name in ["ann", "nobody"] {
                    let refer: SIPHeaders = ["Refer-To": "<sip:\(name)@127.0.0.1;method=BYE>"]
                    #expect(
                        try await stranger.request(outside: .refer, to: rig.uri("board"), headers: refer).status == 403)
                }
                // Nor is it who asks beside its call.
                #expect(try await eve.subscribe(rig.uri("board")).status == 200)
                #expect(try await ann.request(.subscribe, headers: accept).status == 200)
                // The answer to this comes after all that was said.
                try await ann.say("/who")
                let read = try await ann.reads(1)
                #expect(read == ["ann (talking)"])
                try await eve.press("4711")
                try await eve.audio.hears(440)
                #expect(try await eve.say("now").status == 200)
                try await Condition.await("both rosters") {
                    await eve.notifications.count {
                        (try? ConferenceInfo(parsing: $0.request.body))?.users.count == 2
                    } >= 2
                }
                try await Condition.await("the roster") {
                    await eve.notifications.contains {
                        $0.request.headers.first("Subscription-State")?.hasPrefix("active") == true
                            && (try? ConferenceInfo(parsing: $0.request.body))?.users.count == 2
                    }
                }
                // Who has left sees nobody any more.
                try await eve.hangUp()
                try await Condition.await("the end", within: .seconds(5)) {
                    await eve.notifications.contains {
                        $0.request.headers.first("Subscription-State") == "terminated;reason=rejected"
                    }
                }
                #expect(try await ann.reads(2).last == "eve: now")
            }
        }

        @Test func aWrongPINIsLoggedAndEndsTheCall() async throws {
            try await withFocus {
                $0.conference.rooms = [Self.board()]
            } _: { rig in
                let bob = try await rig.join("board", "bob")
                for _ in 0..<3 { try await bob.press("0000#") }
                try await bob.isHungUp()
            }
        }

        @Test func aPINThatIsDialledIsNotGuessedForFree() async throws {
            try await withFocus {
                $0.conference.rooms = [Self.board()]
            } _: { rig in
                for number in 0..<AttemptLimiter.free {
                    let eve = try await rig.member("eve\(number)")
                    try await eve.dial(rig.uri("board") + ";pin=000\(number)")
                }
                let eve = try await rig.member("eve")
                let refused = await #expect(throws: CallRefused.self) {
                    try await eve.dial(rig.uri("board") + ";pin=4711")
                }
                #expect(refused?.response?.status == 403)
            }
        }

        @Test func anOperatorArrangesAndForgets() async throws {
            try await withFocus {
                $0.conference.adhoc = false
            } _: { rig in
                let ann = try await rig.member("ann", .tone(440))
                await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("board")) }
                _ = try await rig.focus.arrange(Self.board { $0.pin = nil }, by: "op")
                try await ann.dial(rig.uri("board"))
                try await rig.focus.forgetRoom("board", by: "op")
                // The meeting goes on.
                #expect(await ann.state == .established)
                #expect(await rig.focus.arrangedRooms().isEmpty)
                await #expect(throws: ControlError.self) { try await rig.focus.forgetRoom("board", by: "op") }
            }
        }

        @Test func whoCallsTooEarlyIsToldWhen() async throws {
            let opens = Date(timeIntervalSinceNow: 3600)
            try await withFocus {
                $0.conference.rooms = [
                    Self.board { $0.schedule = [RoomSchedule(start: opens, end: opens + 60)] }
                ]
            } _: { rig in
                let ann = try await rig.member("ann")
                let refused = await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("board")) }
                #expect(refused?.response?.status == 480)
                #expect(refused?.response?.headers.first("Warning")?.contains("opens at 20") == true)
            }
        }

        /// By the clock on the wall, for members who are in when it comes to its end.
        @Test func everybodyIsSentHomeWhenItsTimeIsUp() async throws {
            let log = LogBook()
            try await withFocus(logger: log.logger) {
                $0.conference.adhoc = false
            } _: { rig in
                let now = Date()
                var room = Self.board {
                    $0.pin = nil
                    $0.schedule = [RoomSchedule(start: now - 3600, end: now + 3600)]
                }
                _ = try await rig.focus.arrange(room, by: "op")
                let ann = try await rig.join("board", "ann", .tone(440))
                let bob = try await rig.join("board", "bob", .tone(1000))
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("board"))
                _ = try await Rosters.awaitRoster("both", of: watcher) { $0.users.count == 2 }
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let end = Date(timeIntervalSinceNow: 2)
                room.schedule = [RoomSchedule(start: now - 3600, end: end)]
                _ = try await rig.focus.arrange(room, by: "op")
                for member in [ann, bob] {
                    let reason = try await member.isHungUp().reason
                    #expect(reason?.cause == 410 && reason?.text == "Conference ended: its time is over")
                }
                #expect(Date() >= end)
                try await Condition.await("the end of the roster") {
                    await watcher.notifications.last?.request.headers.first("Subscription-State")
                        == "terminated;reason=noresource"
                }
                #expect(await rig.focus.rooms().isEmpty)
                let records = log.entries.filter { $0.message == "call record" }
                #expect(records.map { $0.details["cause"] } == ["time-is-up", "time-is-up"])
                let cec = try await rig.member("cec")
                let refused = await #expect(throws: CallRefused.self) { try await cec.dial(rig.uri("board")) }
                #expect(refused?.response?.status == 480)
                #expect(refused?.response?.headers.first("Warning")?.contains("board is over") == true)
            }
        }

        @Test func unlistedRoomsStandInNoList() async throws {
            try await withFocus {
                $0.conference.rooms = [
                    Self.board {
                        $0.listed = false; $0.pin = nil
                    }
                ]
            } _: { rig in
                let ann = try await rig.join("board", "ann")
                try await ann.say("/list")
                #expect(try await ann.reads(1) == ["There are no conferences now."])
            }
        }
    }
}
