// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import Picture
import TestSupport
import Testing

extension LiveFocusTests {
    /// `confabctl play`: by the real `confab`, which joins like anybody.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Films {
        /// Blue, with a tone; so many seconds.
        static func film(_ name: String, seconds: Int) async throws -> URL {
            let folder = FileManager.default.temporaryDirectory.appending(path: "film-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let file = folder.appending(path: name)
            try await BlueFilm.write(to: file.path(percentEncoded: false), tone: 1300, seconds: seconds)
            return file
        }

        @Test func aFilmIsSeenAndHeardByAllAndLeavesWhenItIsOver() async throws {
            let file = try await Self.film("our film.mp4", seconds: 12)
            defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            var board = RoomDefinition(name: "team")
            board.pin = "4711"
            let rooms = [board]
            try await withFocus {
                $0.conference.rooms = rooms
            } _: { rig in
                let ann = try await rig.member("ann", .camera(.red))
                try await ann.dial(rig.uri("team") + ";pin=4711")
                let eve = try await rig.join("other", "eve", .camera(.green))
                let played = try await rig.focus.command(
                    .play("file:\(file.path(percentEncoded: false))?once"), in: "team", by: "op")
                #expect(played.member?.displayName == "our film.mp4")
                // At once, while it lasts: who waits for pictures on a slow machine may find it over.
                let member = try #require(try await rig.focus.room("team").members.last)
                #expect(member.plays == file.path(percentEncoded: false))
                try await ann.screen.sees(.blue)
                try await ann.audio.hears(1300)
                #expect(eve.audio.heard(since: 0).peak(of: 1300) < -50)
                try await Condition.await("its end", within: .seconds(20)) {
                    try await rig.focus.room("team").members.count == 1
                }
            }
        }

        @Test("a film does not play on after a crash, when nobody could stop it")
        func crash() async throws {
            let file = try await Self.film("loop.mp4", seconds: 2)
            defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            let path = file.path(percentEncoded: false)
            let store = MemoryStore()
            let first = try await FocusRig.start(store: store)
            let ann = try await first.join("team", "ann", .tone(440))
            _ = try await first.focus.command(.play("file:\(path)"), in: "team", by: "op")
            try await ann.audio.hears(1300)
            await first.crash()
            let second = try await FocusRig.start(port: first.port, store: store)
            #expect(try await second.focus.room("team").members.map(\.displayName) == ["ann"])
            let said = try await ann.reads(1).last
            #expect(said == "loop.mp4 is not played any more: the conference server was restarted.")
            try await Condition.await("the end of its program", within: .seconds(20)) {
                let looking = try ChildProcess(.init("pgrep", ["-f", path]))
                return await looking.waitForExit(within: .seconds(5))?.isSuccess == false
            }
            await ann.vanish()
            await second.stop()
        }

        /// Measured while it lasts, over stretches of equal length.
        @Test func aFilmIsMadeSofter() async throws {
            let file = try await Self.film("long.mp4", seconds: 50)
            defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let played = try await rig.focus.command(
                    .play("file:\(file.path(percentEncoded: false))?once"), in: "team", by: "op")
                let member = try #require(played.member)
                try await ann.audio.hears(1300)
                // Once it is there, whole.
                try await ann.audio.passes(600)
                let loud = try await ann.audio.steadyLevel(of: 1300)
                _ = try await rig.focus.command(.volume(-12, .named(member.id)), in: "team", by: "op")
                try await Condition.await("it softer") { try await abs(ann.audio.level(of: 1300) - loud + 12) < 2 }
                _ = try await rig.focus.command(.volume(0, .named(member.id)), in: "team", by: "op")
                try await Condition.await("it as it was") { try await abs(ann.audio.level(of: 1300) - loud) < 2 }
                // It is still there when the focus goes, which waits for no other program's end.
            }
        }

        @Test func whatIsNoFilmIsToldAndDisturbsNobody() async throws {
            let file = FileManager.default.temporaryDirectory.appending(path: "text-\(UUID().uuidString).mp4")
            try Data("this is no film".utf8).write(to: file)
            defer { try? FileManager.default.removeItem(at: file) }
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                let refused = await #expect(throws: ControlError.self) {
                    try await rig.focus.command(
                        .play("file:\(file.path(percentEncoded: false))?once"), in: "team", by: "op")
                }
                guard case .refused(let words) = refused else {
                    Issue.record("\(String(describing: refused))")
                    return
                }
                #expect(words.contains(file.lastPathComponent), "\(words)")
                await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.play("file:/no/such/file.mp4"), in: "team", by: "op")
                }
                #expect(try await rig.focus.room("team").members.count == 2)
                try await bob.audio.hears(440)
                // Whose token it is not comes in as anybody.
                let eve = try await rig.member("eve")
                try await eve.dial(rig.uri("team") + ";film=guessed")
                #expect(try await rig.focus.room("team").members.last?.plays == nil)
                // Nor is it for members.
                try await ann.hangUp()
            }
        }

        /// It is opened, and nothing ever comes.
        @Test func aPipeThatNobodyFillsIsGivenUp() async throws {
            let pipe = FileManager.default.temporaryDirectory.appending(path: "pipe-\(UUID().uuidString).mp4")
            #expect(unsafe mkfifo(pipe.path(percentEncoded: false), 0o600) == 0)
            defer { try? FileManager.default.removeItem(at: pipe) }
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                await #expect(throws: ControlError.self) {
                    try await rig.focus.command(
                        .play("file:\(pipe.path(percentEncoded: false))"), in: "team", by: "op")
                }
                #expect(try await rig.focus.room("team").members.count == 1)
            }
        }

        @Test func aFilmNeedsNoPassword() async throws {
            let file = try await Self.film("loop.mp4", seconds: 1)
            defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            try await withFocus {
                $0.auth.mode = .users
            } _: { rig in
                _ = try await rig.focus.create("team", by: "op")
                let played = try await rig.focus.command(
                    .play("file:\(file.path(percentEncoded: false))"), in: "team", by: "op")
                #expect(played.member?.displayName == "loop.mp4")
                _ = try await rig.focus.command(.cancel, in: "team", by: "op")
            }
        }

        @Test func aFilmThatLoopsGoesOnUntilItIsStopped() async throws {
            let file = try await Self.film("loop.mp4", seconds: 1)
            defer { try? FileManager.default.removeItem(at: file.deletingLastPathComponent()) }
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                _ = try await rig.focus.command(.play("file:\(file.path(percentEncoded: false))"), in: "team", by: "op")
                try await ann.screen.sees(.blue)
                try await ann.audio.hears(1300)
                // Over its end, twice.
                try await ann.audio.passes(2000)
                try await ann.audio.hears(1300)
                _ = try await rig.focus.command(.kick("loop.mp4"), in: "team", by: "op")
                try await ann.audio.losesTone(1300)
                #expect(try await rig.focus.room("team").members.count == 1)
            }
        }
    }
}
