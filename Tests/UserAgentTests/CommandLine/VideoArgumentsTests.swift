// SPDX-License-Identifier: GPL-3.0-or-later
import ArgumentParser
import Devices
import Geometry
import Picture
import Testing
import UserAgent

@testable import confab

@Suite("What the command line says about video")
struct VideoArgumentsTests {
    private func parsed(_ arguments: String...) throws -> CallOptions {
        try CallCommand.parse(["demo@h"] + arguments).call
    }

    @Test("a person has video, a script has it when it asks for some")
    func enabled() throws {
        #expect(try parsed().video.options(isPerson: true).isEnabled)
        #expect(try !parsed().video.options(isPerson: false).isEnabled)
        #expect(try !parsed("--no-video").video.options(isPerson: true).isEnabled)
        for asked in [["--camera", "none"], ["--share", "screen"], ["--video-out", "seen"], ["--window"]] {
            #expect(try CallCommand.parse(["demo@h"] + asked).call.video.options(isPerson: false).isEnabled)
        }
    }

    @Test("what is said reaches the user agent")
    func options() throws {
        let video = try parsed(
            "--camera", "pattern:Ada", "--camera-off", "--quality", "high", "--video-codec", "h264, vp8", "--slots",
            "3",
            "--share", "image:x.png", "--video-out", "seen.mkv", "--video-out-rate", "7.5", "--no-window"
        ).video
        let options = video.options(isPerson: true)
        #expect(options.camera == "pattern:Ada" && !options.isCameraOn)
        #expect(options.quality == .high && options.codecs == [.h264, .vp8] && options.slots == 3)
        #expect(video.share?.spec == .image(path: "x.png"))
        #expect(video.recording == .movie(path: "seen.mkv") && video.recordingRate == 7.5)
        #expect(video.window == false)
        #expect(try !parsed("--no-camera").video.options(isPerson: true).isCameraOn)
        #expect(try parsed().video.options(isPerson: true).camera == nil)
        #expect(try parsed().video.window == nil)
    }

    @Test(
        "what makes no sense is refused with what would",
        arguments: [
            (["--camera", "/dev/video0"], "write camera:/dev/video0"), (["--camera", "webcam"], "camera:/dev/video0"),
            (["--share", "talk.mp4"], "write file:talk.mp4"),
            (["--quality", "best"], "low, medium, high and auto are"),
            (["--video-codec", "av1"], "vp8 and h264 are"), (["--video-codec", ","], "names no codec"),
            (["--slots", "65"], "from 0 to 64"), (["--slots", "-1"], "slots"),
            (["--no-video", "--camera", "none"], "leave one of them out"),
            (["--no-video", "--video-out", "x"], "leave one of them out"),
            (["--no-video", "--share", "screen"], "leave one of them out"),
            (["--no-video", "--window"], "leave one of them out"), (["--headless", "--window"], "use --video-out"),
            (["--json", "--window"], "use --video-out"), (["--video-out", "x.avi"], ".mkv, .webm or .mp4"),
            (["--video-out", ""], "names no folder"), (["--video-out-rate", "2"], "needs --video-out"),
            (["--video-out", "x", "--video-out-rate", "0"], "0.01 to 60"),
        ])
    func refused(arguments: [String], words: String) {
        #expect {
            _ = try CallCommand.parse(["demo@h"] + arguments)
        } throws: { error in
            CallCommand.message(for: error).contains(words)
        }
    }

    @Test("who is seen is told when it changes, oneself never")
    func seen() {
        var tracker = SeenTracker()
        func picture(_ size: PictureSize) -> SharedPicture { SharedPicture(PictureFrame(size)) }
        var tiles = [
            SceneTile(id: 0, kind: .me, name: "Ada", picture: picture(PictureSize(64, 36))),
            SceneTile(id: 1, kind: .member, name: "Bob", absence: "camera off"),
        ]
        #expect(tracker.take(tiles) == nil)
        tiles[1].picture = picture(PictureSize(64, 36))
        let bob = SeenPicture(name: "Bob", isScreen: false, width: 64, height: 36)
        #expect(tracker.take(tiles) == [bob])
        tiles[1].picture = picture(PictureSize(64, 36))
        #expect(tracker.take(tiles) == nil)
        tiles.append(SceneTile(id: 9, kind: .screen, name: "Bob", picture: picture(PictureSize(128, 72))))
        let screen = SeenPicture(name: "Bob", isScreen: true, width: 128, height: 72)
        #expect(tracker.take(tiles) == [bob, screen])
        #expect(PlainLine.text([bob, screen]) == "Seen: Bob (64x36), Bob's screen (128x72).")
        #expect(tracker.take([]) == [])
        #expect(PlainLine.text([]) == "Nobody is seen.")
    }
}
