// SPDX-License-Identifier: GPL-3.0-or-later

/// The screen, or one window of it, with the pointer in the picture.
package final class ScreenSource: PictureSource {
    package let name: String
    private let display: String?
    private let window: String?
    private let thread = CaptureThread()

    /// - Parameters:
    ///   - window: part of the window's title; the whole screen when nil.
    ///   - display: of X, such as `:0`; what the environment says when nil.
    package init(window: String? = nil, display: String? = nil) {
        self.window = window
        self.display = display
        name = window.map { "window \"\($0)\"" } ?? display.map { "screen \($0)" } ?? "screen"
    }

    /// Pictures a second at most: screens have small writing rather than motion.
    private static let rate = 15

    package func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        guard !thread.isRunning else { return }
        var wish = wish
        wish.rate = min(wish.rate, Self.rate)
        let first = HandOff(try ScreenGrabber(display: display, title: window))
        try thread.start("confab-screen") { [display, window, wish] thread in
            let status = CaptureStatus(report: report)
            var fitter = PictureFitter(wish)
            keepCapturing(first, until: thread, status: status) { () throws(DeviceError) in
                try ScreenGrabber(display: display, title: window)
            } use: { grabber in
                Self.capture(grabber, wish, &fitter, until: thread, status, deliver)
            }
        }
    }

    package func stop() {
        thread.stop()
    }

    /// - Returns: why there is nothing to see any more, or nil when the thread was asked to stop.
    private static func capture(
        _ grabber: ScreenGrabber, _ wish: CaptureFormat, _ fitter: inout PictureFitter, until thread: DeviceThread,
        _ status: CaptureStatus, _ deliver: (CapturedPicture) -> Void
    ) -> String? {
        var schedule = PacedClock.Schedule(start: MonotonicSleep.now(), period: wish.period, tolerance: 0)
        var hidden = 0
        while schedule.wait(on: thread) != nil {
            let now = MonotonicSleep.now()
            switch grabber.grab(&fitter) {
            case .picture(let picture):
                hidden = 0
                status.came()
                deliver(CapturedPicture(picture: picture, captured: now))
            case .hidden:
                // One that only changes its size is back at the next look.
                hidden += 1
                if hidden > 3 { status.lost("is minimised") }
            case .lost(let reason): return reason
            }
        }
        return nil
    }
}
