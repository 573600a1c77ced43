// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// One participant's place on a canvas, or a piece of text there.
package struct Tile {
    package enum Content {
        /// Shown whole, in its own proportions.
        case picture(PictureFrame)
        /// Initials and name in large letters, and why there is no picture: "camera off", "on hold".
        case card(reason: String)
        /// Lines of text on a plate, as large as the area lets them be.
        case panel([PanelRow])
    }

    /// Who it is: the same for the same participant from one turn to the next, on all canvases.
    package var source: UInt64
    /// Made even and cut to the canvas.
    package var area: PictureArea
    package var content: Content
    package var name: String
    package var isTalking: Bool
    /// Shown beside the name.
    package var signs: [TileSign] = []
    /// Left is right, as one sees oneself in a mirror.
    package var isMirrored = false
    /// It lies on other tiles, and a dark frame sets it off.
    package var isFloating = false
    /// A frame of its own colour inside of the one of who talks.
    package var isMarked = false

    package init(source: UInt64, area: PictureArea, content: Content, name: String, isTalking: Bool = false) {
        self.source = source
        self.area = area
        self.content = content
        self.name = name
        self.isTalking = isTalking
    }
}

/// A line of a panel.
package struct PanelRow: Hashable, Sendable {
    /// In a column of its own before the text, and in another colour: a key that can be pressed.
    package var key: String
    package var text: String

    package init(key: String = "", text: String) {
        self.key = key
        self.text = text
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

/// The looks of a canvas.
package struct ComposerStyle: Sendable {
    package var background = PictureColor(red: 16, green: 16, blue: 20)
    /// Beside a picture of other proportions than its tile.
    package var bars = PictureColor(red: 16, green: 16, blue: 20)
    package var card = PictureColor(red: 44, green: 52, blue: 72)
    package var label = PictureColor(red: 12, green: 12, blue: 16)
    package var text = PictureColor(red: 240, green: 240, blue: 240)
    package var reason = PictureColor(red: 170, green: 176, blue: 190)
    package var talker = PictureColor(red: 64, green: 200, blue: 96)
    package var mark = PictureColor(red: 240, green: 196, blue: 64)
    /// Of the plate under a name: 0 is glass, 255 hides the picture.
    package var labelOpacity: UInt8 = 255
    /// Of a tile's corners, pixels.
    package var cornerRadius = 0

    package init() {}

    /// Behind a name card's initials: one of ten, always the same for the same participant.
    static func avatar(_ source: UInt64) -> PictureColor {
        // Neighbours in a meeting often have neighbouring numbers; they shall not have similar colours.
        avatars[Int((source &* 0x9E37_79B9_7F4A_7C15) >> 32 % UInt64(avatars.count))]
    }

    private static let avatars = [
        PictureColor(red: 199, green: 84, blue: 80), PictureColor(red: 204, green: 121, blue: 59),
        PictureColor(red: 180, green: 143, blue: 46), PictureColor(red: 104, green: 153, blue: 60),
        PictureColor(red: 52, green: 152, blue: 109), PictureColor(red: 45, green: 149, blue: 160),
        PictureColor(red: 66, green: 126, blue: 204), PictureColor(red: 107, green: 107, blue: 214),
        PictureColor(red: 149, green: 91, blue: 199), PictureColor(red: 192, green: 81, blue: 146),
    ]
}
