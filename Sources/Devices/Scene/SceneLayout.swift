// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
import Picture
import Video

/// One tile's place on a canvas.
package struct ScenePlace: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// By its position among the tiles.
        case tile(Int)
        /// So many for whom there is no room.
        case more(Int)
    }

    package var content: Content
    package var area: PictureArea
    /// The large one beside a strip.
    package var isMain = false
    /// Oneself, in the corner above the others.
    package var isFloating = false
}

/// Who is where: a pure function of tiles, canvas and what a person asked for.
///
/// ```
///   alone             oneself, large
///   1 to 3 others     they in a grid, oneself small in the lower right corner
///   more              a grid of all, oneself its last
///   a shared screen,  that large, the others in a strip, oneself its last
///   or one enlarged
/// ```
package enum SceneLayout {
    /// The most others above whom oneself may float: of more the last would lie under it.
    private static let floatingOthers = 3
    /// Tiles smaller than that show nobody.
    private static let leastTile = (width: 120, height: 68)

    package static func places(
        _ tiles: [SceneTile], _ state: SceneState, on canvas: PictureSize
    ) -> [ScenePlace] {
        let me = tiles.firstIndex { $0.kind == .me }
        let others = tiles.indices.filter { $0 != me }
        if let main = mainTile(tiles, state) {
            return strip(main, others.filter { $0 != main }, me: me == main ? nil : me, tiles, on: canvas)
        }
        guard let me else { return grid(others, tiles, on: canvas) }
        guard !others.isEmpty else { return grid([me], tiles, on: canvas) }
        guard others.count <= floatingOthers else { return grid(others + [me], tiles, on: canvas) }
        return grid(others, tiles, on: canvas) + [floating(me, tiles[me], on: canvas)]
    }

    /// Whose tile is at a point of the canvas; nil beside all.
    package static func tile(
        atX x: Int, y: Int, _ tiles: [SceneTile], _ state: SceneState, on canvas: PictureSize
    ) -> UInt64? {
        let point = PictureArea(x: x, y: y, width: 1, height: 1)
        let hit = places(tiles, state, on: canvas).last { !$0.area.intersection(point).isEmpty }
        guard case .tile(let index) = hit?.content else { return nil }
        return tiles[index].id
    }

    /// The one enlarged, or else a shared screen.
    private static func mainTile(_ tiles: [SceneTile], _ state: SceneState) -> Int? {
        if let id = state.enlarged, let index = tiles.firstIndex(where: { $0.id == id }) { return index }
        return tiles.firstIndex { $0.kind == .screen }
    }

    private static func grid(
        _ shown: [Int], _ tiles: [SceneTile], on canvas: PictureSize
    ) -> [ScenePlace] {
        var options = LayoutOptions()
        options.gap = gap(canvas)
        options.findsLargestTiles = true
        let most = min(
            options.maximumTiles,
            max(1, canvas.width / leastTile.width) * max(1, canvas.height / leastTile.height))
        let (members, hidden) = chosen(shown, most, tiles)
        let contents = members.map { ScenePlace.Content.tile($0) } + (hidden > 0 ? [.more(hidden)] : [])
        return fitted(
            GridLayout.grid(
                contents, on: PictureSize(canvas.width - 2 * options.gap, canvas.height - 2 * options.gap),
                options: options), margin: options.gap)
    }

    private static func strip(
        _ main: Int, _ others: [Int], me: Int?, _ tiles: [SceneTile], on canvas: PictureSize
    ) -> [ScenePlace] {
        var options = LayoutOptions()
        options.gap = gap(canvas)
        let inner = (width: canvas.width - 2 * options.gap, height: canvas.height - 2 * options.gap)
        let small = others + (me.map { [$0] } ?? [])
        // More in the strip make it narrower, so that more have room.
        options.stripShare = small.count <= 4 ? 5 : small.count == 5 ? 6 : 8
        let isUpright = inner.height > inner.width
        let across = (isUpright ? inner.height : inner.width) / options.stripShare
        let length = isUpright ? across * 16 / 9 : across * 9 / 16
        let along = isUpright ? inner.width : inner.height
        let room = max(0, (along + options.gap) / max(1, length + options.gap))
        let contents: [ScenePlace.Content]
        if small.count <= room {
            contents = small.map { .tile($0) }
        } else {
            // Oneself has the last place, and always one.
            let (members, hidden) = chosen(others, room - (me == nil ? 0 : 1), tiles)
            contents =
                members.map { .tile($0) } + (hidden > 0 ? [.more(hidden)] : []) + (me.map { [.tile($0)] } ?? [])
        }
        return fitted(
            GridLayout.main(
                .tile(main), others: contents, on: PictureSize(inner.width, inner.height), options: options),
            margin: options.gap)
    }

    /// Who is shown where not all can be: those with a picture before those without, and nobody talks unseen.
    /// - Returns: at most `places` members, or one less where a place says how many are hidden.
    private static func chosen(
        _ members: [Int], _ places: Int, _ tiles: [SceneTile]
    ) -> (members: [Int], hidden: Int) {
        guard members.count > places else { return (members, 0) }
        let places = max(0, places - 1)
        var kept = Set(
            (members.filter { tiles[$0].picture != nil } + members.filter { tiles[$0].picture == nil }).prefix(places))
        for talker in members where tiles[talker].isTalking && !kept.contains(talker) {
            guard let quiet = members.last(where: { kept.contains($0) && !tiles[$0].isTalking }) else { break }
            kept.remove(quiet)
            kept.insert(talker)
        }
        return (members.filter { kept.contains($0) }, members.count - kept.count)
    }

    private static func floating(_ me: Int, _ tile: SceneTile, on canvas: PictureSize) -> ScenePlace {
        let gap = gap(canvas)
        let width = max(96, min(canvas.width, canvas.height * 16 / 9) * 22 / 100)
        let box = PictureArea(x: 0, y: 0, width: width, height: width * 9 / 16)
        var size = tile.picture.map { box.fitting($0.size).size } ?? box.even.size
        size = PictureSize(size.width + 2 * Composer.floatingFrame, size.height + 2 * Composer.floatingFrame)
        return ScenePlace(
            content: .tile(me),
            area: PictureArea(
                x: (canvas.width - size.width - 2 * gap) & ~1, y: (canvas.height - size.height - 2 * gap) & ~1,
                width: size.width, height: size.height),
            isFloating: true)
    }

    private static func gap(_ canvas: PictureSize) -> Int {
        max(4, min(canvas.width, canvas.height) / 120) & ~1
    }

    private static func fitted(_ layout: Layout<ScenePlace.Content>, margin: Int) -> [ScenePlace] {
        layout.tiles.map { tile in
            ScenePlace(
                content: tile.member,
                area: PictureArea(
                    x: tile.area.x + margin, y: tile.area.y + margin, width: tile.area.width,
                    height: tile.area.height), isMain: tile.isMain)
        }
    }
}
