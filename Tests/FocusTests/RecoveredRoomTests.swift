// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// What a crash takes nothing of: rooms, rights, records, and the numbers of requests.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct RecoveredRooms {
        private static let quiet = TestMember.Options().with { $0.tone = nil }

        @Test func aRoomIsWhatItWas() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            _ = try await first.focus.create("lobby", by: "op")
            _ = try await first.focus.command(.lock, in: "lobby", by: "op")
            let ann = try await first.join("team", "ann", Self.quiet)
            let bob = try await first.join("team", "bob", Self.quiet)
            let cec = try await first.join("team", "cec", Self.quiet)
            _ = try await first.focus.command(.showVideo(.grid), in: "team", by: "op")
            try await bob.say("/hand")
            _ = try await first.focus.command(.ban("cec"), in: "team", by: "op")
            try await cec.isHungUp()
            try await ann.hangUp()
            try await Condition.await("ann gone") { try await first.focus.room("team").members.count == 1 }
            await first.crash()

            let second = try await FocusRig.start(port: first.port, store: store)
            let team = try await second.focus.room("team")
            #expect(team.summary.video == .grid)
            #expect(team.summary.creator?.hasPrefix("sip:ann@") == true)
            #expect(team.members.map(\.handRaised) == [true])
            #expect(try await second.focus.room("lobby").summary.locked)
            await #expect(throws: CallRefused.self) { try await second.join("team", "cec", Self.quiet) }
            let eve = try await second.join("team", "eve", Self.quiet)
            #expect(try await second.focus.room("team").members.map(\.role) == [.member, .member])
            // What is over leaves nothing behind for the next of its name.
            try await eve.hangUp()
            try await bob.hangUp()
            try await Condition.await("the room gone") { await second.focus.rooms().map(\.name) == ["lobby"] }
            #expect(store.journalOfRooms.map(\.name) == ["lobby"])
            await second.stop()
        }

        /// Numbers of requests go on over every crash, not over the first alone.
        @Test func requestsArriveAfterASecondCrashToo() async throws {
            let store = MemoryStore()
            var rig = try await FocusRig.start(store: store)
            let ann = try await rig.join("team", "ann", Self.quiet)
            let bob = try await rig.join("team", "bob", Self.quiet)
            for round in 1...3 {
                await rig.crash()
                rig = try await FocusRig.start(port: rig.port, store: store)
                try await ann.say("round \(round)")
                #expect(try await bob.reads(round).last == "ann: round \(round)")
            }
            _ = try await rig.focus.command(.kick("bob"), in: "team", by: "op")
            try await bob.isHungUp()
            await ann.vanish()
            await rig.stop()
        }

        /// A phone registers once an hour, and knows nothing of a crash.
        @Test func whoHadRegisteredCanBeCalled() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let bob = try await first.member("bob", .tone(1000))
            await bob.answersCalls()
            let address = "<sip:bob@127.0.0.1:\(first.port)>"
            let registered = try await bob.request(
                outside: .register, to: "sip:127.0.0.1:\(first.port)",
                headers: ["To": address, "From": address, "Expires": "300"])
            #expect(registered.status == 200)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            let ann = try await second.join("team", "ann", .tone(440))
            _ = try await second.focus.command(.invite("bob"), in: "team", by: "op")
            try await ann.audio.hears(1000)
            try await bob.audio.hears(440)
            await second.stop()
        }

        @Test func aRecordIsOfTheWholeCall() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob")
            try await Condition.await("both are in") { try await first.focus.room("team").summary.members == 2 }
            let joined = Date()
            try await bob.audio.passes(1500)
            await first.crash()
            let crashed = Date()
            // It takes up one call and no more.
            let second = try await FocusRig.start(port: first.port, store: store) { $0.conference.maxMembers = 1 }
            try await bob.isHungUp()
            try await ann.hangUp()
            try await Condition.await("both records") { try await store.calls(RecordQuery()).count == 2 }
            let records = try await store.calls(RecordQuery())
            #expect(records.map(\.name) == ["bob", "ann"])
            #expect(records.map(\.cause) == ["focus-restarted", "hung-up"])
            for record in records {
                // By the clock that it is kept by: sound that was held up comes faster than that.
                #expect(record.seconds >= crashed.timeIntervalSince(joined) - 0.1, "\(record)")
                #expect(record.admitted < crashed, "\(record)")
            }
            await second.stop()
        }
    }
}
