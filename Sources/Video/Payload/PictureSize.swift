// SPDX-License-Identifier: GPL-3.0-or-later

/// Width and height of a picture in pixels.
package struct PictureSize: Hashable, Sendable, CustomStringConvertible {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    package var pixels: Int { width * height }

    package var description: String { "\(width)x\(height)" }

    /// This size made smaller, never larger, to lie inside `box`, with its shape kept and both sides even, as 4:2:0
    /// wants. At least 2 by 2.
    package func fitting(in box: PictureSize) -> PictureSize {
        guard width > 0, height > 0 else { return PictureSize(width: 2, height: 2) }
        var fitted = self
        if fitted.width > box.width { fitted = PictureSize(width: box.width, height: height * box.width / width) }
        if fitted.height > box.height { fitted = PictureSize(width: width * box.height / height, height: box.height) }
        return PictureSize(width: max(2, fitted.width & ~1), height: max(2, fitted.height & ~1))
    }
}
