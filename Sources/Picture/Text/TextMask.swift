// SPDX-License-Identifier: GPL-3.0-or-later

/// A line of text as opacity: how much of each pixel is ink, 0 to 255.
struct TextMask: Sendable {
    let width: Int
    let height: Int
    /// `width` by `height`, row after row.
    let alpha: [UInt8]

    static let empty = TextMask(width: 0, height: 0, alpha: [])
}
