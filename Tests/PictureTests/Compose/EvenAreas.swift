// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry

@testable import Picture

/// Equal tiles in rows and columns, for pictures of tests; the layouts of meetings are `Video`'s.
func evenAreas(_ count: Int, on canvas: PictureSize) -> [PictureArea] {
    guard count > 0 else { return [] }
    var columns = 1
    while columns * columns < count { columns += 1 }
    let rows = (count + columns - 1) / columns
    let width = canvas.width / columns & ~1
    let height = canvas.height / rows & ~1
    let left = (canvas.width - width * columns) / 2 & ~1
    let top = (canvas.height - height * rows) / 2 & ~1
    return (0..<count).map { index in
        let row = index / columns
        let inRow = min(columns, count - row * columns)
        let indent = (columns - inRow) * width / 2 & ~1
        return PictureArea(
            x: left + indent + index % columns * width, y: top + row * height, width: width, height: height)
    }
}
