// SPDX-License-Identifier: GPL-3.0-or-later

/// A camera that sees nothing and delivers nothing.
package final class NoPictureSource: PictureSource {
    package let name = "none"

    package init() {}

    package func start(
        _ wish: CaptureFormat, deliver: @escaping @Sendable (CapturedPicture) -> Void,
        report: @escaping @Sendable (CaptureEvent) -> Void
    ) {}

    package func stop() {}
}
