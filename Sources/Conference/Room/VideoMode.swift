// SPDX-License-Identifier: GPL-3.0-or-later

/// How the cameras of a room get to its members.
package enum VideoMode: String, Hashable, Sendable, Codable, CaseIterable {
    /// Each camera in a line of its own for who offers lines for several; who has one line sees who speaks, or the grid where a live camera
    /// is in a codec that it cannot be shown.
    case auto
    /// Who has one line sees all cameras in one picture.
    case grid
    /// Everybody sees who speaks. Nothing is decoded.
    case `switch`
    /// Each camera in a line of its own, and who speaks for who has one line. Nothing is decoded.
    case forward
}
