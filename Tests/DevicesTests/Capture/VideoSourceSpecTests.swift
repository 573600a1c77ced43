// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Geometry
import Picture
import Testing

@Suite struct VideoSourceSpecTests {
    @Test(arguments: [
        ("default", VideoSourceSpec.camera(nil)),
        ("camera", .camera(nil)),
        ("camera:/dev/video2", .camera("/dev/video2")),
        ("camera:vivid", .camera("vivid")),
        ("screen", .screen(window: nil)),
        ("screen:Slides - page 1", .screen(window: "Slides - page 1")),
        ("file:talk.mp4", .file(path: "talk.mp4", once: false)),
        ("file:/tmp/a b.webm?once", .file(path: "/tmp/a b.webm", once: true)),
        ("file:x.mp4?loop", .file(path: "x.mp4", once: false)),
        ("image:me.png", .image(path: "me.png")),
        ("pattern", .pattern(name: nil, color: nil)),
        ("pattern:Ada", .pattern(name: "Ada", color: nil)),
        ("pattern:Ada@20C040", .pattern(name: "Ada", color: PictureColor(red: 0x20, green: 0xC0, blue: 0x40))),
        ("none", .none),
    ])
    func aSourceIsWhatIsNamed(text: String, expected: VideoSourceSpec) throws {
        #expect(try VideoSourceSpec(parsing: text) == expected)
    }

    @Test(arguments: [
        ("", "say default"),
        ("vivid", "say default"),
        ("/dev/video0", "camera:/dev/video0"),
        ("camera:", "camera:/dev/video0"),
        ("screen:", "part of the window's title"),
        ("file:", "the file name is missing: file:talk.mp4"),
        ("file:?once", "the file name is missing"),
        ("file:x.mp4?twice", "?once or ?loop"),
        ("talk.MP4", "file:talk.MP4"),
        ("me.png", "image:me.png"),
        ("image:", "image:portrait.png"),
        ("pattern:", "pattern:Ada"),
        ("pattern:Ada@red", "pattern:Ada@20C040"),
        ("pattern:Ada@+0C040", "pattern:Ada@20C040"),
    ])
    func aSlipIsToldWhatWouldBeRight(text: String, advice: String) {
        let error = #expect(throws: DeviceError.self) { try VideoSourceSpec(parsing: text) }
        #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
    }

    @Test func noneDeliversNothing() throws {
        let source = try VideoSourceSpec.none.open()
        try source.start(CaptureFormat(size: PictureSize(320, 180), rate: 30)) { _ in
            Issue.record("a picture of nothing")
        } report: {
            Issue.record("\($0)")
        }
        source.stop()
        #expect(source.name == "none")
    }
}
