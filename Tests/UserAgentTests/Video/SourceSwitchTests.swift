// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Foundation
import Geometry
import Picture
import TestSupport
import Testing
import Video

@testable import UserAgent

@Suite("What is seen of oneself, switched in a call", .serialized, .timeLimit(.minutes(Condition.minutes(2))))
struct SourceSwitchTests {
    @Test("pattern, image, film, screen, nothing: each takes the place of the one before")
    func kinds() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "confab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }

        let amber = PictureColor(red: 200, green: 150, blue: 30)
        let image = PictureFrame(PictureSize(480, 270))
        image.fill(amber)
        try Data(PNG.encode(image)).write(to: folder.appending(path: "portrait.png"))
        try await BlueFilm.write(to: path("film.mp4"), tone: 440, seconds: 2)
        let screen = try await VirtualScreen(numberFile: path("display"), size: "640x360")
        defer { screen.stop() }
        try await screen.fill("#A0003C")

        let call = try await FaceToFace.begin { options in
            let open = options.openPictures
            options.openPictures = { spec in
                guard case .screen = spec else { return try open(spec) }
                return MovingPictures(ScreenSource(display: screen.display), kind: .detail)
            }
        }
        try await call.outgoing.sees(.bob, as: "bob")
        let sources: [(spec: String, color: PictureColor)] = [
            ("image:\(path("portrait.png"))", amber),
            ("file:\(path("film.mp4"))", PictureColor(red: 0x14, green: 0x14, blue: 0xDC)),
            ("screen", PictureColor(red: 0xA0, green: 0, blue: 0x3C)),
        ]
        for source in sources {
            try await call.incoming.switchCamera(to: VideoSourceSpec(parsing: source.spec))
            try await Condition.await(source.spec, within: .seconds(10), evidence: { call.outgoing.sight }) {
                call.outgoing.tile("bob")?.picture.map { Self.corner(of: $0.frame).distance(to: source.color) < 24 }
                    ?? false
            }
        }
        try await call.incoming.switchCamera(to: VideoSourceSpec(parsing: "none"))
        try await call.outgoing.misses("bob", because: "camera off", within: .milliseconds(800))
        try await call.incoming.switchCamera(to: VideoSourceSpec(parsing: Patch.cyd.camera))
        try await call.outgoing.sees(.cyd, as: "bob")
        await call.end()
    }

    /// Beside the middle, where a server that has just started has its pointer.
    private static func corner(of picture: PictureFrame) -> PictureColor {
        let (width, height) = (picture.size.width, picture.size.height)
        return picture.meanColor(
            in: PictureArea(x: width / 16, y: height / 16, width: width / 4, height: height / 4))
    }
}
