// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Devices
import Foundation
import Logging
import TestSupport
import Testing

@testable import Focus

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct SpokenPrompts {
        /// A focus with recordings, by language and name: of each a second of a tone.
        /// - Parameter broken: one that is no sound.
        private static func withRecordings(
            _ tones: [String: Double], broken: String? = nil, rooms: [RoomDefinition] = [],
            _ body: (FocusRig) async throws -> Void
        ) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "prompts-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            for (name, frequency) in tones {
                let file = folder.appending(path: name + ".wav")
                try FileManager.default.createDirectory(
                    at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
                var writer = try WAVWriter(path: file.path(percentEncoded: false), sampleRate: 16_000)
                var tone = ToneGenerator(frequency: frequency, level: -15, sampleRate: 16_000)
                try writer.append(tone.next(16_000).span)
                try writer.finish()
            }
            if let broken { try Data("no sound".utf8).write(to: folder.appending(path: broken + ".wav")) }
            let path = folder.path(percentEncoded: false)
            try await withFocus {
                $0.conference.rooms = rooms
                $0.prompts.folder = path
                $0.prompts.language = "xx"
            } _: { rig in
                try await body(rig)
            }
        }

        private static func hears(_ frequency: Double, _ member: TestMember) async throws {
            try await member.audio.hears(frequency, since: 0, window: 200)
        }

        /// What stands in the folder is what callers hear, and keys are answered by voice.
        @Test func callersHearTheRecordings() async throws {
            var board = RoomDefinition(name: "board")
            board.pin = "4711"
            board.moderatorPIN = "999"
            try await Self.withRecordings(
                ["xx/enter-pin": 1200, "xx/hand-raised": 1700, "xx/members-2": 2300], broken: "xx/menu", rooms: [board]
            ) { rig in
                await rig.focus.promptsAreRead()
                let ann = try await rig.member("ann")
                try await ann.dial(rig.uri("board") + ";pin=999")
                let bob = try await rig.join("board", "bob")
                try await Self.hears(1200, bob)
                try await bob.press("4711")
                try await Condition.await("bob is in") {
                    try await rig.focus.room("board").members.map(\.state) == [.connected, .connected]
                }
                try await bob.press("*9")
                try await Self.hears(1700, bob)
                #expect(ann.audio.heard(since: 0).peak(of: 1700) < -50)
                try await ann.press("*8")
                try await Self.hears(2300, ann)
            }
        }

        /// `*0` and `*8`: moderators are told more than others.
        @Test func menuAndCountAreHeardByWhoAsks() async throws {
            try await Self.withRecordings([
                "xx/menu": 1200, "xx/moderator-menu": 1700, "xx/members-2": 2300, "xx/not-allowed": 700,
            ]) { rig in
                await rig.focus.promptsAreRead()
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.join("team", "bob")
                try await bob.press("*0")
                try await Self.hears(1200, bob)
                // The other part of a moderator's would have begun by then.
                try await bob.audio.passes(1500)
                #expect(bob.audio.heard(since: 0).peak(of: 1700, window: 200) < -50)
                #expect(ann.audio.heard(since: 0).peak(of: 1200, window: 200) < -50)
                try await ann.press("*0")
                for frequency in [1200.0, 1700] { try await Self.hears(frequency, ann) }
                try await bob.press("*8")
                try await Self.hears(700, bob)
                try await ann.press("*8")
                try await Self.hears(2300, ann)
                #expect(bob.audio.heard(since: 0).peak(of: 2300, window: 200) < -50)
                #expect(ann.audio.heard(since: 0).peak(of: 700, window: 200) < -50)
            }
        }

        /// Where nothing is recorded: as many notes as members, one for the menu.
        @Test func membersAreCountedInNotes() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                for name in ["bob", "cec"] { _ = try await rig.join("team", name) }
                try await ann.press("*8")
                try await Self.hearsNotes(3, ann)
                try await ann.press("*0")
                try await Self.hearsNotes(4, ann)
            }
        }

        private static func hearsNotes(_ count: Int, _ member: TestMember) async throws {
            try await Condition.await("\(count) notes") { notes(member.audio.heard(since: 0)) == count }
            try await member.audio.passes(700)
            #expect(notes(member.audio.heard(since: 0)) == count)
        }

        /// How often the note that says yes begins.
        private static func notes(_ heard: Heard) -> Int {
            let window = heard.sampleRate / 50
            let detector = ToneDetector(sampleRate: heard.sampleRate)
            var (count, lasts) = (0, false)
            for start in stride(from: 0, through: heard.samples.count - window, by: window) {
                // Where no packet came, the note neither ends nor begins.
                if heard.gaps.contains(where: { $0.contains(start) }) { continue }
                let level = detector.level(of: 1046.5, in: heard.samples[start..<start + window])
                if !lasts, level > -36 { count += 1 }
                lasts = level > (lasts ? -50 : -36)
            }
            return count
        }

        /// Two rooms of one focus, one of them arranged while it runs; a third has the focus's language.
        @Test func eachRoomSpeaksItsOwnLanguage() async throws {
            let tones = ["xx": 1200.0, "yy": 1700, "zz": 2300]
            let recordings = tones.map { ($0 + "/hand-raised", $1) }
            var board = RoomDefinition(name: "board")
            board.language = "yy"
            try await Self.withRecordings(Dictionary(uniqueKeysWithValues: recordings), rooms: [board]) { rig in
                var yard = RoomDefinition(name: "yard")
                yard.language = "zz"
                _ = try await rig.focus.arrange(yard, by: "op")
                await rig.focus.promptsAreRead()
                for (room, language) in [("board", "yy"), ("yard", "zz"), ("team", "xx")] {
                    let ann = try await rig.join(room, "ann-\(room)", TestMember.Options().with { $0.tone = nil })
                    try await ann.press("*9")
                    try await Self.hears(try #require(tones[language]), ann)
                    for other in tones.keys where other != language {
                        #expect(
                            ann.audio.heard(since: 0).peak(of: try #require(tones[other])) < -50, "\(room): \(other)")
                    }
                }
                yard.language = "../xx"
                await #expect(throws: ControlError.self) { try await rig.focus.arrange(yard, by: "op") }
            }
        }

        /// What is spoken at the build: everything that can be said, in each language, and it is no silence.
        @Test(arguments: ["en", "zh"])
        func everythingThatCanBeSaidIs(language: String) throws {
            let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Conf/prompts")
            let folder = FileManager.default.temporaryDirectory.appending(path: "spoken-\(UUID().uuidString)")
            defer { try? FileManager.default.removeItem(at: folder) }
            let process = Process()
            process.executableURL = sources.appending(path: "speak").standardized
            process.arguments = [
                sources.appending(path: "\(language).txt").standardized.path(percentEncoded: false),
                folder.path(percentEncoded: false),
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
            for name in Prompts.names {
                let recording = try WAVRecording(
                    path: folder.appending(path: name + ".wav").path(percentEncoded: false))
                #expect(recording.samples.count > recording.sampleRate / 4, "\(name)")
                #expect(levelInDBov(recording.samples) > -40, "\(name)")
            }
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path(percentEncoded: false)).count
                    == Prompts.names.count)
        }
    }
}
