// SPDX-License-Identifier: GPL-3.0-or-later

/// A colour as pictures hold it: BT.601, limited range (luma 16 to 235, chroma 16 to 240 around 128).
package struct PictureColor: Hashable, Sendable, CustomStringConvertible {
    package var luma: UInt8
    package var cb: UInt8
    package var cr: UInt8

    package init(luma: UInt8, cb: UInt8, cr: UInt8) {
        self.luma = luma
        self.cb = cb
        self.cr = cr
    }

    package init(red: UInt8, green: UInt8, blue: UInt8) {
        let (r, g, b) = (Int(red), Int(green), Int(blue))
        luma = UInt8(clamping: 16 + (66 * r + 129 * g + 25 * b + 128) / 256)
        cb = UInt8(clamping: (112 * b - 38 * r - 74 * g + 32768 + 128) / 256)
        cr = UInt8(clamping: (112 * r - 94 * g - 18 * b + 32768 + 128) / 256)
    }

    package static let black = PictureColor(luma: 16, cb: 128, cr: 128)
    package static let white = PictureColor(luma: 235, cb: 128, cr: 128)

    /// The largest difference of any component.
    package func distance(to other: PictureColor) -> Int {
        max(
            abs(Int(luma) - Int(other.luma)), abs(Int(cb) - Int(other.cb)), abs(Int(cr) - Int(other.cr)))
    }

    package var description: String { "Y\(luma) Cb\(cb) Cr\(cr)" }
}
