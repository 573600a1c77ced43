// SPDX-License-Identifier: GPL-3.0-or-later

import CFreeType

/// Draws lines of text in the machine's fonts, one glyph after the other from the left: no ligatures, no script that
/// runs to the left. A line once drawn is kept. One thread at a time. The first use of a font reads its file.
///
/// A machine without fonts gets pictures without writing.
@safe package final class TextRenderer {
    private struct Line: Hashable {
        let text: String
        let height: Int
        let width: Int
    }

    private struct Kept {
        let mask: OpacityMask
        var lastUse: Int
    }

    private let library: FT_Library?
    private let list = FontList()
    /// By position in the list; nil for a file that FreeType could not read.
    private var faces: [Int: FT_Face?] = unsafe [:]
    private var kept: [Line: Kept] = [:]
    private var uses = 0

    /// Lines kept.
    private static let capacity = 256

    package init() {
        var library: FT_Library?
        _ = unsafe FT_Init_FreeType(&library)
        unsafe self.library = library
    }

    deinit {
        // Its faces go with it.
        if let library = unsafe library { _ = unsafe FT_Done_FreeType(library) }
    }

    /// Whether the machine has a font for every character of `text`.
    package func canDraw(_ text: String) -> Bool {
        PrintableText.scalars(of: text).allSatisfy { list.font(with: $0) != nil }
    }

    /// One line. What is wider than `maximumWidth` pixels ends in an ellipsis.
    /// - Parameter height: of the font's em in pixels. The mask is a third higher, its baseline at `height`.
    func line(_ text: String, height: Int, maximumWidth: Int) -> OpacityMask {
        let key = Line(text: text, height: height, width: maximumWidth)
        uses += 1
        if let index = kept.index(forKey: key) {
            kept.values[index].lastUse = uses
            return kept.values[index].mask
        }
        if kept.count >= Self.capacity, let oldest = kept.min(by: { $0.value.lastUse < $1.value.lastUse }) {
            kept[oldest.key] = nil
        }
        let mask = draw(PrintableText.scalars(of: text), height: height, maximumWidth: maximumWidth)
        kept[key] = Kept(mask: mask, lastUse: uses)
        return mask
    }

    /// Pixels that a line of `text` takes.
    package func width(of text: String, height: Int) -> Int {
        PrintableText.scalars(of: text).reduce(0) { $0 + advance($1, height) }
    }

    private func draw(_ scalars: [Unicode.Scalar], height: Int, maximumWidth: Int) -> OpacityMask {
        guard height > 0, maximumWidth > 0, !scalars.isEmpty else { return .empty }
        var shown = scalars
        var advances = scalars.map { advance($0, height) }
        var width = advances.reduce(0, +)
        if width > maximumWidth {
            let ellipsis = advance("…", height)
            while width + ellipsis > maximumWidth, let last = advances.popLast() {
                shown.removeLast()
                width -= last
            }
            shown.append("…")
            width = min(width + ellipsis, maximumWidth)
        }
        guard width > 0 else { return .empty }
        let rows = height + (height + 2) / 3
        var alpha = [UInt8](repeating: 0, count: width * rows)
        var pen = 0
        for scalar in shown {
            guard let face = unsafe face(for: scalar, height) else { continue }
            guard unsafe FT_Load_Char(face, FT_ULong(scalar.value), Int32(FT_LOAD_RENDER)) == 0,
                let glyph = unsafe face.pointee.glyph
            else { continue }
            let left = unsafe pen + Int(glyph.pointee.bitmap_left)
            let top = unsafe height - Int(glyph.pointee.bitmap_top)
            unsafe Self.put(glyph.pointee.bitmap, left, top, into: &alpha, width: width)
            pen += unsafe Int(glyph.pointee.advance.x) / 64
        }
        return OpacityMask(width: width, height: rows, alpha: alpha)
    }

    private static func put(_ bitmap: FT_Bitmap, _ left: Int, _ top: Int, into alpha: inout [UInt8], width: Int) {
        // Bitmap fonts of one bit a pixel or of colours are left out.
        guard unsafe UInt32(bitmap.pixel_mode) == FT_PIXEL_MODE_GRAY.rawValue, let ink = unsafe bitmap.buffer else {
            return
        }
        for row in unsafe 0..<Int(bitmap.rows) {
            for column in unsafe 0..<Int(bitmap.width) {
                let (x, y) = (left + column, top + row)
                guard x >= 0, x < width, y >= 0, y * width + x < alpha.count else { continue }
                let value = unsafe ink[row * Int(bitmap.pitch) + column]
                alpha[y * width + x] = max(alpha[y * width + x], value)
            }
        }
    }

    /// Pixels from this character to the next.
    private func advance(_ scalar: Unicode.Scalar, _ height: Int) -> Int {
        guard let face = unsafe face(for: scalar, height),
            unsafe FT_Load_Char(face, FT_ULong(scalar.value), Int32(FT_LOAD_DEFAULT)) == 0,
            let glyph = unsafe face.pointee.glyph
        else { return 0 }
        return unsafe max(0, Int(glyph.pointee.advance.x) / 64)
    }

    /// The first font with `scalar`, or the first of all, which then shows a box.
    private func face(for scalar: Unicode.Scalar, _ height: Int) -> FT_Face? {
        let index = list.font(with: scalar) ?? 0
        guard list.fonts.indices.contains(index) else { return nil }
        if unsafe faces[index] == nil {
            var face: FT_Face?
            let font = list.fonts[index]
            if unsafe FT_New_Face(library, font.path, font.index, &face) != 0 { unsafe face = nil }
            unsafe faces[index] = .some(face)
        }
        guard let found = unsafe faces[index], let face = unsafe found,
            unsafe FT_Set_Pixel_Sizes(face, 0, FT_UInt(height)) == 0
        else { return nil }
        return unsafe face
    }
}
