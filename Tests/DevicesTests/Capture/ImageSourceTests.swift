// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import Geometry
import Picture
import Testing

@Suite struct ImageSourceTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private static let orange = PictureColor(red: 230, green: 120, blue: 30)

    private static func picture(_ size: PictureSize) -> PictureFrame {
        let frame = PictureFrame(size)
        frame.fill(orange)
        return frame
    }

    @Test func anImageComesInItsProportionsAndAgainAndAgain() async throws {
        let path = try folder.write(PNG.encode(Self.picture(PictureSize(801, 601))), as: "me.png")
        let source = try VideoSourceSpec(parsing: "image:\(path)").open()
        let recorder = CaptureRecorder()
        try recorder.start(source, PictureSize(640, 360), rate: 30)
        let pictures = try await recorder.pictures(3)
        source.stop()
        for picture in pictures {
            #expect(picture.picture.size == PictureSize(480, 360))
            #expect(picture.picture.frame.meanColor(in: picture.picture.size.area).distance(to: Self.orange) <= 2)
        }
        // The same picture, so that nothing is scaled or compared again.
        #expect(Set(pictures.map(\.picture.stamp)).count == 1)
        let apart = pictures[2].captured - pictures[1].captured
        #expect(apart > 150_000_000, "\(apart) ns: a still picture is sent seldom")
    }

    @Test func aSmallImageKeepsItsSize() async throws {
        let path = try folder.write(PNG.encode(Self.picture(PictureSize(161, 91))), as: "me.png")
        let source = try VideoSourceSpec(parsing: "image:\(path)").open()
        let recorder = CaptureRecorder()
        try recorder.start(source, PictureSize(640, 360), rate: 30)
        let picture = try #require(try await recorder.pictures(1).first)
        source.stop()
        #expect(picture.picture.size == PictureSize(160, 90))
    }

    @Test(arguments: [
        ([], "is empty"),
        (Array("this is text".utf8), "convert it to PNG"),
        ([0xFF, 0xD8, 0xFF, 0xE0, 0, 4], "convert it to PNG"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "convert it to PNG"),
    ])
    func aBadImageSaysWhy(bytes: [UInt8], reason: String) throws {
        let path = try folder.write(bytes, as: "bad.png")
        let error = #expect(throws: DeviceError.self) { try VideoSourceSpec.image(path: path).open() }
        #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
    }

    @Test func aMissingImageSaysWhy() {
        let error = #expect(throws: DeviceError.self) { try VideoSourceSpec.image(path: folder.path("no.png")).open() }
        #expect(error?.description.contains("No such file") == true)
    }
}
