// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import Synchronization

/// A V4L2 camera. Open between `start` and `stop` only, so that its light is off when nobody is watched.
package final class CameraSource: PictureSource {
    private let wanted: String?
    private let found = Mutex<String?>(nil)
    private let thread = CaptureThread()

    /// - Parameter wanted: device file or part of the camera's name; the first camera when nil.
    package init(_ wanted: String?) {
        self.wanted = wanted
    }

    /// The camera's own name once it was started.
    package var name: String {
        found.withLock { $0 } ?? wanted.map { "camera \($0)" } ?? "default camera"
    }

    /// Time without a picture after which a camera counts as lost and is opened anew.
    private static let patience: Int64 = 3_000_000_000

    package func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        guard !thread.isRunning else { return }
        let stream = try Self.open(wanted, wish)
        let name = stream.name
        found.withLock { $0 = name }
        let first = HandOff(stream)
        try thread.start("confab-camera") { [wanted] thread in
            let status = CaptureStatus(report: report)
            var fitter = PictureFitter(wish)
            keepCapturing(first, until: thread, status: status) { () throws(DeviceError) in
                try Self.open(wanted, wish)
            } use: { stream in
                Self.capture(stream, wish, &fitter, until: thread, status, deliver)
            }
        }
    }

    package func stop() {
        thread.stop()
    }

    private static func open(_ wanted: String?, _ wish: CaptureFormat) throws(DeviceError) -> CameraStream {
        try CameraStream(path: VideoDevices.path(of: wanted), wish: wish)
    }

    /// - Returns: why the camera is lost, or nil when the thread was asked to stop.
    private static func capture(
        _ stream: CameraStream, _ wish: CaptureFormat, _ fitter: inout PictureFitter, until thread: DeviceThread,
        _ status: CaptureStatus, _ deliver: (CapturedPicture) -> Void
    ) -> String? {
        var pace = PicturePace(wish)
        var last = MonotonicSleep.now()
        var unreadable = false
        while !thread.isStopping {
            let outcome = unsafe stream.next(milliseconds: 100) { bytes, captured in
                guard pace.wants(captured) else { return }
                let picture = fitter.fit(stream.mode.size) { unsafe stream.load(bytes, into: $0) }
                // A picture that came damaged over the wire is left out.
                unreadable = picture == nil
                guard let picture else { return }
                status.came()
                deliver(CapturedPicture(picture: picture, captured: captured))
            }
            switch outcome {
            case .picture: if !unreadable { last = MonotonicSleep.now() }
            case .nothing: break
            case .lost(let reason): return reason
            }
            if MonotonicSleep.now() - last > patience {
                return unreadable ? "gives pictures that cannot be read" : "gives no pictures"
            }
        }
        return nil
    }
}
