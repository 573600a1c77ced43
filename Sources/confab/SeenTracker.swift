// SPDX-License-Identifier: GPL-3.0-or-later
import Devices
import Geometry
import Picture

/// Somebody else's picture as it is shown now.
struct SeenPicture: Hashable, Sendable {
    var name: String
    var isScreen: Bool
    /// Pixels, as they came: they grow and shrink with the network.
    var width: Int
    var height: Int
}

/// Tells when other people are seen than a moment ago, or in another size.
struct SeenTracker {
    private var last: [SeenPicture] = []

    /// What is seen now, where that is news.
    mutating func take(_ tiles: [SceneTile]) -> [SeenPicture]? {
        let seen = tiles.compactMap { tile -> SeenPicture? in
            guard tile.kind != .me, let size = tile.picture?.size else { return nil }
            return SeenPicture(
                name: tile.name, isScreen: tile.kind == .screen, width: size.width, height: size.height)
        }
        guard seen != last else { return nil }
        last = seen
        return seen
    }
}
