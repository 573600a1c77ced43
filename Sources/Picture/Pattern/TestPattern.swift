// SPDX-License-Identifier: GPL-3.0-or-later
package import Geometry

/// A picture that proves itself: bars that move, a clock that programs can read, a patch in somebody's colour and the
/// name. One thread at a time.
///
/// Everything lies in proportion to the picture, so that it is found again in any size, tile or canvas: readers are
/// given the area that the picture now fills.
package final class TestPattern {
    package let name: String
    package let color: PictureColor
    private let text: TextRenderer

    private static let bars: [PictureColor] = [
        PictureColor(red: 192, green: 192, blue: 192), PictureColor(red: 192, green: 192, blue: 0),
        PictureColor(red: 0, green: 192, blue: 192), PictureColor(red: 0, green: 192, blue: 0),
        PictureColor(red: 192, green: 0, blue: 192), PictureColor(red: 192, green: 0, blue: 0),
        PictureColor(red: 0, green: 0, blue: 192), PictureColor(red: 32, green: 32, blue: 32),
    ]

    private let showsFigures: Bool

    /// - Parameters:
    ///   - color: of the patch that says whose picture it is.
    ///   - showsFigures: whether the clock can be read by people too.
    package init(
        name: String, color: PictureColor, showsFigures: Bool = false, text: TextRenderer = TextRenderer()
    ) {
        self.showsFigures = showsFigures
        self.name = name
        self.color = color
        self.text = text
    }

    /// Overwrites all of `frame` with the picture at `milliseconds`.
    package func draw(_ milliseconds: UInt32, on frame: PictureFrame) {
        let size = frame.size
        // The bars go once across the picture in four seconds.
        let shift = Int(milliseconds % 4000) * size.width / 4000
        for (index, bar) in Self.bars.enumerated() {
            let left = size.width * index / Self.bars.count
            let width = size.width * (index + 1) / Self.bars.count - left
            let start = (left + shift) % size.width
            frame.fill(PictureArea(x: start, y: 0, width: width, height: size.height), bar)
            // What went out on the right comes in on the left.
            frame.fill(PictureArea(x: start - size.width, y: 0, width: width, height: size.height), bar)
        }
        PatternClock.draw(milliseconds, on: frame, Self.clockArea(in: size.area))
        let patch = Self.patchArea(in: size.area)
        frame.fill(patch, color)
        // Along the patch's lower edge: the rest of it shows the colour alone.
        let bottom = patch.y + patch.height
        let top = write(name, height: max(8, patch.height / 4), above: bottom, on: frame, patch)
        guard showsFigures else { return }
        _ = write(Self.figures(milliseconds), height: max(8, patch.height / 9), above: top, on: frame, patch)
    }

    /// - Returns: where the line begins.
    private func write(
        _ words: String, height: Int, above bottom: Int, on frame: PictureFrame, _ patch: PictureArea
    ) -> Int {
        let line = text.line(words, height: height, maximumWidth: patch.width * 9 / 10)
        let ink = color.luma > 120 ? PictureColor.black : .white
        let top = bottom - line.height
        frame.blend(line, x: patch.x + (patch.width - line.width) / 2, y: top, clip: patch, ink)
        return top
    }

    /// The clock for people: minutes, seconds and hundredths. A fresh picture and a stale one are told apart by looking.
    private static func figures(_ milliseconds: UInt32) -> String {
        func two(_ number: UInt32) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(milliseconds / 60_000 % 60)):\(two(milliseconds / 1000 % 60)).\(two(milliseconds / 10 % 100))"
    }

    /// The time on a pattern that fills `area` of `frame` (all of it when nil), or nil when none can be read.
    package static func clock(of frame: PictureFrame, in area: PictureArea? = nil) -> UInt32? {
        PatternClock.read(frame, clockArea(in: area ?? frame.size.area))
    }

    /// Colour of the patch on a pattern that fills `area` of `frame`.
    package static func color(of frame: PictureFrame, in area: PictureArea? = nil) -> PictureColor {
        frame.meanColor(
            in: patchArea(in: area ?? frame.size.area).part(left: 200, top: 150, right: 800, bottom: 550))
    }

    /// Far enough from the edges for a border, above where a label goes.
    private static func clockArea(in area: PictureArea) -> PictureArea {
        area.part(left: 60, top: 80, right: 940, bottom: 400)
    }

    private static func patchArea(in area: PictureArea) -> PictureArea {
        area.part(left: 300, top: 450, right: 700, bottom: 800)
    }
}
