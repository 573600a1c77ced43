// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import Picture
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// A focus that crashes, and the next one on the same port: nobody redials.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Recovery {
        @Test func membersHearEachOtherAgainAndAreWhatTheyWere() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob", .tone(1000))
            let cec = try await first.join("team", "cec", .tone(1600))
            let eve = try await first.join("other", "eve", .tone(2200))
            try await ann.audio.hears(1000)
            try await bob.audio.hears(1600)
            _ = try await first.focus.command(.mute("cec"), in: "team", by: "op")
            _ = try await first.focus.command(.giveRole(.moderator, "bob"), in: "team", by: "op")
            _ = try await first.focus.command(.lock, in: "team", by: "op")
            try await bob.audio.losesTone(1600)
            #expect(store.journal.count == 4)
            await first.crash()

            let second = try await FocusRig.start(port: first.port, store: store)
            for member in [ann, bob, cec, eve] { #expect(await member.state == .established) }
            let marks = [ann, bob, eve].map(\.audio.mark)
            try await ann.audio.hears(1000)
            try await bob.audio.hears(440)
            try await cec.audio.hears(1000)
            #expect(ann.audio.heard(since: marks[0]).peak(of: 1600) < -50)
            #expect(eve.audio.heard(since: marks[2]).peak(of: 440) < -50)
            let team = try await second.focus.room("team")
            #expect(team.members.map(\.role) == [.creator, .moderator, .member])
            #expect(team.members.map(\.muted) == [false, false, true])
            #expect(team.members.last?.mutedBy == "operator op")
            #expect(team.summary.locked)
            #expect(team.summary.creator?.hasPrefix("sip:ann@") == true)
            // The calls go on as any other: changed by the peer, asked in by it, ended by either side.
            _ = try await bob.hold()
            try await ann.audio.losesTone(1000)
            _ = try await bob.resume()
            try await ann.audio.hears(1000)
            #expect(try await ann.say("still here").status == 200)
            #expect(try await bob.reads(1).last == "ann: still here")
            _ = try await second.focus.command(.kick("cec"), in: "team", by: "op")
            try await cec.isHungUp()
            try await bob.hangUp()
            try await ann.audio.losesTone(1000)
            #expect(try await second.focus.room("team").members.count == 1)
            for member in [ann, bob, cec, eve] { await member.vanish() }
            await second.stop()
            #expect(store.journal.isEmpty)
        }

        @Test func whoHeldStillHolds() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob", .tone(1000))
            try await ann.audio.hears(1000)
            _ = try await bob.hold()
            try await ann.audio.losesTone(1000)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            let cec = try await second.join("team", "cec")
            let mark = ann.audio.mark
            try await cec.audio.hears(440)
            #expect(try await second.focus.room("team").members.map(\.held) == [false, true, false])
            #expect(ann.audio.heard(since: mark).peak(of: 1000) < -50)
            _ = try await bob.resume()
            try await ann.audio.hears(1000)
            for member in [ann, bob] { await member.vanish() }
            await second.stop()
        }

        @Test func theySeeEachOtherAgain() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .camera(.red))
            let bob = try await first.join("team", "bob", .camera(.blue))
            try await ann.screen.sees(.blue)
            try await bob.screen.sees(.red)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            for (member, color) in [(ann, PictureColor.blue), (bob, .red)] {
                let before = try member.screen.sights.pictures
                try await Condition.await("new pictures at \(member.name)") {
                    try member.screen.sights.pictures > before + 5
                }
                try await member.screen.sees(color)
            }
            for member in [ann, bob] { await member.vanish() }
            await second.stop()
        }

        /// The focus called one and made the other's offer: it has no INVITE with an offer of theirs.
        @Test func whoWasCalledAndWhoseOfferWasLateAreTakenUpToo() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store) { $0.conference.dialOut = .any }
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.member("bob", .tone(1000))
            await bob.answersCalls()
            _ = try await first.focus.command(.invite(await bob.uri), in: "team", by: "op")
            let cec = try await first.member("cec", .tone(1600))
            try await cec.dial(first.uri("team"), late: true)
            try await ann.audio.hears(1000)
            try await ann.audio.hears(1600)
            await first.crash()

            let second = try await FocusRig.start(port: first.port, store: store)
            for member in [ann, bob, cec] { #expect(await member.state == .established) }
            try await bob.audio.hears(440)
            try await cec.audio.hears(1000)
            try await ann.audio.hears(1600)
            try await ann.audio.hears(1000)
            #expect(try await second.focus.room("team").members.map(\.displayName).contains("cec"))
            // Their own requests go on with their numbers, and ours reach them.
            _ = try await bob.hold()
            try await ann.audio.losesTone(1000)
            _ = try await bob.resume()
            try await ann.audio.hears(1000)
            _ = try await second.focus.command(.kick("cec"), in: "team", by: "op")
            try await cec.isHungUp()
            try await bob.hangUp()
            for member in [ann, bob, cec] { await member.vanish() }
            await second.stop()
        }

        @Test func whoWasMovedIsTakenUpWhereItIs() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob", .tone(1000))
            let cec = try await first.join("other", "cec", .tone(1600))
            _ = try await first.focus.command(.move(to: "other", .named("bob")), in: "team", by: "op")
            try await cec.audio.hears(1000)
            // The re-INVITE that tells of the room is over: the answer to this comes after its ACK.
            try await Condition.await("the Contact of the other room") { await bob.remoteTarget?.user == "other" }
            try await bob.request(.info)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            let mark = ann.audio.mark
            try await cec.audio.hears(1000)
            try await bob.audio.hears(1600)
            #expect(ann.audio.heard(since: mark).peak(of: 1000) < -50)
            #expect(try await second.focus.room("other").members.count == 2)
            #expect(try await second.focus.room("team").members.count == 1)
            for member in [ann, bob, cec] { await member.vanish() }
            await second.stop()
        }

        @Test func whoCannotBeTakenUpGetsBYE() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            await first.crash()
            // Another program has its port, or the room's codecs are others now.
            let second = try await FocusRig.start(port: first.port, store: store) { $0.audio.codecs = [.opus] }
            try await ann.isHungUp()
            #expect(await second.focus.rooms().isEmpty)
            #expect(store.journal.isEmpty)
            await ann.vanish()
            await second.stop()
        }

        /// Who opens the name of a room that is gone is somebody else.
        @Test func whatWasSaidInARoomThatDoesNotComeBackIsForgotten() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann")
            try await ann.say("a secret")
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store) { $0.audio.codecs = [.opus] }
            try await ann.isHungUp()
            await second.stop()
            let third = try await FocusRig.start(port: first.port, store: store)
            let eve = try await third.join("team", "eve")
            try await eve.say("/who")
            #expect(try await eve.reads(1) == ["eve (creator)"])
            await ann.vanish()
            await third.stop()
        }

        @Test func whoWaitedForThePINStillDoes() async throws {
            let store = MemoryStore()
            var board = RoomDefinition(name: "board")
            board.pin = "4711"
            let rooms = [board]
            let first = try await FocusRig.start(store: store) { $0.conference.rooms = rooms }
            let ann = try await first.member("ann", .tone(440))
            try await ann.dial(first.uri("board") + ";pin=4711")
            let bob = try await first.join("board", "bob", .tone(1000))
            let cec = try await first.join("board", "cec", .tone(1600))
            try await cec.press("4711")
            try await ann.audio.hears(1600)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store) { $0.conference.rooms = rooms }
            let marks = [ann, bob].map(\.audio.mark)
            try await cec.audio.hears(440)
            try await ann.audio.hears(1600)
            let states = try await second.focus.room("board").members.map { "\($0.uri.prefix(7)) \($0.state)" }
            #expect(states.sorted() == ["sip:ann connected", "sip:bob waiting", "sip:cec connected"])
            #expect(ann.audio.heard(since: marks[0]).peak(of: 1000) < -50)
            #expect(bob.audio.heard(since: marks[1]).peak(of: 440) < -50)
            for member in [ann, bob, cec] { await member.vanish() }
            await second.stop()
        }

        @Test func aRoomThatAnOperatorMadeStandsAgainUntilItIsCancelled() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            _ = try await first.focus.create("standing", by: "op")
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            #expect(await second.focus.rooms().map(\.name) == ["standing"])
            #expect(await second.focus.arrangedRooms().isEmpty)
            _ = try await second.focus.command(.cancel, in: "standing", by: "op")
            await second.crash()
            let third = try await FocusRig.start(port: first.port, store: store)
            #expect(await third.focus.rooms().isEmpty)
            await third.stop()
        }

        @Test func everyWayInLeavesAnAuditLine() async throws {
            let store = MemoryStore()
            let rig = try await FocusRig.start(store: store)
            let ann = try await rig.join("team", "ann")
            let bob = try await rig.join("team", "bob")
            try await ann.say("/mute bob")
            try await ann.say("/mute bob")
            try await bob.say("/kick ann")
            _ = try await bob.reads(1)
            try await ann.press("*7")
            try await Condition.await("locked") { try await rig.focus.room("team").summary.locked }
            _ = try await rig.focus.command(.unlock, in: "team", by: "op")
            // A power over oneself is a power.
            try await ann.say("/presenter ann")
            try await Condition.await("it") { try await store.audit(RecordQuery()).count == 6 }
            // One's own microphone is one's own affair.
            try await bob.say("/hand")
            // Who presses what it may not, again and again, fills no disk.
            for _ in 0..<30 { try await bob.press("*7") }
            _ = try await bob.reads(2)
            let entries = try await store.audit(RecordQuery())
            #expect(entries.count < 20, "\(entries.count)")
            let lines = entries.prefix(6).map { entry in
                [
                    entry.actor, entry.command, entry.target.map { $0.contains("bob") ? "bob" : "ann" } ?? "-",
                    entry.outcome,
                ]
                .joined(separator: " ")
            }
            #expect(
                lines == [
                    "ann mute bob done", "ann mute bob unchanged", "bob kick ann forbidden", "ann lock - done",
                    "operator op unlock - done", "ann role ann done",
                ])
            await rig.stop()
        }

        @Test(arguments: [RecordingState.recording, .paused]) func whatWasRecordedGoesOn(state: RecordingState)
            async throws
        {
            let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            func record(_ configuration: inout FocusConfiguration) {
                configuration.recording.folder = folder.path(percentEncoded: false)
                configuration.recording.minFree = 1
            }
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store, record)
            let ann = try await first.join("team", "ann", .tone(440))
            let bob = try await first.join("team", "bob", .tone(1000))
            try await ann.audio.hears(1000)
            _ = try await first.focus.command(.record(.start, as: .tracks), in: "team", by: "op")
            if state == .paused { _ = try await first.focus.command(.record(.pause), in: "team", by: "op") }
            // What was not recorded when the focus went is not recorded when it comes.
            let eve = try await first.join("other", "eve", .tone(2200))
            try await bob.audio.passes(1500)
            await first.crash()
            let left = Set(try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)))
            let second = try await FocusRig.start(port: first.port, store: store, record)
            try await ann.audio.hears(1000)
            #expect(try await second.focus.room("team").summary.recording == state)
            #expect(try await second.focus.room("other").summary.recording == nil)
            try await Condition.await("its members' notice") {
                let read = [await ann.messages, await bob.messages]
                return read.allSatisfy { $0.last == "This conference is being recorded again." }
            }
            if state == .paused { _ = try await second.focus.command(.record(.resume), in: "team", by: "op") }
            try await bob.audio.passes(1500)
            _ = try await second.focus.command(.record(.stop), in: "team", by: "op")
            try await Condition.await("closed files") {
                try await second.focus.recordings().filter { !left.contains($0.file) }.allSatisfy { !$0.isOpen }
            }
            let files = try await second.focus.recordings().filter { !left.contains($0.file) }
            #expect(files.count == 3)
            let mix = try #require(files.first { $0.kind == .audio })
            let file = try await RecordedFile.decode(mix.path, pictures: false)
            #expect(file.usualLevel(of: 440, in: 0..<file.seconds) > -40)
            #expect(file.usualLevel(of: 1000, in: 0..<file.seconds) > -40)
            for member in [ann, bob, eve] { await member.vanish() }
            await second.stop()
        }

        @Test func whatWasSaidIsThereAgain() async throws {
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann")
            try await ann.say("before the crash")
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            let bob = try await second.join("team", "bob")
            #expect(try await bob.reads(1) == ["ann: before the crash"])
            await ann.vanish()
            await second.stop()
        }
    }
}
