// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// Draws tiles on a canvas, and of these only what has changed since the last turn.
///
/// One thread at a time. Nothing is allocated in a turn that brings no new size, name or layout.
package final class Composer {
    /// What the tiles came to. An encoder must be done with it before the next turn, as both of ours are on return; its
    /// ``PictureFrame/stamp`` stays the same while nothing changes.
    package let canvas: PictureFrame
    package let style: ComposerStyle
    let cache: TileCache
    private var drawn: [DrawnTile] = []

    /// What is on the canvas.
    private struct DrawnTile: Equatable {
        enum Content: Equatable {
            case picture(stamp: UInt64)
            case card(reason: String)
            case panel([PanelRow])
        }

        let source: UInt64
        let area: PictureArea
        let content: Content
        let name: String
        let isTalking: Bool
        let signs: [TileSign]
        let isMirrored: Bool
        let isFloating: Bool
        let isMarked: Bool
    }

    /// - Parameter cache: shared by the composers of a thread.
    package init(_ size: PictureSize, cache: TileCache, style: ComposerStyle = ComposerStyle()) {
        canvas = PictureFrame(size)
        self.cache = cache
        self.style = style
        canvas.fill(style.background)
    }

    /// Brings the canvas up to date. Where tiles overlap, later ones lie above.
    @discardableResult package func compose(_ tiles: [Tile]) -> ComposeReport {
        let start = ContinuousClock.now
        var report = ComposeReport()
        cache.nextTurn()
        if !isLaidOut(tiles) {
            drawn.removeAll(keepingCapacity: true)
            canvas.fill(style.background)
        }
        let isFresh = drawn.isEmpty
        for (index, tile) in tiles.enumerated() {
            let wanted = described(tile)
            if isFresh {
                drawn.append(wanted)
            } else if drawn[index] == wanted {
                // What lies above a tile that was drawn anew is drawn anew as well.
                guard isCovered(wanted.area, by: index) else { continue }
            } else {
                drawn[index] = wanted
            }
            redrawn.insert(index)
            draw(tile, wanted.area, &report)
            report.drawn += 1
        }
        redrawn.removeAll()
        report.total = ContinuousClock.now - start
        return report
    }

    /// Tiles drawn in this turn.
    private var redrawn = TileSet()

    private func isCovered(_ area: PictureArea, by index: Int) -> Bool {
        for below in 0..<index where redrawn.contains(below) && !drawn[below].area.intersection(area).isEmpty {
            return true
        }
        return false
    }

    private func isLaidOut(_ tiles: [Tile]) -> Bool {
        guard drawn.count == tiles.count else { return false }
        for index in tiles.indices where drawn[index].area != placed(tiles[index].area) { return false }
        return true
    }

    private func placed(_ area: PictureArea) -> PictureArea { area.intersection(canvas.size.area).even }

    private func described(_ tile: Tile) -> DrawnTile {
        let content: DrawnTile.Content =
            switch tile.content {
            case .picture(let picture): .picture(stamp: picture.stamp)
            case .card(let reason): .card(reason: reason)
            case .panel(let rows): .panel(rows)
            }
        return DrawnTile(
            source: tile.source, area: placed(tile.area), content: content, name: tile.name, isTalking: tile.isTalking,
            signs: tile.signs, isMirrored: tile.isMirrored, isFloating: tile.isFloating,
            isMarked: tile.isMarked)
    }
}

/// Positions of tiles, without an allocation; those past 64 count as all in it, which costs time but is never wrong.
private struct TileSet {
    private var bits: UInt64 = 0
    private var isOver = false

    mutating func insert(_ index: Int) {
        if index < 64 { bits |= 1 << UInt64(index) } else { isOver = true }
    }

    mutating func removeAll() { self = TileSet() }

    func contains(_ index: Int) -> Bool { index < 64 ? bits & 1 << UInt64(index) != 0 : isOver }
}
