// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// Where each member's picture stands on a composed canvas: pure functions of members, canvas and options.
///
/// All coordinates and sizes are even, as 4:2:0 wants; tiles do not overlap and lie inside the canvas. The order of the
/// members is that of reading, so that the same members stay where they are.
package enum GridLayout {
    /// All members equally large, rows centred:
    ///
    /// ```
    ///   members    1    2    3–4   5–6   7–9   10–12  13–16  17–20  21–25  26–30  more
    ///   grid      1x1  2x1   2x2   3x2   3x3    4x3    4x4    5x4    5x5    6x5   as square as it goes
    /// ```
    ///
    /// A canvas that stands upright has columns and rows the other way round. With `findsLargestTiles` the canvas decides
    /// about columns and rows instead.
    package static func grid<Member: Hashable & Sendable>(
        _ members: [Member], on canvas: PictureSize, options: LayoutOptions = LayoutOptions()
    ) -> Layout<Member> {
        let whole = PictureArea(x: 0, y: 0, width: max(0, canvas.width) & ~1, height: max(0, canvas.height) & ~1)
        var count = max(0, min(members.count, options.maximumTiles))
        var places: [PictureArea] = []
        while count > 0, places.isEmpty {
            places = self.places(count, in: whole, options: options)
            // On a tiny canvas fewer are shown, rather than tiles without a pixel.
            if places.isEmpty { count -= 1 }
        }
        return Layout(
            tiles: zip(members, places).map { LayoutTile(member: $0, area: $1, isMain: false) },
            hidden: Array(members.dropFirst(places.count)))
    }

    /// One member large, and the others in a strip at its right, or below it on a canvas that stands upright.
    package static func main<Member: Hashable & Sendable>(
        _ main: Member, others: [Member], on canvas: PictureSize, options: LayoutOptions = LayoutOptions()
    ) -> Layout<Member> {
        let width = max(0, canvas.width) & ~1
        let height = max(0, canvas.height) & ~1
        let gap = max(0, options.gap) & ~1
        let others = others.filter { $0 != main }
        guard width >= 2, height >= 2, options.maximumTiles > 0 else { return Layout(hidden: [main] + others) }
        let isUpright = height > width
        // Across the strip and along it, as if it always stood at the right.
        let across = ((isUpright ? height : width) / max(2, options.stripShare)) & ~1
        let along = isUpright ? width : height
        let size = stripTile(across: across, along: along, isUpright: isUpright, options: options)
        let length = isUpright ? size.width : size.height
        let room = min(options.maximumTiles - 1, length > 0 ? (along + gap) / (length + gap) : 0)
        let count = min(others.count, room)
        let strip = count > 0 ? across + gap : 0
        let rest = (isUpright ? height : width) - strip
        guard size.width >= 2, size.height >= 2, count > 0, rest >= 2 else {
            let all = PictureArea(x: 0, y: 0, width: width, height: height)
            return Layout(tiles: [LayoutTile(member: main, area: all, isMain: true)], hidden: others)
        }
        let large =
            isUpright
            ? PictureArea(x: 0, y: 0, width: width, height: rest) : PictureArea(x: 0, y: 0, width: rest, height: height)
        var layout = Layout(tiles: [LayoutTile(member: main, area: large, isMain: true)])
        let used = count * length + (count - 1) * gap
        var place = ((along - used) / 2) & ~1
        for member in others.prefix(count) {
            let area =
                isUpright
                ? PictureArea(x: place, y: rest + gap, width: size.width, height: size.height)
                : PictureArea(x: rest + gap, y: place, width: size.width, height: size.height)
            layout.tiles.append(LayoutTile(member: member, area: area, isMain: false))
            place += length + gap
        }
        layout.hidden = Array(others.dropFirst(count))
        return layout
    }

    /// Columns and rows for so many on a canvas that lies.
    static func dimensions(_ count: Int) -> (columns: Int, rows: Int) {
        var columns = 1
        while columns * columns < count { columns += 1 }
        // 26 to 30 go into 6 columns of 5 rows, and so on: rows only as many as are needed.
        return (columns, (count + columns - 1) / columns)
    }

    /// Empty where tiles would be smaller than two pixels.
    private static func places(_ count: Int, in canvas: PictureArea, options: LayoutOptions) -> [PictureArea] {
        let isUpright = canvas.height > canvas.width
        let lying = dimensions(count)
        var columns = isUpright ? lying.rows : lying.columns
        let gap = max(0, options.gap) & ~1
        guard var size = tile(count, columns: columns, in: canvas, options) else { return [] }
        if options.findsLargestTiles {
            for other in 1...count {
                guard let found = tile(count, columns: other, in: canvas, options), found.pixels > size.pixels else {
                    continue
                }
                (columns, size) = (other, found)
            }
        }
        let rows = (count + columns - 1) / columns
        var places: [PictureArea] = []
        places.reserveCapacity(count)
        let top = ((canvas.height - rows * size.height - (rows - 1) * gap) / 2) & ~1
        for row in 0..<rows {
            let inRow = min(columns, count - row * columns)
            let left = ((canvas.width - inRow * size.width - (inRow - 1) * gap) / 2) & ~1
            for column in 0..<inRow {
                places.append(
                    PictureArea(
                        x: left + column * (size.width + gap), y: top + row * (size.height + gap), width: size.width,
                        height: size.height))
            }
        }
        return places
    }

    /// Size of each of so many tiles in so many columns; nil where it would be less than two pixels.
    private static func tile(
        _ count: Int, columns: Int, in canvas: PictureArea, _ options: LayoutOptions
    ) -> PictureSize? {
        let rows = (count + columns - 1) / columns
        let gap = max(0, options.gap) & ~1
        let cell = PictureSize(
            (canvas.width - gap * (columns - 1)) / columns & ~1,
            (canvas.height - gap * (rows - 1)) / rows & ~1)
        return cell.width >= 2 && cell.height >= 2 ? shaped(cell, options.shape) : nil
    }

    private static func stripTile(
        across: Int, along: Int, isUpright: Bool, options: LayoutOptions
    ) -> PictureSize {
        let shape = options.shape ?? PictureSize(1, 1)
        guard shape.width > 0, shape.height > 0 else { return PictureSize(across, across) }
        return isUpright
            ? PictureSize(min(along, across * shape.width / shape.height) & ~1, across)
            : PictureSize(across, min(along, across * shape.height / shape.width) & ~1)
    }

    /// The largest of that shape in a cell.
    private static func shaped(_ cell: PictureSize, _ shape: PictureSize?) -> PictureSize {
        guard let shape, shape.width > 0, shape.height > 0 else { return cell }
        let width = min(cell.width, cell.height * shape.width / shape.height) & ~1
        let height = min(cell.height, width * shape.height / shape.width) & ~1
        return PictureSize(max(2, width), max(2, height))
    }
}
