// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Synchronization
import TestSupport
import Testing

@testable import UserAgent

/// A camera that knows whether it is open.
private final class WatchedCamera: PictureSource {
    let name = "a watched camera"
    private let pattern = NoisyPattern(.bob, noise: false)
    private let state = Mutex((openings: 0, isOpen: false))

    /// How often it was opened so far.
    var openings: Int { state.withLock { $0.openings } }

    /// Its light is on.
    var isOpen: Bool { state.withLock { $0.isOpen } }

    func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        try pattern.start(wish, deliver: deliver, report: report)
        state.withLock { $0 = ($0.openings + 1, true) }
    }

    func stop() {
        pattern.stop()
        state.withLock { $0.isOpen = false }
    }
}

@Suite("A camera's light", .serialized, .timeLimit(.minutes(Condition.minutes(1))))
struct CameraUseTests {
    @Test("a camera is open while it is on, and never else")
    func light() async throws {
        let camera = WatchedCamera()
        let call = try await FaceToFace.begin { options in
            options.video.isCameraOn = false
            options.openPictures = { _ in MovingPictures(camera) }
        }
        try await call.incoming.sees(.ada, as: "Ada")
        #expect(camera.openings == 0)
        for turn in 1...2 {
            try await call.incoming.setCamera(true)
            try await call.outgoing.sees(.bob, as: "bob")
            #expect(camera.isOpen && camera.openings == turn)
            guard turn == 1 else { continue }
            try await call.incoming.setCamera(false)
            try await Condition.await("a dark light", within: .seconds(1)) { !camera.isOpen }
        }
        await call.end()
        #expect(!camera.isOpen && camera.openings == 2)
    }
}
