// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import Picture
import RTP
import Synchronization
import TestSupport

/// A test pattern with noise along its lower edge, which takes as many bits as a lively room; it can be unplugged.
final class NoisyPattern: PictureSource {
    let name = "noise"
    private let patch: Patch
    private let noise: Bool
    private let thread = Mutex<DeviceThread?>(nil)
    private let report = Mutex<(@Sendable (CaptureEvent) -> Void)?>(nil)
    private let isUnplugged = Atomic(false)

    init(_ patch: Patch, noise: Bool = true) {
        self.patch = patch
        self.noise = noise
    }

    func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        self.report.withLock { $0 = report }
        let thread = try DeviceThread(name: "noise") { [self] thread in
            let pattern = TestPattern(name: "\(patch)", color: patch.color)
            let pool = PicturePool(capacity: 6)
            var generator = SeededGenerator(seed: 7)
            var beat = PacedClock.Schedule(
                start: MediaInstant.now().nanoseconds, period: .nanoseconds(1_000_000_000 / wish.rate))
            while beat.wait(on: thread) != nil {
                guard !isUnplugged.load(ordering: .relaxed) else { continue }
                let now = MediaInstant.now()
                let frame = pool.take(wish.size)
                pattern.draw(UInt32(truncatingIfNeeded: now.nanoseconds / 1_000_000), on: frame)
                if noise { scatter(on: frame, &generator) }
                deliver(CapturedPicture(picture: SharedPicture(frame), captured: now.nanoseconds))
            }
        }
        self.thread.withLock { $0 = thread }
    }

    private func scatter(on frame: PictureFrame, _ generator: inout SeededGenerator) {
        let top = frame.size.height * 85 / 100
        for y in stride(from: top, to: frame.size.height - 8, by: 8) {
            for x in stride(from: 0, to: frame.size.width - 8, by: 8) {
                let gray = UInt8(40 + generator.next() % 170)
                frame.fill(PictureArea(x: x, y: y, width: 8, height: 8), PictureColor(luma: gray, cb: 128, cr: 128))
            }
        }
    }

    func unplug(_ isUnplugged: Bool) {
        self.isUnplugged.store(isUnplugged, ordering: .relaxed)
        report.withLock { $0 }?(isUnplugged ? .lost("noise was unplugged") : .returned)
    }

    func stop() {
        thread.withLock { $0.take() }?.stop()
    }
}
