// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Picture

@Suite struct LooksTests {
    static let canvas = PictureSize(640, 360)

    static var style: ComposerStyle {
        var style = ComposerStyle()
        style.background = .black
        style.cornerRadius = 20
        style.labelOpacity = 128
        return style
    }

    static func tile(_ picture: PictureFrame, name: String = "") -> Tile {
        Tile(source: 1, area: canvas.area, content: .picture(picture), name: name)
    }

    static func compose(_ tiles: [Tile]) -> PictureFrame {
        let composer = Composer(canvas, cache: TileCache(), style: style)
        composer.compose(tiles)
        return composer.canvas
    }

    @Test(arguments: [PictureSize(640, 360), PictureSize(320, 180)])
    func aMirrorTurnsLeftAndRightOnly(size: PictureSize) {
        var tile = Self.tile(Patches.picture(size))
        tile.isMirrored = true
        let composer = Composer(Self.canvas, cache: TileCache())
        let report = composer.compose([tile])
        #expect(report.scaled == 1)
        let quarters = Patches.quarters(of: Self.canvas).map { composer.canvas.meanColor(in: $0.inset(by: 30)) }
        for (seen, wanted) in zip(quarters, [1, 0, 3, 2]) {
            #expect(seen.distance(to: Patches.colors[wanted]) <= 1)
        }
        #expect(composer.compose([tile]).scaled == 0)
    }

    @Test func aPictureAndItsMirrorAreKeptApart() {
        let composer = Composer(Self.canvas, cache: TileCache())
        let picture = Patches.picture(PictureSize(320, 180))
        var mirrored = Self.tile(picture)
        mirrored.isMirrored = true
        composer.compose([mirrored])
        composer.compose([Self.tile(picture)])
        #expect(Patches.error(of: composer.canvas) <= 1)
    }

    @Test func cornersAreRoundAndTheirMiddleIsNot() {
        let canvas = Self.compose([Self.tile(Patches.solid(Self.canvas, .white))])
        for (x, y) in [(0, 0), (638, 0), (0, 358), (638, 358)] {
            #expect(canvas.meanColor(in: PictureArea(x: x, y: y, width: 2, height: 2)) == .black)
        }
        for (x, y) in [(8, 8), (630, 8), (8, 350), (630, 350), (320, 0), (0, 180)] {
            #expect(canvas.meanColor(in: PictureArea(x: x, y: y, width: 2, height: 2)) == .white)
        }
    }

    @Test func aTalkersBorderGoesRoundTheCorners() {
        var tile = Self.tile(Patches.solid(Self.canvas, .white))
        tile.isTalking = true
        let canvas = Self.compose([tile])
        // On the diagonal of a corner, and on an edge.
        for (x, y) in [(8, 8), (630, 8), (320, 2), (2, 180)] {
            let seen = canvas.meanColor(in: PictureArea(x: x, y: y, width: 2, height: 2))
            #expect(seen.distance(to: Self.style.talker) <= 12, "\(x) \(y)")
        }
        #expect(canvas.meanColor(in: PictureArea(x: 0, y: 0, width: 2, height: 2)) == .black)
        #expect(canvas.meanColor(in: PictureArea(x: 60, y: 60, width: 40, height: 40)) == .white)
    }

    @Test func thePictureIsSeenThroughALabelOfGlass() {
        let canvas = Self.compose([Self.tile(Patches.solid(Self.canvas, .white), name: "                Ada")])
        // Between the plate's edge and the letters.
        let glass = canvas.meanColor(in: PictureArea(x: 16, y: 330, width: 4, height: 4))
        #expect((100...180).contains(Int(glass.luma)))
    }

    @Test(arguments: [TileSign.muted, .held, .screen])
    func signsAreSeenOnPicturesAndCards(sign: TileSign) {
        let area = PictureArea(x: 12, y: 312, width: 50, height: 40)
        for content in [Tile.Content.picture(Patches.solid(Self.canvas, .black)), .card(reason: "camera off")] {
            var tile = Tile(source: 1, area: Self.canvas.area, content: content, name: "")
            let without = Self.compose([tile]).meanColor(in: area)
            tile.signs = [sign]
            #expect(Self.compose([tile]).meanColor(in: area) != without)
        }
        let ink = Shape.sign(sign, size: 24).mask.alpha
        #expect(ink.contains(255) && ink.contains(0))
    }

    @Test func aPanelShowsEachOfItsRows() {
        let text = TextRenderer()
        var rows = [PanelRow(key: "m", text: "mute"), PanelRow(key: "q", text: "leave")]
        let size = PanelMeasure.size(rows, height: 20, text: text)
        let area = PictureArea(x: 100, y: 100, width: size.width, height: size.height)
        func ink() -> [Int] {
            let canvas = Self.compose([Tile(source: 1, area: area, content: .panel(rows), name: "")])
            return [0, 500].map {
                Int(canvas.meanColor(in: area.part(left: 0, top: $0, right: 1000, bottom: $0 + 500)).luma)
            }
        }
        let both = ink()
        rows[1] = PanelRow(text: "")
        let first = ink()
        #expect(both[0] == first[0] && both[1] > first[1])
        #expect(PanelMeasure(rows: 2, size).text == 20)
    }

    @Test func whatFloatsIsSetOffByAFrame() {
        var tile = Self.tile(Patches.solid(PictureSize(160, 90), .white))
        tile.area = PictureArea(x: 400, y: 200, width: 168, height: 98)
        tile.isFloating = true
        let canvas = Self.compose([Self.tile(Patches.solid(Self.canvas, Patches.colors[0])), tile])
        #expect(canvas.meanColor(in: PictureArea(x: 400, y: 240, width: 4, height: 20)) == .black)
        #expect(canvas.meanColor(in: PictureArea(x: 430, y: 230, width: 100, height: 40)) == .white)
    }

    @Test(arguments: [
        ("Ada Lovelace", "AL"), ("bob", "B"), ("Margaret H. Hamilton (you)", "MH"), ("王小明", "王"), ("", ""), ("42", ""),
        ("  Łukasz  Nowak ", "ŁN"),
    ])
    func initials(name: String, wanted: String) {
        #expect(Initials.of(name) == wanted)
    }
}
