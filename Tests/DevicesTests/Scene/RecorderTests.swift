// SPDX-License-Identifier: GPL-3.0-or-later
import Foundation
import Picture
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
        let recorder = try SceneRecorder(SceneRecording(path: folder), rate: 50) { Issue.record("\($0)") }
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

    @Test("a folder that cannot be is refused at once, with words")
    func refused() throws {
        for path in ["/proc/nothing/here", "/dev/null"] {
            #expect {
                _ = try SceneRecorder(SceneRecording(path: path)) { _ in }
            } throws: { error in
                "\(error)".hasPrefix(path + ": ") && "\(error)".contains("folder")
            }
        }
    }
}
