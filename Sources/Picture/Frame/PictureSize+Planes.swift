// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry

extension PictureSize {
    /// What a ``PictureFrame`` can have in either direction.
    package static let allowed = 1...16384

    package var isAllowed: Bool { Self.allowed.contains(width) && Self.allowed.contains(height) }

    /// Size of a chroma plane: an odd last column or row has its own sample.
    var chroma: PictureSize { PictureSize((width + 1) / 2, (height + 1) / 2) }
}

extension PictureArea {
    /// The part from `left` to `right` and from `top` to `bottom`, each in thousandths of width and height.
    func part(left: Int, top: Int, right: Int, bottom: Int) -> PictureArea {
        PictureArea(
            x: x + width * left / 1000, y: y + height * top / 1000, width: width * right / 1000 - width * left / 1000,
            height: height * bottom / 1000 - height * top / 1000)
    }
}
