// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// One member's place.
package struct LayoutTile<Member: Hashable & Sendable>: Hashable, Sendable {
    package var member: Member
    package var area: PictureArea
    /// The large one beside a strip.
    package var isMain: Bool
}

/// Who is where on a canvas.
package struct Layout<Member: Hashable & Sendable>: Hashable, Sendable {
    /// In the order of the members; the main one, if any, first.
    package var tiles: [LayoutTile<Member>] = []
    /// Those for whom there is no room, in order.
    package var hidden: [Member] = []
}

/// What a layout may do.
package struct LayoutOptions: Hashable, Sendable {
    /// Pixels between tiles; taken as even.
    package var gap = 4
    /// The most tiles on one canvas, the main one counted.
    package var maximumTiles = 49
    /// The shape of a tile; nil: whatever fills the canvas.
    package var shape: PictureSize? = PictureSize(16, 9)
    /// Columns and rows are those that make tiles as large as they can be, not those of the table: for canvases of any
    /// shape, such as windows.
    package var findsLargestTiles = false
    /// The share of the canvas beside which the main picture stands: one in so many.
    package var stripShare = 5

    package init() {}
}
