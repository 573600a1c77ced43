// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Foundation
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Recordings {
        /// A folder of its own, and a focus that records into it.
        static func withFolder(
            _ change: @escaping (inout FocusConfiguration) -> Void = { _ in },
            _ body: (FocusRig, String) async throws -> Void
        ) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.path(percentEncoded: false)
            try await withFocus {
                $0.recording.folder = path
                $0.recording.minFree = 1
                $0.recording.kind = .audio
                change(&$0)
            } _: { rig in
                try await body(rig, path)
            }
        }

        /// What is in a file of more than that many seconds, once it is closed: before, its end may be half written.
        private static func decode(
            _ file: RecordingDetail, of rig: FocusRig, beyond seconds: Double
        ) async throws -> RecordedFile {
            try await Condition.await("the end of the file") {
                try await rig.focus.recordings().allSatisfy { !$0.isOpen }
            }
            let recorded = try await RecordedFile.decode(file.path, pictures: false)
            #expect(recorded.seconds > seconds)
            return recorded
        }

        @Test func itHoldsWhatAllSaidAndNotWhatWasSaidInPauses() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                _ = try await bob.request(.subscribe, headers: ["Event": "conference"])
                #expect(
                    try await rig.focus.command(.record(.start), in: "team", by: "op").room?.recording == .recording)
                // The roster says so.
                try await Condition.await("the roster's sign") {
                    await bob.notifications.contains {
                        (try? ConferenceInfo(parsing: $0.request.body))?.recording == .recording
                    }
                }
                #expect(try await ann.reads(1) == ["This conference is being recorded."])
                // Members hear that it begins.
                try await Condition.await("the note") { ann.audio.heard(since: 0).peak(of: 1396.91) > -45 }
                try await ann.audio.passes(1500)
                #expect(try await rig.focus.command(.record(.pause), in: "team", by: "op").room?.recording == .paused)
                bob.audio.play(1800, level: -20)
                try await ann.audio.hears(1800)
                try await ann.audio.passes(600)
                bob.audio.play(1000, level: -20)
                try await ann.audio.losesTone(1800)
                try await ann.audio.hears(1000)
                _ = try await rig.focus.command(.record(.resume), in: "team", by: "op")
                try await ann.audio.passes(800)
                let file = try #require(try await rig.focus.recordings().first)
                #expect(file.isOpen)
                #expect(try await rig.focus.command(.record(.stop), in: "team", by: "op").room?.recording == nil)
                let recorded = try await Self.decode(file, of: rig, beyond: 2)
                #expect(recorded.usualLevel(of: 440, in: 0..<recorded.seconds) > -40)
                #expect(recorded.usualLevel(of: 1000, in: 0..<recorded.seconds) > -40)
                #expect(recorded.level(of: 1800, in: 0..<recorded.seconds) < -60)
                // Who recorded, and when, is told nowhere else.
                #expect(file.file.hasPrefix("team-"))
            }
        }

        @Test func silenceHasItsLength() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                try await bob.audio.hears(440)
                let start = bob.audio.mark
                _ = try await rig.focus.command(.record(.start), in: "team", by: "op")
                try await bob.audio.passes(800)
                ann.audio.play(nil)
                // By what was heard meanwhile: it may have been more.
                let silent = Double(bob.audio.mark - start) / 8000
                try await bob.audio.passes(2000)
                ann.audio.play(440)
                try await bob.audio.passes(800)
                let file = try #require(try await rig.focus.recordings().first)
                _ = try await rig.focus.command(.record(.stop), in: "team", by: "op")
                let recorded = try await Self.decode(file, of: rig, beyond: 3)
                #expect(recorded.usualLevel(of: 440, in: 0..<0.6) > -40)
                #expect(recorded.level(of: 440, in: silent + 0.6..<silent + 1.4) < -60)
                #expect(recorded.usualLevel(of: 440, in: recorded.seconds - 0.4..<recorded.seconds) > -40)
            }
        }

        @Test func aFileThatNobodyClosedPlays() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                _ = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                _ = try await rig.focus.command(.record(.start), in: "team", by: "op")
                try await Condition.await("two seconds in the file") {
                    try await rig.focus.recordings().first?.bytes ?? 0 > 8000
                }
                let path = try #require(try await rig.focus.recordings().first).path
                // As a crash would leave it, in the middle of a cluster.
                let bytes = try Data(contentsOf: URL(filePath: path))
                let torn = path + ".torn.mka"
                try bytes.dropLast(700).write(to: URL(filePath: torn))
                var launch = ChildProcess.Launch("ffprobe", ["-v", "error", "-show_streams", path])
                launch.output = path + ".probe"
                let probe = try ChildProcess(launch)
                _ = await probe.waitForExit(within: .seconds(20))
                #expect(probe.printed.contains("codec_name=opus"))
                let recorded = try await RecordedFile.decode(path, pictures: false)
                #expect(recorded.seconds > 1)
                #expect(recorded.usualLevel(of: 440, in: 0..<recorded.seconds) > -40)
                let tornFile = try await RecordedFile.decode(torn, pictures: false, isWhole: false)
                #expect(!tornFile.samples.isEmpty)
            }
        }

        @Test func aFullDiskEndsTheRecordingAndNotTheRoom() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                var full = await rig.focus.configuration
                full.recording.minFree = 10_000_000
                _ = await rig.focus.reload(full)
                let refused = await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.record(.start), in: "team", by: "op")
                }
                guard case .refused(let why) = refused else { return }
                #expect(why.contains("the disk is nearly full"))
                try await bob.audio.hears(440)
                #expect(await ann.state == .established)
            }
        }

        @Test("a missing folder is made, and where that cannot be said to be missing: the disk is not full")
        func missingFolder() async throws {
            try await Self.withFolder { rig, folder in
                _ = try await rig.join("team", "ann")
                var settings = await rig.focus.configuration
                settings.recording.folder = folder + "/a/b"
                _ = await rig.focus.reload(settings)
                let refused = await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.record(.start), in: "team", by: "op")
                }
                #expect("\(try #require(refused))".contains("the folder \(folder)/a/b is missing: make it"))
                settings.recording.folder = folder + "/a"
                _ = await rig.focus.reload(settings)
                _ = try await rig.focus.command(.record(.start), in: "team", by: "op")
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/a").count == 1)
            }
        }

        @Test func aRoomIsRecordedFromTheStartAndToItsEnd() async throws {
            try await Self.withFolder {
                var room = RoomDefinition(name: "../board room")
                room.record = true
                $0.conference.rooms = [room]
            } _: { rig, folder in
                let uri = rig.uri("..%2Fboard%20room")
                let ann = try await rig.member("ann", .tone(440))
                try await ann.dial(uri)
                #expect(try await rig.focus.room("../board room").summary.recording == .recording)
                try await ann.hangUp()
                #expect(await rig.focus.rooms().isEmpty)
                let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                #expect(files.count == 1)
                #expect(files.first?.hasPrefix("___board_room-") == true)
            }
        }

        @Test func withoutAFolderNothingIsRecorded() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let refused = await #expect(throws: ControlError.self) {
                    try await rig.focus.command(.record(.start), in: "team", by: "op")
                }
                #expect("\(try #require(refused))".contains("recording.folder"))
            }
        }
    }
}
