// SPDX-License-Identifier: GPL-3.0-or-later

/// A rectangle of pixels; `x` to the right, `y` down from the upper left corner.
package struct PictureArea: Hashable, Sendable, CustomStringConvertible {
    package var x: Int
    package var y: Int
    package var width: Int
    package var height: Int

    package init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    package var size: PictureSize { PictureSize(width, height) }
    package var isEmpty: Bool { width <= 0 || height <= 0 }

    package var description: String { "\(width)x\(height)+\(x)+\(y)" }

    /// What both have in common; empty when they are apart.
    package func intersection(_ other: PictureArea) -> PictureArea {
        let left = max(x, other.x)
        let top = max(y, other.y)
        return PictureArea(
            x: left, y: top, width: max(0, min(x + width, other.x + other.width) - left),
            height: max(0, min(y + height, other.y + other.height) - top))
    }

    /// The largest area with even corners inside this one: two luma samples share one of chroma.
    package var even: PictureArea {
        let left = (x + 1) & ~1
        let top = (y + 1) & ~1
        return PictureArea(
            x: left, y: top, width: max(0, (x + width - left) & ~1), height: max(0, (y + height - top) & ~1))
    }

    /// `margin` pixels less on every side.
    package func inset(by margin: Int) -> PictureArea {
        PictureArea(
            x: x + margin, y: y + margin, width: max(0, width - 2 * margin), height: max(0, height - 2 * margin))
    }

    package func overlaps(_ other: PictureArea) -> Bool {
        x < other.x + other.width && other.x < x + width && y < other.y + other.height && other.y < y + height
    }

    /// Where a picture of `size` goes when it is shown whole, in its own proportions, in the middle of this area.
    package func fitting(_ size: PictureSize) -> PictureArea {
        let space = even
        guard !space.isEmpty, size.width > 0, size.height > 0 else {
            return PictureArea(x: space.x, y: space.y, width: 0, height: 0)
        }
        var fitted = space
        if size.width * space.height > space.width * size.height {
            fitted.height = max(2, (size.height * space.width / size.width + 1) & ~1)
        } else {
            fitted.width = max(2, (size.width * space.height / size.height + 1) & ~1)
        }
        fitted.x += ((space.width - fitted.width) / 2) & ~1
        fitted.y += ((space.height - fitted.height) / 2) & ~1
        return fitted
    }
}
