// SPDX-License-Identifier: GPL-3.0-or-later

/// One participant's place on a canvas.
package struct Tile {
    package enum Content {
        /// Shown whole, in its own proportions.
        case picture(PictureFrame)
        /// The name in large letters, and why there is no picture: "camera off", "on hold".
        case card(reason: String)
    }

    /// Who it is: the same for the same participant from one turn to the next, on all canvases.
    package var source: UInt64
    /// Made even and cut to the canvas.
    package var area: PictureArea
    package var content: Content
    package var name: String
    package var isTalking: Bool

    package init(source: UInt64, area: PictureArea, content: Content, name: String, isTalking: Bool = false) {
        self.source = source
        self.area = area
        self.content = content
        self.name = name
        self.isTalking = isTalking
    }
}

/// What one turn of a ``Composer`` did.
package struct ComposeReport: Equatable, Sendable {
    /// Tiles drawn; 0 when the canvas is as it was.
    package var drawn = 0
    /// Pictures scaled, fewer where the size was right or another canvas had scaled it.
    package var scaled = 0
    /// Time spent in scaling.
    package var scaling = Duration.zero
    /// Time spent in all, scaling included.
    package var total = Duration.zero

    package init() {}
}

/// The colours of a canvas.
package struct ComposerColors: Sendable {
    package var background = PictureColor(red: 16, green: 16, blue: 20)
    package var card = PictureColor(red: 44, green: 52, blue: 72)
    package var label = PictureColor(red: 12, green: 12, blue: 16)
    package var text = PictureColor(red: 240, green: 240, blue: 240)
    package var reason = PictureColor(red: 170, green: 176, blue: 190)
    package var talker = PictureColor(red: 64, green: 200, blue: 96)

    package init() {}
}
