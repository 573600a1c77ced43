// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Picture
import TestSupport
import Testing

extension DeviceRig {
    /// The kernel's virtual camera, which shows colour bars.
    @Suite(.serialized) struct CameraTests {
        @Test func theCameraIsListedWithItsFormats() async throws {
            let machine = try await VirtualMachine.running()
            try await Self.plugIn(machine)
            let listed = try await machine.shell("exec \(Meeting.program("confab")) devices")
            #expect(listed.contains("camera:/dev/video0  (camera)  vivid"), "\(listed)")
            #expect(listed.contains("320x180 YUYV"), "\(listed)")
        }

        @Test func colorBarsArriveAndComeBackWithTheCamera() async throws {
            let room = try await Meeting.begin()
            try await Self.plugIn(room.machine)
            let owner = try await room.member("owner", Self.owner() + Self.silent)
            let viewer = try await room.member("viewer", Self.viewer + Self.silent)
            try await Screen(viewer).awaitBars()
            let mark = owner.mark
            try await room.machine.shell("echo vivid.0 >/sys/bus/platform/drivers/vivid/unbind")
            try await owner.event("source", after: mark) { $0["state"] as? String == "lost" }
            try await Screen(viewer).awaitNoBars()
            try await room.machine.shell("echo vivid.0 >/sys/bus/platform/drivers/vivid/bind")
            try await owner.event("source", after: mark) { $0["state"] as? String == "returned" }
            try await Screen(viewer).awaitBars()
            try await room.end([owner, viewer])
        }

        @Test func camerasOfJPEGAndOfRawPicturesAreSeen() async throws {
            let room = try await Meeting.begin()
            let viewer = try await room.member("viewer", Self.viewer + Self.silent)
            for camera in LoopbackCamera.allCases {
                let chip = try await camera.plugIn(room.machine)
                let owner = try await room.member("owner", Self.owner(camera.path) + Self.silent)
                try await camera.explaining(room.machine, [chip, owner, viewer]) {
                    try await Screen(viewer).awaitBars()
                    // The writer ends as a cable is pulled.
                    let mark = owner.mark
                    try await chip.stop("KILL")
                    try await owner.event("source", after: mark) { $0["state"] as? String == "lost" }
                    try await Screen(viewer).awaitNoBars()
                }
                try await owner.stop()
            }
            try await room.end([viewer])
        }

        static let silent = ["--mic", "none", "--speaker", "none"]
        static func owner(_ camera: String = "/dev/video0") -> [String] {
            ["--camera", "camera:\(camera)", "--quality", "low", "--video-codec", "vp8"]
        }
        static let viewer = [
            "--camera", "none", "--video-codec", "vp8", "--video-out", "seen",
            "--video-out-rate", "0.5",
        ]

        static func plugIn(_ machine: VirtualMachine) async throws {
            // One webcam and no other devices.
            try await machine.shell("load vivid n_devs=1 node_types=0x1 num_inputs=1 input_types=0x0")
        }
    }
}

/// The pictures that a member of a meeting writes with `--video-out seen`.
struct Screen: Sendable {
    private let folder: String

    init(_ member: GuestProgram) {
        folder = member.path("seen")
    }

    /// Waits for a picture that is begun after this, with the seven bars in their order.
    func awaitBars(within patience: Duration = .seconds(60)) async throws {
        try await look(for: "colour bars", within: patience) { Self.showsBars($0) }
    }

    func awaitNoBars() async throws {
        try await look(for: "no colour bars", within: .seconds(60)) { !Self.showsBars($0) }
    }

    private func look(
        for what: String, within patience: Duration, _ isRight: @Sendable (PictureFrame) -> Bool
    ) async throws {
        let before = files.last ?? ""
        try await Condition.await("\(what) in \(folder)", within: patience, every: .milliseconds(500)) {
            // The newest may still be growing.
            guard let newest = files.dropLast().last, newest > before else { return false }
            let bytes = FileManager.default.contents(atPath: "\(folder)/\(newest)") ?? Data()
            guard let picture = try? PNG.decode(Array(bytes)) else { return false }
            return isRight(picture)
        }
    }

    private var files: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".png") }.sorted()
    }

    /// 75 % bars as ITU-R BT.801 has them, from the left; black, the eighth, is everywhere.
    private static let bars = [
        PictureColor(red: 191, green: 191, blue: 191), PictureColor(red: 191, green: 191, blue: 0),
        PictureColor(red: 0, green: 191, blue: 191), PictureColor(red: 0, green: 191, blue: 0),
        PictureColor(red: 191, green: 0, blue: 191), PictureColor(red: 191, green: 0, blue: 0),
        PictureColor(red: 0, green: 0, blue: 191),
    ]

    private static func showsBars(_ picture: PictureFrame) -> Bool {
        let side = 16
        var places = [[Int]](repeating: [], count: bars.count)
        for y in stride(from: 0, to: picture.size.height - side, by: side) {
            for x in stride(from: 0, to: picture.size.width - side, by: side) {
                let color = picture.meanColor(in: PictureArea(x: x, y: y, width: side, height: side))
                if let bar = bars.firstIndex(where: { $0.distance(to: color) <= 20 }) { places[bar].append(x) }
            }
        }
        let middles = places.map { $0.count < 8 ? -1 : $0.reduce(0, +) / $0.count }
        return !middles.contains(-1) && zip(middles, middles.dropFirst()).allSatisfy { $0 < $1 }
    }
}
