// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import Foundation
import Picture
import RTP
import SDP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Recordings with the composed picture, and of each member alone, as ffmpeg reads them.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(2)))) struct PictureRecordings {
        static func withFolder(_ body: (FocusRig, String) async throws -> Void) async throws {
            let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID())")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let path = folder.path(percentEncoded: false)
            try await withFocus {
                $0.recording.folder = path
                $0.recording.minFree = 1
            } _: { rig in
                try await body(rig, path)
            }
        }

        /// Ends the recording of `team`, and waits until its file says how long it is.
        static func stop(_ rig: FocusRig) async throws -> [RecordingDetail] {
            _ = try await rig.focus.command(.record(.stop), in: "team", by: "op")
            try await Condition.await("closed files") {
                try await rig.focus.recordings().allSatisfy { !$0.isOpen }
            }
            return try await rig.focus.recordings()
        }

        @Test func itShowsAndSaysWhatAllDidAndNotWhatTheyDidInPauses() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("team", "bob", .camera(.green, tone: 1000))
                _ = try await rig.join("team", "cec", .tone(1600))
                try await ann.audio.hears(1600)
                _ = try await rig.focus.command(.record(.start, as: .video), in: "team", by: "op")
                try await Condition.await("three seconds in the file") {
                    try await rig.focus.recordings().first?.seconds ?? 0 >= 3
                }
                _ = try await rig.focus.command(.record(.pause), in: "team", by: "op")
                bob.audio.play(2200)
                try await ann.audio.hears(2200)
                try await ann.audio.passes(1500)
                bob.audio.play(1000)
                try await ann.audio.losesTone(2200)
                let before = try #require(try await rig.focus.recordings().first)
                #expect(before.isOpen && before.kind == .video)
                _ = try await rig.focus.command(.record(.resume), in: "team", by: "op")
                try await ann.audio.passes(2000)
                let detail = try #require(try await Self.stop(rig).first)
                #expect(detail.kind == .video && detail.path.hasSuffix(".mkv"))
                let file = try await RecordedFile.decode(detail.path, pictures: true)
                print(
                    "recording: \(detail.seconds) s, \(detail.bytes) bytes, \(file.pictures.count) pictures from \(file.pictures.first?.time ?? -1) s on"
                )
                #expect(abs(file.seconds - detail.seconds) < 0.05)
                for tone in [440.0, 1000, 1600] {
                    #expect(file.usualLevel(of: tone, in: 1..<file.seconds) > -40, "\(tone)")
                    #expect(file.usualLevel(of: tone, in: file.seconds - 1..<file.seconds) > -40, "\(tone)")
                }
                #expect(file.level(of: 2200, in: 0..<file.seconds) < -60)
                for time in [2.8, file.seconds - 0.2] {
                    #expect(
                        file.looks(at: time, 3).elementsEqual([PictureColor.red, .green, nil]) { look, color in
                            switch (look, color) {
                            case (.card, nil): true
                            case (.camera(let seen), let color?): seen.distance(to: color) < 28
                            default: false
                            }
                        }, "\(file.looks(at: time, 3)) at \(time)")
                }
                // No hole, in the pause neither, and none in front.
                let times = file.pictures.map(\.time)
                #expect(zip(times, times.dropFirst()).allSatisfy { $1 > $0 && $1 - $0 < 0.5 }, "\(times)")
                #expect(try #require(times.first) < 0.5)
                #expect(abs(try #require(times.last) - file.seconds) < 0.5)
                #expect(try await rig.focus.room("team").members.count == 3)
            }
        }

        /// The tone changes at a moment that is known by the clock that the pictures show.
        @Test func soundAndPictureAreInStepAfterAPauseToo() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440))
                let bob = try await rig.join("team", "bob")
                try await bob.audio.hears(440)
                _ = try await rig.focus.command(.record(.start), in: "team", by: "op")
                let zero = MediaInstant.now()
                var changes: [(tone: Double, at: MediaInstant)] = []
                for tone in [700.0, 1000, 1300, 1600, 2200, 2800] {
                    try await bob.audio.passes(1200)
                    if tone == 1600 {
                        _ = try await rig.focus.command(.record(.pause), in: "team", by: "op")
                        try await bob.audio.passes(1000)
                        _ = try await rig.focus.command(.record(.resume), in: "team", by: "op")
                        try await bob.audio.passes(1000)
                    }
                    ann.audio.play(tone)
                    try await bob.audio.hears(tone)
                    // Not when it was to begin: the member's own thread may be late.
                    changes.append((tone, try #require(ann.audio.toneBegan)))
                }
                try await bob.audio.passes(1000)
                let file = try await RecordedFile.decode(
                    try #require(try await Self.stop(rig).first).path, pictures: true)
                let began = Double(zero.nanoseconds) / 1e9
                var apart: [Double] = []
                for (tone, at) in changes {
                    let onset = file.onset(of: tone)
                    let heard = try #require(
                        onset, "\(tone) Hz at \(file.levels(of: tone, in: 0..<file.seconds).map { Int($0) })")
                    let sound = heard - Double(at.nanoseconds(since: zero)) / 1e9
                    let delays = file.delays(in: heard - 0.6..<heard + 0.6, zero: began).sorted()
                    try #require(!delays.isEmpty, "no clock to be read at \(heard) s, \(tone) Hz")
                    let picture = delays[delays.count / 2]
                    print(
                        "\(tone) Hz: the picture is \(Int((picture - sound) * 1000)) ms after the sound, of \(delays.count)"
                    )
                    apart.append(picture - sound)
                }
                // Before the pause and after it, of three each: a single sound may be late because its member was held up.
                for part in [apart.prefix(3), apart.suffix(3)] { #expect(abs(part.sorted()[1]) < 0.08, "\(apart)") }
            }
        }

        /// Large, as long as it is shared; cards and cameras stand beside it.
        @Test func aSharedScreenIsTheLargePictureOfTheRecording() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .camera(.red, tone: 440) { $0.takesSlots(1) })
                let bob = try await rig.join("team", "bob", .camera(.green) { $0.takesSlots(1) })
                try await bob.audio.hears(440)
                try await bob.screen.sees(inSlots: [.red], within: .seconds(5))
                _ = try await rig.focus.command(.record(.start, as: .video), in: "team", by: "op")
                let start = MediaInstant.now()
                func seconds() -> Double { Double(MediaInstant.now().nanoseconds(since: start)) / 1e9 }
                // Its first pictures may be of cards: cameras are asked for key frames, and decoded from those on.
                try await Condition.await("three seconds in the file") {
                    try await rig.focus.recordings().first?.seconds ?? 0 >= 3
                }
                let before = seconds()
                try ann.screen.share(true)
                try await bob.screen.sees(.white, .slides)
                try await bob.audio.passes(2000)
                let shared = seconds()
                try ann.screen.leaveScreen()
                try await bob.screen.seesNothing(.slides)
                try await bob.audio.passes(2000)
                let file = try await RecordedFile.decode(
                    try #require(try await Self.stop(rig).first).path, pictures: true)
                func presentation(at time: Double) throws -> [PictureColor] {
                    let picture = try #require(file.pictures.last { $0.time <= time }).frame
                    return Grids.presentation(picture, others: 2)
                }
                let large = try presentation(at: shared)
                #expect(
                    zip(large, [PictureColor.white, .red, .green]).allSatisfy { $0.distance(to: $1) < 28 }, "\(large)")
                for time in [before, file.seconds - 0.2] {
                    #expect(
                        file.looks(at: time, 2).elementsEqual([PictureColor.red, .green]) { look, color in
                            if case .camera(let seen) = look { seen.distance(to: color) < 28 } else { false }
                        }, "\(file.looks(at: time, 2)) at \(time)")
                    #expect(try presentation(at: time)[0].distance(to: .white) > 28)
                }
            }
        }

        @Test func aRoomWithoutCamerasIsOfCardsAndACutOffFilePlays() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                _ = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                _ = try await rig.focus.command(.record(.start), in: "team", by: "op")
                try await Condition.await("four seconds in the file") {
                    try await rig.focus.recordings().first?.seconds ?? 0 >= 4
                }
                let path = try #require(try await rig.focus.recordings().first).path
                let torn = path + ".torn"
                try Data(contentsOf: URL(filePath: path)).dropLast(700).write(to: URL(filePath: torn))
                for (copy, isWhole) in [(path, false), (torn, false)] {
                    let streams = try await RecordedFile.streams(copy)
                    #expect(streams.contains("codec_name=opus") && streams.contains("codec_name=vp8"), "\(streams)")
                    let file = try await RecordedFile.decode(copy, pictures: true, isWhole: isWhole)
                    #expect(file.seconds > 2.9)
                    #expect(file.usualLevel(of: 440, in: 1..<file.seconds) > -40)
                    #expect(try #require(file.pictures.last).time > 2)
                    #expect(
                        file.looks(at: 2, 2).allSatisfy {
                            if case .card = $0 { true } else { false }
                        })
                }
                #expect(try await rig.focus.room("team").summary.recording == .recording)
                // Nobody needs the canvas any more.
                _ = try await Self.stop(rig)
                try await Condition.await("no canvas") { await rig.figure("confab_canvas_rooms") == 0 }
            }
        }

        @Test func eachMemberHasATrackOfItsOwnFromTheSameBeginning() async throws {
            try await Self.withFolder { rig, _ in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "b.b", .tone(1000, .opus))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                _ = try await rig.focus.command(.record(.start, as: .tracks), in: "team", by: "op")
                try await ann.audio.passes(1500)
                // Who comes late, after a pause.
                _ = try await rig.focus.command(.record(.pause), in: "team", by: "op")
                try await ann.audio.passes(1500)
                _ = try await rig.focus.command(.record(.resume), in: "team", by: "op")
                try await ann.audio.passes(1000)
                let cec = try await rig.join("team", "cec", .tone(1600, .g722))
                try await ann.audio.hears(1600)
                try await ann.audio.passes(1000)
                try await cec.hangUp()
                try await ann.audio.losesTone(1600)
                try await ann.audio.passes(1000)
                let details = try await Self.stop(rig)
                #expect(details.map(\.kind).count { $0 == .tracks } == 3 && details.count == 4)
                var files: [String: RecordedFile] = [:]
                for detail in details {
                    let key = ["ann", "b_b", "cec"].first { detail.file.hasSuffix("\($0).mka") }
                    #expect(detail.kind == (key == nil ? .audio : .tracks), "\(detail.file)")
                    files[key ?? "mix"] = try await RecordedFile.decode(detail.path, pictures: false)
                }
                let mix = try #require(files["mix"])
                let own = ["ann": 440.0, "b_b": 1000, "cec": 1600]
                for (name, tone) in own {
                    let file = try #require(files[name])
                    print("\(name): \(file.seconds) s of \(mix.seconds) s")
                    let onset = try #require(file.onset(of: tone), "\(name)")
                    #expect(file.usualLevel(of: tone, in: onset..<file.seconds) > -40, "\(name)")
                    for other in own.values where other != tone {
                        let level = file.level(of: other, in: 0..<file.seconds)
                        #expect(level < -60, "\(other) Hz of \(name): \(level)")
                    }
                    if name != "cec" { #expect(abs(file.seconds - mix.seconds) < 0.1) }
                }
                // Each is heard in its own track when it is heard in the mix.
                for (name, tone) in own {
                    let track = try #require(files[name]?.onset(of: tone))
                    let all = try #require(mix.onset(of: tone))
                    #expect(abs(track - all) < 0.06, "\(name): \(track) and \(all)")
                }
                #expect(try #require(files["cec"]?.onset(of: 1600)) > 2.3)
            }
        }
    }
}
