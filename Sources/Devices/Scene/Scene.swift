// SPDX-License-Identifier: GPL-3.0-or-later

package import Geometry
package import Picture

/// A meeting as a person sees it, drawn anew only where it has changed. One thread at a time.
package final class Scene {
    private let text: TextRenderer
    private let cache: TileCache
    private var composer: Composer?
    private var tiles: [Tile] = []

    /// Ids of what is no participant, where no participant's is.
    private static let moreID = UInt64.max
    private static let messageID = UInt64.max - 1
    private static let helpID = UInt64.max - 2

    package init() {
        text = TextRenderer()
        cache = TileCache(text: text)
    }

    /// Brings the picture up to date. It stays the same object, with the same stamp while nothing changes, until another
    /// `size` is asked for; it is drawn in again by the next call.
    package func draw(
        _ participants: [SceneTile], _ state: SceneState, on size: PictureSize
    ) -> PictureFrame {
        let composer = composer(size)
        tiles.removeAll(keepingCapacity: true)
        for place in SceneLayout.places(participants, state, on: size) {
            switch place.content {
            case .tile(let index):
                tiles.append(tile(participants[index], place, isMarked: state.marked == participants[index].id))
            case .more(let count):
                tiles.append(
                    Tile(
                        source: Self.moreID, area: place.area, content: .panel([PanelRow(text: "+\(count)")]), name: "")
                )
            }
        }
        if let message = state.message ?? Self.message(participants) {
            tiles.append(messageTile(message, on: size))
        }
        if state.showsHelp { tiles.append(helpTile(on: size)) }
        composer.compose(tiles)
        return composer.canvas
    }

    private func composer(_ size: PictureSize) -> Composer {
        if let composer, composer.canvas.size == size { return composer }
        let made = Composer(size, cache: cache, style: Self.style(size))
        composer = made
        return made
    }

    private static func style(_ size: PictureSize) -> ComposerStyle {
        var style = ComposerStyle()
        style.background = PictureColor(red: 18, green: 19, blue: 23)
        style.bars = PictureColor(red: 28, green: 30, blue: 36)
        style.card = PictureColor(red: 38, green: 42, blue: 52)
        style.labelOpacity = 170
        style.cornerRadius = max(4, min(size.width, size.height) / 80)
        return style
    }

    private func tile(_ participant: SceneTile, _ place: ScenePlace, isMarked: Bool) -> Tile {
        var name = participant.name
        if name.isEmpty { name = participant.kind == .me ? "You" : "" }
        var tile = Tile(
            source: participant.id, area: place.area,
            content: participant.picture.map { .picture($0.frame) } ?? .card(reason: participant.absence), name: name,
            isTalking: participant.isTalking)
        if participant.kind == .screen { tile.signs.append(.screen) }
        if participant.isMuted { tile.signs.append(.muted) }
        if participant.isHeld { tile.signs.append(.held) }
        tile.isMirrored = participant.kind == .me
        tile.isFloating = place.isFloating
        tile.isMarked = isMarked
        return tile
    }

    /// What oneself should know without being told.
    private static func message(_ participants: [SceneTile]) -> String? {
        guard let me = participants.first(where: { $0.kind == .me }) else { return nil }
        if me.isHeld { return "The call is on hold: h takes it back" }
        if me.isMuted { return "You are muted: m opens the microphone" }
        return nil
    }

    private func messageTile(_ message: String, on size: PictureSize) -> Tile {
        let rows = [PanelRow(text: message)]
        let height = Self.letters(size)
        var wanted = PanelMeasure.size(rows, height: height, text: text)
        wanted.width = min(wanted.width, size.width - 2 * height)
        return Tile(
            source: Self.messageID,
            area: PictureArea(
                x: (size.width - wanted.width) / 2, y: height, width: wanted.width, height: wanted.height),
            content: .panel(rows), name: "")
    }

    private func helpTile(on size: PictureSize) -> Tile {
        let rows = (SceneKey.call + SceneKey.window).map { PanelRow(key: $0.key, text: $0.meaning) }
        var height = Self.letters(size)
        var wanted = PanelMeasure.size(rows, height: height, text: text)
        while height > 8, wanted.width > size.width || wanted.height > size.height {
            height -= 1
            wanted = PanelMeasure.size(rows, height: height, text: text)
        }
        return Tile(
            source: Self.helpID,
            area: PictureArea(
                x: (size.width - wanted.width) / 2, y: (size.height - wanted.height) / 2, width: wanted.width,
                height: wanted.height), content: .panel(rows), name: "")
    }

    /// Height of letters that can be read on a canvas of that size.
    private static func letters(_ size: PictureSize) -> Int {
        min(26, max(12, min(size.width, size.height) / 36))
    }
}
