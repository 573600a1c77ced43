// SPDX-License-Identifier: GPL-3.0-or-later

import CYUV
package import Geometry

/// Drawing. What would go over the edge is cut off; corners are moved to even pixels, as chroma has half the
/// resolution.
extension PictureFrame {
    package func fill(_ color: PictureColor) { fill(size.area, color) }

    /// Fills `area` with one colour.
    package func fill(_ area: PictureArea, _ color: PictureColor) {
        let inside = area.intersection(size.area)
        guard !inside.isEmpty else { return }
        willChange()
        _ = unsafe I420Rect(
            luma, lumaStride, cb, chromaStride, cr, chromaStride, Int32(inside.x & ~1), Int32(inside.y & ~1),
            Int32(inside.width + inside.x % 2), Int32(inside.height + inside.y % 2), Int32(color.luma), Int32(color.cb),
            Int32(color.cr))
    }

    /// Copies all of `other`, its upper left corner to `x`, `y`.
    package func copy(_ other: PictureFrame, x: Int = 0, y: Int = 0) {
        let target = PictureArea(x: x & ~1, y: y & ~1, width: other.size.width, height: other.size.height)
        let inside = target.intersection(size.area)
        guard !inside.isEmpty else { return }
        willChange()
        let from = (x: inside.x - target.x, y: inside.y - target.y)
        _ = unsafe I420Copy(
            other.lumaStart(from.x, from.y), other.lumaStride, other.cbStart(from.x, from.y), other.chromaStride,
            other.crStart(from.x, from.y), other.chromaStride, lumaStart(inside.x, inside.y), lumaStride,
            cbStart(inside.x, inside.y), chromaStride, crStart(inside.x, inside.y), chromaStride, Int32(inside.width),
            Int32(inside.height))
    }

    /// Scales `crop` of `other` into `area`, whatever the proportions.
    ///
    /// - Parameter area: must lie inside this picture; else nothing is drawn.
    package func scale(_ other: PictureFrame, crop: PictureArea? = nil, into area: PictureArea) {
        let source = crop?.intersection(other.size.area) ?? other.size.area
        let target = PictureArea(x: area.x & ~1, y: area.y & ~1, width: area.width, height: area.height)
        guard !source.isEmpty, !target.isEmpty, target.intersection(size.area) == target else { return }
        willChange()
        let from = (x: source.x & ~1, y: source.y & ~1)
        // The box filter averages all pixels that fall together: fine lines and small writing stay readable.
        _ = unsafe I420Scale(
            other.lumaStart(from.x, from.y), other.lumaStride, other.cbStart(from.x, from.y), other.chromaStride,
            other.crStart(from.x, from.y), other.chromaStride, Int32(source.width), Int32(source.height),
            lumaStart(target.x, target.y), lumaStride, cbStart(target.x, target.y), chromaStride,
            crStart(target.x, target.y), chromaStride, Int32(target.width), Int32(target.height), kFilterBox)
    }

    /// Draws a frame of `thickness` pixels along the inner edge of `area`.
    package func border(_ area: PictureArea, thickness: Int, _ color: PictureColor) {
        let width = min(thickness, area.width)
        let height = min(thickness, area.height)
        fill(PictureArea(x: area.x, y: area.y, width: area.width, height: height), color)
        fill(PictureArea(x: area.x, y: area.y + area.height - height, width: area.width, height: height), color)
        fill(PictureArea(x: area.x, y: area.y, width: width, height: area.height), color)
        fill(PictureArea(x: area.x + area.width - width, y: area.y, width: width, height: area.height), color)
    }

    /// Lays `color` over the picture as thick as `mask` says, its upper left corner at `x`, `y`.
    /// - Parameter opacity: of the mask's thickest, 0 to 255.
    func blend(
        _ mask: OpacityMask, x: Int, y: Int, clip: PictureArea, _ color: PictureColor, opacity: UInt8 = 255
    ) {
        let inside = PictureArea(x: x, y: y, width: mask.width, height: mask.height)
            .intersection(clip).intersection(size.area)
        guard !inside.isEmpty else { return }
        willChange()
        unsafe mask.alpha.withUnsafeBufferPointer { alpha in
            for row in inside.y..<(inside.y + inside.height) {
                for column in inside.x..<(inside.x + inside.width) {
                    let ink = unsafe alpha[(row - y) * mask.width + column - x]
                    if ink == 0 { continue }
                    blend(column, row, color, opacity == 255 ? ink : UInt8(Int(ink) * Int(opacity) / 255))
                }
            }
        }
    }

    /// Lays `color` over `area` as a glass of it would: 0 leaves the picture, 255 hides it.
    func tint(_ area: PictureArea, _ color: PictureColor, opacity: UInt8) {
        let inside = area.intersection(size.area)
        guard !inside.isEmpty else { return }
        willChange()
        for row in inside.y..<(inside.y + inside.height) {
            for column in inside.x..<(inside.x + inside.width) { blend(column, row, color, opacity) }
        }
    }

    private func blend(_ column: Int, _ row: Int, _ color: PictureColor, _ opacity: UInt8) {
        let sample = row * Int(lumaStride) + column
        unsafe luma[sample] = mixed(luma[sample], color.luma, opacity)
        // One chroma sample for four of luma: the one at the even corner decides.
        guard row % 2 == 0, column % 2 == 0 else { return }
        let chroma = row / 2 * Int(chromaStride) + column / 2
        unsafe cb[chroma] = mixed(cb[chroma], color.cb, opacity)
        unsafe cr[chroma] = mixed(cr[chroma], color.cr, opacity)
    }

    /// Draws `other`, a picture of this size, as a mirror shows it.
    func mirror(_ other: PictureFrame) {
        precondition(other.size == size, "a mirror image has the size of its picture")
        willChange()
        _ = unsafe I420Mirror(
            other.luma, other.lumaStride, other.cb, other.chromaStride, other.cr, other.chromaStride, luma, lumaStride,
            cb, chromaStride, cr, chromaStride, Int32(size.width), Int32(size.height))
    }

    private func lumaStart(_ x: Int, _ y: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe luma + y * Int(lumaStride) + x
    }

    private func cbStart(_ x: Int, _ y: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe cb + y / 2 * Int(chromaStride) + x / 2
    }

    private func crStart(_ x: Int, _ y: Int) -> UnsafeMutablePointer<UInt8> {
        unsafe cr + y / 2 * Int(chromaStride) + x / 2
    }
}

private func mixed(_ below: UInt8, _ above: UInt8, _ opacity: UInt8) -> UInt8 {
    let weight = Int(opacity)
    return UInt8(clamping: (Int(below) * (255 - weight) + Int(above) * weight + 127) / 255)
}
