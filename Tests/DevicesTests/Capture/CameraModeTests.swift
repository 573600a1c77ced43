// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Picture
import TestSupport
import Testing

@testable import Devices

@Suite struct CameraModeTests {
    /// What a usual webcam offers: much of it raw and slow, all of it as JPEG and fast.
    static let webcam: [CameraMode] = [
        CameraMode(encoding: .raw(.yuyv), size: PictureSize(640, 480), rate: 30),
        CameraMode(encoding: .raw(.yuyv), size: PictureSize(640, 360), rate: 30),
        CameraMode(encoding: .raw(.yuyv), size: PictureSize(640, 360), rate: 15),
        CameraMode(encoding: .raw(.yuyv), size: PictureSize(1280, 720), rate: 10),
        CameraMode(encoding: .raw(.yuyv), size: PictureSize(1920, 1080), rate: 5),
        CameraMode(encoding: .jpeg, size: PictureSize(640, 480), rate: 30),
        CameraMode(encoding: .jpeg, size: PictureSize(640, 360), rate: 30),
        CameraMode(encoding: .jpeg, size: PictureSize(1280, 720), rate: 30),
        CameraMode(encoding: .jpeg, size: PictureSize(1920, 1080), rate: 30),
        CameraMode(encoding: .raw(.i420), size: PictureSize(1280, 720), rate: 30, isEmulated: true),
    ]

    @Test(arguments: [
        (PictureSize(640, 360), 30, CameraMode.Encoding.raw(.yuyv), PictureSize(640, 360), 30),
        (PictureSize(640, 480), 15, .raw(.yuyv), PictureSize(640, 480), 30),
        (PictureSize(1280, 720), 30, .jpeg, PictureSize(1280, 720), 30),
        (PictureSize(1280, 720), 10, .raw(.yuyv), PictureSize(1280, 720), 10),
        (PictureSize(3840, 2160), 30, .jpeg, PictureSize(1920, 1080), 30),
        (PictureSize(320, 180), 30, .raw(.yuyv), PictureSize(640, 360), 30),
    ])
    func theNearestModeIsChosen(
        size: PictureSize, rate: Int, encoding: CameraMode.Encoding, expected: PictureSize, expectedRate: Int
    ) {
        let best = CameraMode.best(of: Self.webcam, for: CaptureFormat(size: size, rate: rate))
        #expect(best?.encoding == encoding)
        #expect(best?.size == expected)
        #expect(best?.rate == expectedRate)
    }

    @Test func aCameraWithoutModesHasNone() {
        #expect(CameraMode.best(of: [], for: CaptureFormat(size: PictureSize(640, 360), rate: 30)) == nil)
    }

    @Test func aCameraThatIsNotThereSaysWhatToDo() throws {
        for (name, advice) in [
            ("/dev/video99", "confab devices"), ("no such camera", "confab devices"), ("/dev/null", "camera /dev/null"),
        ] {
            let source = CameraSource(name)
            let error = #expect(throws: DeviceError.self) {
                try source.start(CaptureFormat(size: PictureSize(640, 360), rate: 30)) { _ in
                } report: { _ in
                }
            }
            #expect(error?.description.contains(advice) == true, "\(String(describing: error))")
            source.stop()
        }
    }

    @Test func theListOfCamerasIsReadable() throws {
        let cameras = VideoDevices.list()
        for camera in cameras { #expect(!camera.name.isEmpty && camera.path.hasPrefix("/dev/video")) }
        guard cameras.isEmpty, (0..<64).allSatisfy({ !FileManager.default.fileExists(atPath: "/dev/video\($0)") })
        else { return }
        let error = #expect(throws: DeviceError.self) { try VideoDevices.path(of: nil) }
        #expect(error?.description.contains("say pattern") == true)
    }

    /// Twice as fast as wished: every other one. A little faster: about as many as wished.
    @Test(arguments: [(60, 30, 300), (50, 30, 300), (30, 30, 300), (25, 30, 250), (31, 30, 300)])
    func picturesTooManyAreLeftOut(given: Int, wished: Int, expected: Int) {
        var pace = PicturePace(CaptureFormat(size: PictureSize(640, 360), rate: wished))
        var numbers = SeededGenerator(seed: 7)
        let taken = (0..<(given * 10)).filter { index in
            let jitter = Int64.random(in: -2_000_000...2_000_000, using: &numbers)
            return pace.wants(5_000_000_000 + Int64(index) * 1_000_000_000 / Int64(given) + jitter)
        }
        #expect(abs(taken.count - expected) <= expected / 25, "\(taken.count)")
    }
}
