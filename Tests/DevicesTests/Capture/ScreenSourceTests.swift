// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Geometry
import Picture
import TestSupport
import Testing

@Suite(.serialized) struct ScreenSourceTests {
    private let folder: TemporaryFolder
    private static let teal = PictureColor(red: 0, green: 160, blue: 160)
    private static let wine = PictureColor(red: 160, green: 0, blue: 60)

    init() throws {
        folder = try TemporaryFolder()
    }

    @Test func theScreenIsSeenWithItsPointer() async throws {
        let screen = try await VirtualScreen(numberFile: folder.path("display"))
        defer { screen.stop() }
        #expect(
            try await screen.run("xsetroot", ["-solid", "#00A0A0", "-cursor_name", "crosshair"])
                .waitForExit(within: .seconds(10))?.isSuccess == true)
        let source = ScreenSource(display: screen.display)
        let recorder = CaptureRecorder()
        try recorder.start(source, PictureSize(1280, 720), rate: 30)
        try await recorder.picture("the screen in teal") { frame in
            frame.meanColor(in: PictureArea(x: 20, y: 20, width: 200, height: 100)).distance(to: Self.teal) <= 2
        }
        let picture = try #require(recorder.last)
        #expect(picture.picture.size == PictureSize(800, 600))
        // A server that has just started has its pointer in the middle.
        let middle = PictureArea(x: 392, y: 292, width: 16, height: 16)
        #expect(picture.picture.frame.meanColor(in: middle).distance(to: Self.teal) > 4, "no pointer is to be seen")
        source.stop()
        // Half the size.
        let small = CaptureRecorder()
        try small.start(source, PictureSize(400, 300), rate: 30)
        let half = try #require(try await small.pictures(1).first)
        source.stop()
        #expect(half.picture.size == PictureSize(400, 300))
        #expect(
            half.picture.frame.meanColor(in: PictureArea(x: 0, y: 0, width: 100, height: 100)).distance(to: Self.teal)
                <= 2)
    }

    @Test func aWindowIsSeenAloneUntilItIsClosedAndWhenItIsBack() async throws {
        let screen = try await VirtualScreen(numberFile: folder.path("display"))
        defer { screen.stop() }
        func window(_ title: String, _ color: String, _ geometry: String) throws -> ChildProcess {
            try screen.run(
                "xterm",
                ["-title", title, "-bg", color, "-fg", color, "-cr", color, "-geometry", geometry, "-e", "cat"])
        }
        let slides = try window("Quarterly Slides", "#A0003C", "40x10+50+50")
        let source = ScreenSource(window: "quarterly", display: screen.display)
        let recorder = CaptureRecorder()
        try await Condition.await("the window can be captured", within: .seconds(20)) {
            (try? recorder.start(source, PictureSize(1280, 720), rate: 15)) != nil
        }
        let isWine: @Sendable (PictureFrame) -> Bool = { frame in
            frame.meanColor(in: frame.size.area.inset(by: 20)).distance(to: Self.wine) <= 10
        }
        try await recorder.picture("the window's colour", where: isWine)
        // Another window over it is not seen.
        let other = try window("Private", "#00A0A0", "80x24+0+0")
        let over = ScreenSource(window: "Private", display: screen.display)
        let overRecorder = CaptureRecorder()
        try await Condition.await("the other window is there", within: .seconds(20)) {
            (try? overRecorder.start(over, PictureSize(1280, 720), rate: 15)) != nil
        }
        try await overRecorder.picture("the other window's colour") { frame in
            frame.meanColor(in: frame.size.area.inset(by: 20)).distance(to: Self.teal) <= 10
        }
        over.stop()
        let count = recorder.pictures.count
        let covered = try await recorder.pictures(count + 3).suffix(3)
        for picture in covered { #expect(isWine(picture.picture.frame), "what lies over the window is seen") }
        slides.kill()
        try await recorder.event("the window is closed") { $0 == .lost("was closed") }
        let again = try window("Quarterly Slides", "#A0003C", "40x10+50+50")
        try await recorder.event("the window is back") { $0 == .returned }
        try await recorder.picture("its colour again", where: isWine)
        #expect(recorder.events == [.lost("was closed"), .returned])
        source.stop()
        again.kill()
        other.kill()
    }

    @Test func aServerThatEndsIsALossAndNotOurEnd() async throws {
        let screen = try await VirtualScreen(numberFile: folder.path("display"), size: "320x240")
        let source = ScreenSource(display: screen.display)
        let recorder = CaptureRecorder()
        try recorder.start(source, PictureSize(320, 240), rate: 15)
        _ = try await recorder.pictures(2)
        screen.stop()
        try await recorder.event("the server is gone") { if case .lost = $0 { true } else { false } }
        source.stop()
    }

    @Test func whatCannotBeCapturedSaysWhy() async throws {
        let screen = try await VirtualScreen(numberFile: folder.path("display"), size: "320x240")
        defer { screen.stop() }
        for (source, advice) in [
            (ScreenSource(display: ":8765"), "no X server answers"),
            (ScreenSource(window: "No Such Title", display: screen.display), "is it open?"),
        ] {
            let recorder = CaptureRecorder()
            let error = #expect(throws: DeviceError.self) {
                try recorder.start(source, PictureSize(320, 240), rate: 15)
            }
            #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
            source.stop()
        }
    }
}
