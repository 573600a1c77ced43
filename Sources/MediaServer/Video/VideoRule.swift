// SPDX-License-Identifier: GPL-3.0-or-later

/// How the pictures of a room get to its members.
package struct VideoRule: Hashable, Sendable {
    package enum Grid: Hashable, Sendable {
        case never
        /// Where a live camera is in a codec that the member cannot be shown.
        case whereCodecsDiffer
        case always
    }

    /// Whoever has lines for several cameras sees several.
    package var fillsSlots: Bool
    /// When a member with one line sees all cameras in one picture.
    package var grid: Grid

    package init(fillsSlots: Bool = true, grid: Grid = .whereCodecsDiffer) {
        self.fillsSlots = fillsSlots
        self.grid = grid
    }
}

/// What a leg sees of the cameras of its room.
enum VideoDelivery: Hashable {
    /// Each in a line of its own.
    case slots
    /// Who speaks, or spoke last.
    case speaker
    /// All in one picture, made for receivers of that class.
    case grid(VideoClass)
}
