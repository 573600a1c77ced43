// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import Picture

/// Where outgoing pictures come from: camera, screen, video file, still image, test pattern.
package protocol PictureSource: AnyObject, Sendable {
    /// What a person would call it: `camera "vivid"`, `screen :0`, `talk.mp4`.
    var name: String { get }

    /// Begins to capture on a thread of its own, as near to `wish` as it can.
    ///
    /// Opens the device first, which may take a second: not on an event loop. A source that runs already goes on as it
    /// was: stop it first. It can be started again after `stop`.
    /// - Parameters:
    ///   - deliver: takes each picture. Called on the source's thread, like `report`; both must return soon and must not
    ///     call `stop`.
    ///   - report: is told what becomes of the source.
    /// - Throws: `DeviceError` that says what to do next.
    func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) throws(DeviceError)

    /// Stops and frees the device: afterwards nothing is delivered any more. Safe to call twice; blocks for a picture
    /// at most.
    func stop()
}

/// What pictures are wished for.
package struct CaptureFormat: Hashable, Sendable {
    /// The largest picture wanted. Smaller ones, and others in proportion, may come.
    package var size: PictureSize
    /// Pictures a second, at most.
    package var rate: Int

    package init(size: PictureSize, rate: Int) {
        self.size = size
        self.rate = rate
    }

    /// Pictures that a source keeps to use again: one with the encoder, two with a window, one being drawn.
    static let pooled = 4

    /// From one picture to the next.
    var period: Duration { .nanoseconds(1_000_000_000 / max(1, rate)) }

    /// Size in which a picture of `size` is delivered: in its own proportions, no larger than wished, even both ways,
    /// because two lines and two columns of luma share one of chroma.
    func fitting(_ size: PictureSize) -> PictureSize {
        guard size.width > self.size.width || size.height > self.size.height else {
            return PictureSize(max(2, size.width & ~1), max(2, size.height & ~1))
        }
        let fitted = self.size.area.fitting(size).size
        return PictureSize(max(2, fitted.width), max(2, fitted.height))
    }
}

/// One picture and when it was taken.
package struct CapturedPicture: Sendable {
    /// Finished: any number of threads may look at it, nobody draws in it.
    package var picture: SharedPicture
    /// Nanoseconds of `CLOCK_MONOTONIC`.
    package var captured: Int64

    package init(picture: SharedPicture, captured: Int64) {
        self.picture = picture
        self.captured = captured
    }
}

/// What becomes of a source while it runs.
package enum CaptureEvent: Hashable, Sendable {
    /// No more pictures for now, and why: unplugged, window closed. It is tried again each second until `stop`.
    case lost(String)
    /// Pictures come again.
    case returned
    /// A file played once is over.
    case ended
}
