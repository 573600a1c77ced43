// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// How a tile looks.
extension Composer {
    /// Thickness of what sets a floating tile off, pixels; it is part of the tile's area.
    package static let floatingFrame = 4

    func draw(_ tile: Tile, _ area: PictureArea, _ report: inout ComposeReport) {
        guard !area.isEmpty else { return }
        var area = area
        if tile.isFloating {
            canvas.fill(area, style.background)
            area = area.inset(by: Self.floatingFrame)
            guard !area.isEmpty else { return }
        }
        switch tile.content {
        case .picture(let picture):
            let place = area.fitting(picture.size)
            if place != area { canvas.fill(area, style.bars) }
            let scaled = cache.scaled(
                picture, source: tile.source, place.size, isMirrored: tile.isMirrored, &report)
            canvas.copy(scaled, x: place.x, y: place.y)
            drawLabel(tile.name, tile.signs, area)
        case .card(let reason):
            drawCard(tile, reason, area)
            drawLabel("", tile.signs, area)
        case .panel(let rows):
            drawPanel(rows, area)
        }
        let radius = min(style.cornerRadius, min(area.width, area.height) / 2)
        if radius > 0 { roundCorners(area, radius) }
        if tile.isTalking { drawBorder(area, radius) }
        if tile.isMarked { canvas.border(area.inset(by: 8), thickness: 4, style.mark) }
    }

    private func roundCorners(_ area: PictureArea, _ radius: Int) {
        let outside = cache.mask(.outsideOfDisc(diameter: 2 * radius))
        for corner in PictureArea.Corner.allCases {
            let (square, disc) = area.corner(corner, radius)
            canvas.blend(outside, x: disc.x, y: disc.y, clip: square, style.background)
        }
    }

    private func drawBorder(_ area: PictureArea, _ radius: Int) {
        var thickness = max(4, area.height / 90 * 2)
        guard radius > 0 else { return canvas.border(area, thickness: thickness, style.talker) }
        // Round on the inside as well.
        thickness = min(thickness, max(2, radius * 2 / 3))
        let right = area.x + area.width - thickness
        let bottom = area.y + area.height - thickness
        let (across, down) = (area.width - 2 * radius, area.height - 2 * radius)
        canvas.fill(PictureArea(x: area.x + radius, y: area.y, width: across, height: thickness), style.talker)
        canvas.fill(PictureArea(x: area.x + radius, y: bottom, width: across, height: thickness), style.talker)
        canvas.fill(PictureArea(x: area.x, y: area.y + radius, width: thickness, height: down), style.talker)
        canvas.fill(PictureArea(x: right, y: area.y + radius, width: thickness, height: down), style.talker)
        let ring = cache.mask(.ring(diameter: 2 * radius, thickness: thickness))
        for corner in PictureArea.Corner.allCases {
            let (square, disc) = area.corner(corner, radius)
            canvas.blend(ring, x: disc.x, y: disc.y, clip: square, style.talker)
        }
    }

    /// Signs and name in the lower left corner.
    private func drawLabel(_ name: String, _ signs: [TileSign], _ area: PictureArea) {
        let height = min(26, max(11, area.height / 11))
        let margin = height / 2
        let signWidth = (height + 4) & ~1
        let line = cache.text.line(
            name, height: height, maximumWidth: area.width - 4 * margin - signs.count * signWidth)
        guard line.width > 0 || !signs.isEmpty else { return }
        let lineHeight = height + (height + 2) / 3
        let plate = PictureArea(
            x: area.x + margin, y: area.y + area.height - margin - lineHeight,
            width: line.width + signs.count * signWidth + 2 * margin, height: lineHeight
        ).intersection(area)
        drawPlate(plate, style.label, opacity: style.labelOpacity)
        var pen = plate.x + margin
        for sign in signs {
            let mask = cache.mask(.sign(sign, size: height))
            canvas.blend(mask, x: pen - 1, y: plate.y + (plate.height - height) / 2, clip: area, sign.color)
            pen += signWidth
        }
        canvas.blend(line, x: pen, y: plate.y, clip: area, style.text)
    }

    /// A plate whose corners are round where the canvas's are.
    private func drawPlate(_ plate: PictureArea, _ color: PictureColor, opacity: UInt8) {
        let radius = min(style.cornerRadius, plate.width / 2, plate.height / 2)
        guard radius > 0 || opacity < 255 else { return canvas.fill(plate, color) }
        let disc = cache.mask(.disc(diameter: 2 * radius))
        for corner in PictureArea.Corner.allCases {
            let (square, place) = plate.corner(corner, radius)
            canvas.blend(disc, x: place.x, y: place.y, clip: square, color, opacity: opacity)
        }
        let middle = PictureArea(
            x: plate.x + radius, y: plate.y, width: plate.width - 2 * radius, height: plate.height)
        canvas.tint(middle, color, opacity: opacity)
        var side = PictureArea(x: plate.x, y: plate.y + radius, width: radius, height: plate.height - 2 * radius)
        canvas.tint(side, color, opacity: opacity)
        side.x += plate.width - radius
        canvas.tint(side, color, opacity: opacity)
    }

    /// Initials on a disc, the name and the reason under it; the name alone where there is little room.
    private func drawCard(_ tile: Tile, _ reason: String, _ area: PictureArea) {
        canvas.fill(area, style.card)
        let height = min(44, max(12, area.height / 10))
        let width = area.width - height
        let title = cache.text.line(tile.name, height: height, maximumWidth: width)
        let under = cache.text.line(reason, height: max(10, height * 7 / 10), maximumWidth: width)
        let initials = Initials.of(tile.name)
        let disc = initials.isEmpty || area.height < 80 ? 0 : min(area.width / 2, area.height * 34 / 100) & ~1
        let gap = disc / 8
        var top = area.y + (area.height - disc - gap - title.height - under.height) / 2
        if disc > 0 {
            let left = area.x + (area.width - disc) / 2
            canvas.blend(
                cache.mask(.disc(diameter: disc)), x: left, y: top, clip: area, ComposerStyle.avatar(tile.source))
            let letters = cache.text.line(initials, height: disc * 42 / 100, maximumWidth: disc)
            // A line's mask has room for letters that hang down, which initials do not have.
            canvas.blend(
                letters, x: left + (disc - letters.width) / 2, y: top + disc / 2 - disc * 27 / 100, clip: area,
                style.text)
            top += disc + gap
        }
        canvas.blend(title, x: area.x + (area.width - title.width) / 2, y: top, clip: area, style.text)
        canvas.blend(
            under, x: area.x + (area.width - under.width) / 2, y: top + title.height, clip: area, style.reason)
    }

    /// Rows from the left edge; a single one without a key in the middle.
    private func drawPanel(_ rows: [PanelRow], _ area: PictureArea) {
        canvas.fill(area, style.label)
        guard !rows.isEmpty else { return }
        let size = PanelMeasure(rows: rows.count, area.size)
        let keys = rows.map { cache.text.width(of: $0.key, height: size.text) }.max() ?? 0
        let indent = keys > 0 ? keys + size.text : 0
        for (index, row) in rows.enumerated() {
            let y = area.y + size.margin + index * size.row + (size.row - size.text * 4 / 3) / 2
            let line = cache.text.line(row.text, height: size.text, maximumWidth: area.width - size.margin - indent)
            if rows.count == 1, keys == 0 {
                canvas.blend(line, x: area.x + (area.width - line.width) / 2, y: y, clip: area, style.text)
                continue
            }
            let left = area.x + size.margin + size.text / 2
            let key = cache.text.line(row.key, height: size.text, maximumWidth: area.width)
            canvas.blend(key, x: left, y: y, clip: area, style.talker)
            canvas.blend(line, x: left + indent, y: y, clip: area, style.text)
        }
    }
}

/// How large a panel's rows are in an area, and what area they need.
package struct PanelMeasure {
    package let margin: Int
    package let row: Int
    package let text: Int

    init(rows: Int, _ size: PictureSize) {
        // A row is 8 fifths of its letters, the margin a half of them.
        text = max(1, size.height * 10 / (16 * rows + 10))
        row = text * 16 / 10
        margin = (size.height - row * rows) / 2
    }

    /// What `rows` take with letters `height` pixels high.
    package static func size(_ rows: [PanelRow], height: Int, text: TextRenderer) -> PictureSize {
        let keys = rows.map { text.width(of: $0.key, height: height) }.max() ?? 0
        let texts = rows.map { text.width(of: $0.text, height: height) }.max() ?? 0
        return PictureSize(
            (texts + keys + (keys > 0 ? height : 0) + 2 * height + 1) & ~1,
            (height * (16 * rows.count + 10) / 10 + 1) & ~1)
    }
}

/// What stands for a name where there is no room for it.
enum Initials {
    /// First letters of the first and the last word; empty where there are no letters.
    static func of(_ name: String) -> String {
        let words = name.prefix { $0 != "(" }.split(separator: " ").compactMap { $0.first(where: \.isLetter) }
        guard let first = words.first, let last = words.last else { return "" }
        return (words.count > 1 ? "\(first)\(last)" : "\(first)").uppercased()
    }
}

extension TileSign {
    fileprivate var color: PictureColor {
        switch self {
        case .muted: PictureColor(red: 244, green: 106, blue: 98)
        case .held: PictureColor(red: 250, green: 196, blue: 80)
        case .screen: PictureColor(red: 130, green: 190, blue: 255)
        }
    }
}

extension PictureArea {
    fileprivate enum Corner: CaseIterable { case upperLeft, upperRight, lowerLeft, lowerRight }

    /// The square of a corner, and the upper left of a disc that touches both of its edges.
    fileprivate func corner(_ corner: Corner, _ radius: Int) -> (square: PictureArea, disc: (x: Int, y: Int)) {
        let isRight = corner == .upperRight || corner == .lowerRight
        let isLow = corner == .lowerLeft || corner == .lowerRight
        return (
            PictureArea(
                x: isRight ? x + width - radius : x, y: isLow ? y + height - radius : y, width: radius, height: radius),
            (isRight ? x + width - 2 * radius : x, isLow ? y + height - 2 * radius : y)
        )
    }
}
