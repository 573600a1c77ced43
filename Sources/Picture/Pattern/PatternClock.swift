// SPDX-License-Identifier: GPL-3.0-or-later
import Geometry

/// A millisecond counter as black and white blocks: three rows of sixteen bits between two columns that say where black
/// and white are. 32 bits of time, then 16 of checksum, the highest first.
///
/// It is read by the mean of each block's middle, so that scaling and coarse quantisers leave it alone; a picture that
/// holds half of one time and half of another fails the checksum.
package enum PatternClock {
    private static let rows = 3
    private static let columns = 18

    /// Draws `milliseconds` over all of `area`.
    static func draw(_ milliseconds: UInt32, on frame: PictureFrame, _ area: PictureArea) {
        let bits = code(milliseconds)
        for row in 0..<rows {
            for column in 0..<columns {
                let isWhite =
                    switch column {
                    case 0: row % 2 == 0
                    case columns - 1: row % 2 == 1
                    default: bits >> UInt64(47 - row * 16 - (column - 1)) & 1 == 1
                    }
                frame.fill(block(row, column, area), isWhite ? .white : .black)
            }
        }
    }

    /// The time in `area`, or nil when there is none or the picture is too poor to tell.
    static func read(_ frame: PictureFrame, _ area: PictureArea) -> UInt32? {
        func luma(_ row: Int, _ column: Int) -> Int {
            let middle = block(row, column, area).part(left: 300, top: 300, right: 700, bottom: 700)
            return Int(frame.meanColor(in: middle.atLeastOnePixel).luma)
        }
        let white = [luma(0, 0), luma(1, columns - 1), luma(2, 0)]
        let black = [luma(0, columns - 1), luma(1, 0), luma(2, columns - 1)]
        guard let darkest = white.min(), let brightest = black.max(), darkest > brightest + 50 else { return nil }
        let threshold = (white.reduce(0, +) + black.reduce(0, +)) / 6
        var bits: UInt64 = 0
        for row in 0..<rows {
            for column in 1..<(columns - 1) { bits = bits << 1 | (luma(row, column) > threshold ? 1 : 0) }
        }
        let milliseconds = UInt32(truncatingIfNeeded: bits >> 16)
        return code(milliseconds) == bits ? milliseconds : nil
    }

    private static func block(_ row: Int, _ column: Int, _ area: PictureArea) -> PictureArea {
        let left = area.x + area.width * column / columns
        let top = area.y + area.height * row / rows
        return PictureArea(
            x: left, y: top, width: area.x + area.width * (column + 1) / columns - left,
            height: area.y + area.height * (row + 1) / rows - top)
    }

    /// The time and its CRC-16 (CCITT: x^16 + x^12 + x^5 + 1, from 0xffff).
    private static func code(_ milliseconds: UInt32) -> UInt64 {
        var checksum: UInt16 = 0xffff
        for shift in stride(from: 24, through: 0, by: -8) {
            checksum ^= UInt16(milliseconds >> UInt32(shift) & 0xff) << 8
            for _ in 0..<8 { checksum = checksum & 0x8000 != 0 ? checksum << 1 ^ 0x1021 : checksum << 1 }
        }
        return UInt64(milliseconds) << 16 | UInt64(checksum)
    }
}

extension PictureArea {
    fileprivate var atLeastOnePixel: PictureArea {
        PictureArea(x: x, y: y, width: max(1, width), height: max(1, height))
    }
}
