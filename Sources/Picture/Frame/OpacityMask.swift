// SPDX-License-Identifier: GPL-3.0-or-later

/// A line of text or a shape as opacity: how much of each pixel is ink, 0 to 255.
struct OpacityMask: Sendable {
    let width: Int
    let height: Int
    /// `width` by `height`, row after row.
    let alpha: [UInt8]

    static let empty = OpacityMask(width: 0, height: 0, alpha: [])
}
