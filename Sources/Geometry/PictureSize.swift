// SPDX-License-Identifier: GPL-3.0-or-later

/// Width and height of a picture in pixels.
package struct PictureSize: Hashable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(_ width: Int, _ height: Int) {
        self.width = width
        self.height = height
    }

    package var pixels: Int { width * height }

    /// The whole picture.
    package var area: PictureArea { PictureArea(x: 0, y: 0, width: width, height: height) }

    package var description: String { "\(width)x\(height)" }

    /// This size made smaller, never larger, to lie inside `box`, with its shape kept and both sides even, as 4:2:0
    /// wants. At least 2 by 2.
    package func fitting(in box: PictureSize) -> PictureSize {
        guard width > 0, height > 0 else { return PictureSize(2, 2) }
        var fitted = self
        if fitted.width > box.width { fitted = PictureSize(box.width, height * box.width / width) }
        if fitted.height > box.height { fitted = PictureSize(width * box.height / height, box.height) }
        return PictureSize(max(2, fitted.width & ~1), max(2, fitted.height & ~1))
    }
}
