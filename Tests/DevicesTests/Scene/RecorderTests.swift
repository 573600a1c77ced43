// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Geometry
import Picture
import Synchronization
import TestSupport
import Testing

@testable import Devices

@Suite("Pictures of a meeting as files")
struct RecorderTests {
    private let folder = FileManager.default.temporaryDirectory.path + "/confab-seen-\(UUID().uuidString)"

    private func files() -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".png") }.sorted()
    }

    @Test("numbered files that show the meeting; another call counts on")
    func sequence() async throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let recorder = try SceneRecorder(.pictures(folder: folder), rate: 50) { Issue.record("\($0)") }
        let tiles = Meeting.tiles(others: 4)
        try recorder.start { tiles }
        try await Condition.await("three files") { files().count >= 3 }
        recorder.stop()
        let count = files().count
        #expect(files().first == "000001.png" && files().last == "00000\(count).png" || count > 9)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/000001.png"))
        let picture = try PNG.decode([UInt8](bytes))
        for place in SceneLayout.places(tiles, SceneState(), on: picture.size) {
            guard case .tile(let member) = place.content else { continue }
            #expect(picture.meanColor(in: Meeting.middle(place.area)).distance(to: Meeting.color(member)) <= 3)
        }
        try recorder.start { tiles }
        try await Condition.await("more files") { files().count > count }
        recorder.stop()
        recorder.stop()
        #expect(
            !((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).contains { $0.hasSuffix(".part") })
    }

    @Test("a movie that shows the meeting, in its own time", arguments: ["seen.webm", "seen.mkv", "seen.mp4"])
    func movie(name: String) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/" + name
        let recorder = try SceneRecorder(SceneRecording(parsing: path), rate: 20) { Issue.record("\($0)") }
        let tiles = Meeting.tiles(others: 4)
        let began = ContinuousClock.now
        let asked = Mutex<[ContinuousClock.Instant]>([])
        try recorder.start {
            asked.withLock { $0.append(.now) }
            return tiles
        }
        try await Condition.await("a second and a half of pictures") { asked.withLock { $0.count } >= 30 }
        recorder.stop()
        let lasted = ContinuousClock.now - began
        // Before the first and after the last there is an encoder's work, however long that takes.
        let times = asked.withLock { $0 }
        let shown = times[times.count - 1] - times[0]
        let reader = try #require(try MediaReader.open(path, .pictures))
        var count = 0
        var last: Int64 = 0
        while case .frame = reader.next(unless: { false }) {
            count += 1
            last = reader.time ?? last
        }
        #expect(count > 15)
        let watcher = CaptureRecorder()
        let movie = try VideoSourceSpec.file(path: path, once: true).open()
        try watcher.start(movie, PictureSize(1280, 720), rate: 20)
        try await watcher.picture("everybody's colours") { picture in
            SceneLayout.places(tiles, SceneState(), on: picture.size).allSatisfy { place in
                guard case .tile(let member) = place.content else { return false }
                return picture.meanColor(in: Meeting.middle(place.area)).distance(to: Meeting.color(member)) <= 8
            }
        }
        movie.stop()
        #expect(Duration.nanoseconds(last) < lasted && Duration.nanoseconds(last) > shown - .milliseconds(400))
    }

    @Test("what --video-out can name")
    func names() throws {
        #expect(try SceneRecording(parsing: "seen") == .pictures(folder: "seen"))
        #expect(try SceneRecording(parsing: "out.d/seen") == .pictures(folder: "out.d/seen"))
        #expect(try SceneRecording(parsing: "a/x.MP4") == .movie(path: "a/x.MP4"))
        #expect(throws: DeviceError.self) { try SceneRecording(parsing: "x.avi") }
        #expect(SceneRecording.numbered("a.b/seen.mkv", 1) == "a.b/seen.mkv")
        #expect(SceneRecording.numbered("a.b/seen.mkv", 2) == "a.b/seen-2.mkv")
    }

    @Test("a folder that cannot be is refused at once, with words")
    func refused() throws {
        for path in ["/proc/nothing/here", "/dev/null"] {
            #expect {
                _ = try SceneRecorder(.pictures(folder: path)) { _ in }
            } throws: { error in
                "\(error)".hasPrefix(path + ": ") && "\(error)".contains("folder")
            }
        }
    }
}
