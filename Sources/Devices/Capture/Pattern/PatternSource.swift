// SPDX-License-Identifier: GPL-3.0-or-later

package import Picture

/// A test pattern as a camera. Its clock shows `CLOCK_MONOTONIC` in milliseconds at the moment of capture, so that
/// whoever reads it on the same machine knows how old the picture is.
package final class PatternSource: PictureSource {
    package let name: String
    /// Of the patch.
    package let color: PictureColor
    private let label: String
    private let thread = CaptureThread()

    /// - Parameter color: one made from `name` when nil.
    package init(name: String, color: PictureColor? = nil) {
        self.name = "pattern \"\(name)\""
        self.color = color ?? PictureColor(of: name)
        label = name
    }

    package func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        guard !thread.isRunning else { return }
        try thread.start("confab-pattern") { [label, color] thread in
            let pattern = TestPattern(name: label, color: color, showsFigures: true)
            let pool = PicturePool(capacity: CaptureFormat.pooled)
            let size = wish.fitting(wish.size)
            var schedule = PacedClock.Schedule(start: MonotonicSleep.now(), period: wish.period, tolerance: 0)
            while schedule.wait(on: thread) != nil {
                let now = MonotonicSleep.now()
                let picture = pool.take(size)
                pattern.draw(UInt32(truncatingIfNeeded: now / 1_000_000), on: picture)
                deliver(CapturedPicture(picture: SharedPicture(picture), captured: now))
            }
        }
    }

    package func stop() {
        thread.stop()
    }
}
