// SPDX-License-Identifier: GPL-3.0-or-later

import Picture

/// A still picture from a PNG or JPEG file, sent again and again so that who comes later sees it too.
package final class ImageSource: PictureSource {
    package let name: String
    private let image: SharedPicture
    private let thread = CaptureThread()

    /// Pictures a second at most: nothing moves.
    private static let rate = 3

    /// Reads the whole file, which blocks.
    /// - Throws: `DeviceError.badFile`.
    package init(path: String) throws(DeviceError) {
        let bytes = try FileBytes.read(path: path)
        guard !bytes.isEmpty else { throw .badFile(path: path, reason: "is empty") }
        let frame: PictureFrame
        do {
            frame = bytes.starts(with: [0xFF, 0xD8]) ? try JPEG.decode(bytes) : try PNG.decode(bytes)
        } catch PNGError.tooLarge(let size), JPEGError.tooLarge(let size) {
            throw .badFile(path: path, reason: "is \(size) large; scale it to \(PNG.largest) pixels or less")
        } catch {
            throw .badFile(path: path, reason: "is not a PNG or JPEG image that can be read; convert it to PNG")
        }
        image = SharedPicture(frame)
        name = path
    }

    package func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError) {
        guard !thread.isRunning else { return }
        var wish = wish
        wish.rate = min(wish.rate, Self.rate)
        try thread.start("confab-image") { [image, wish] thread in
            var fitter = PictureFitter(wish)
            let fitted = fitter.fit(image.size) { frame in
                frame.copy(image.frame)
                return true
            }
            guard let fitted else { return }
            var schedule = PacedClock.Schedule(start: MonotonicSleep.now(), period: wish.period, tolerance: 0)
            repeat {
                deliver(CapturedPicture(picture: fitted, captured: MonotonicSleep.now()))
            } while schedule.wait(on: thread) != nil
        }
    }

    package func stop() {
        thread.stop()
    }
}
