// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct ComposerTests {
    static let canvas = PictureSize(640, 360)

    static func color(_ index: Int) -> PictureColor {
        PictureColor(
            red: UInt8(40 + index * 53 % 200), green: UInt8(40 + index * 97 % 200), blue: UInt8(40 + index * 151 % 200))
    }

    static func tiles(_ count: Int, size: PictureSize = PictureSize(320, 180)) -> [Tile] {
        evenAreas(count, on: canvas).enumerated().map { index, area in
            Tile(
                source: UInt64(index), area: area, content: .picture(Patches.solid(size, color(index))),
                name: "Member \(index)")
        }
    }

    /// The part of a tile that neither a label nor a border covers.
    static func middle(_ area: PictureArea) -> PictureArea {
        area.fitting(PictureSize(320, 180)).part(left: 200, top: 200, right: 800, bottom: 600)
    }

    @Test(arguments: [1, 2, 4, 5, 9, 16, 25])
    func eachTileHasItsColorInItsPlace(count: Int) {
        let composer = Composer(Self.canvas, cache: TileCache())
        let tiles = Self.tiles(count)
        let report = composer.compose(tiles)
        #expect(report.drawn == count && report.total >= report.scaling)
        for (index, tile) in tiles.enumerated() {
            let seen = composer.canvas.meanColor(in: Self.middle(tile.area))
            #expect(seen.distance(to: Self.color(index)) <= 1, "tile \(index)")
        }
    }

    @Test func nothingIsDrawnTwice() {
        let composer = Composer(Self.canvas, cache: TileCache())
        let tiles = Self.tiles(4, size: PictureSize(640, 360))
        #expect(composer.compose(tiles).scaled == 4)
        let stamp = composer.canvas.stamp
        let second = composer.compose(tiles)
        #expect(second.drawn == 0 && second.scaled == 0 && second.scaling == .zero)
        #expect(composer.canvas.stamp == stamp)
        guard case .picture(let picture) = tiles[2].content else { return }
        picture.fill(.white)
        let third = composer.compose(tiles)
        #expect(third.drawn == 1 && third.scaled == 1)
        #expect(composer.canvas.meanColor(in: Self.middle(tiles[2].area)) == .white)
        #expect(composer.canvas.stamp != stamp)
    }

    @Test func aTalkersBorderComesAndGoesWithoutScaling() {
        let composer = Composer(Self.canvas, cache: TileCache())
        var tiles = Self.tiles(4, size: PictureSize(640, 360))
        composer.compose(tiles)
        let area = tiles[1].area
        let edge = PictureArea(x: area.x, y: area.y, width: area.width, height: 2)
        #expect(composer.canvas.meanColor(in: edge).distance(to: Self.color(1)) <= 1)
        tiles[1].isTalking = true
        let talking = composer.compose(tiles)
        #expect(talking.drawn == 1 && talking.scaled == 0)
        #expect(composer.canvas.meanColor(in: edge) == composer.style.talker)
        #expect(composer.canvas.meanColor(in: Self.middle(area)).distance(to: Self.color(1)) <= 1)
        tiles[1].isTalking = false
        composer.compose(tiles)
        #expect(composer.canvas.meanColor(in: edge).distance(to: Self.color(1)) <= 1)
    }

    @Test func aNameCardIsNoStalePicture() {
        let composer = Composer(Self.canvas, cache: TileCache())
        var tiles = Self.tiles(4)
        composer.compose(tiles)
        let picture = tiles[3].content
        let area = tiles[3].area
        tiles[3].content = .card(reason: "camera off")
        #expect(composer.compose(tiles).drawn == 1)
        // All of it but the writing, which is on a band in the middle.
        for band in [
            area.part(left: 0, top: 0, right: 1000, bottom: 160),
            area.part(left: 0, top: 840, right: 1000, bottom: 1000),
        ] {
            #expect(composer.canvas.meanColor(in: band) == composer.style.card)
        }
        #expect(composer.compose(tiles).drawn == 0)
        tiles[3].content = .card(reason: "on hold")
        #expect(composer.compose(tiles).drawn == 1)
        tiles[3].content = picture
        #expect(composer.compose(tiles).drawn == 1)
        #expect(composer.canvas.meanColor(in: Self.middle(area)).distance(to: Self.color(3)) <= 1)
    }

    @Test func aCardShowsItsNameAndReason() {
        let composer = Composer(Self.canvas, cache: TileCache())
        let area = Self.canvas.area
        func brightness(_ name: String, _ reason: String) -> Int {
            composer.compose([Tile(source: 1, area: area, content: .card(reason: reason), name: name)])
            return Int(composer.canvas.meanColor(in: area.part(left: 200, top: 560, right: 800, bottom: 840)).luma)
        }
        let blank = brightness("", "")
        let name = brightness("Ada Lovelace", "")
        #expect(name > blank)
        #expect(brightness("Ada Lovelace", "camera off") > name)
    }

    @Test func barsLieBesideAPictureOfOtherProportions() {
        let composer = Composer(Self.canvas, cache: TileCache())
        let picture = Patches.solid(PictureSize(180, 320), .white)
        let tile = Tile(source: 1, area: Self.canvas.area, content: .picture(picture), name: "")
        composer.compose([tile])
        let place = Self.canvas.area.fitting(picture.size)
        #expect(composer.canvas.meanColor(in: place) == .white)
        for bar in [
            PictureArea(x: 0, y: 0, width: place.x, height: 360),
            PictureArea(x: place.x + place.width, y: 0, width: 640 - place.x - place.width, height: 360),
        ] {
            #expect(composer.canvas.meanColor(in: bar) == composer.style.background)
        }
    }

    @Test func aNewLayoutLeavesNothingOfTheOld() {
        let composer = Composer(Self.canvas, cache: TileCache())
        composer.compose(Self.tiles(9))
        composer.compose(Self.tiles(2))
        // Two tiles stand side by side: above and below them is background.
        let top = evenAreas(2, on: Self.canvas)
        #expect(composer.canvas.meanColor(in: Self.middle(top[0])).distance(to: Self.color(0)) <= 1)
        composer.compose([])
        #expect(composer.canvas.meanColor(in: Self.canvas.area) == composer.style.background)
    }

    @Test func whatLiesAboveStaysAbove() {
        let composer = Composer(Self.canvas, cache: TileCache())
        let below = Patches.solid(PictureSize(320, 180), Self.color(1))
        let corner = PictureArea(x: 480, y: 20, width: 140, height: 80)
        let tiles = [
            Tile(source: 1, area: Self.canvas.area, content: .picture(below), name: "below"),
            Tile(
                source: 2, area: corner, content: .picture(Patches.solid(PictureSize(140, 80), Self.color(2))), name: ""
            ),
        ]
        composer.compose(tiles)
        below.fill(Self.color(5))
        #expect(composer.compose(tiles).drawn == 2)
        #expect(composer.canvas.meanColor(in: corner).distance(to: Self.color(2)) <= 1)
    }

    @Test func canvasesOfOneCacheScaleACameraOnce() {
        let cache = TileCache()
        let first = Composer(Self.canvas, cache: cache)
        let second = Composer(Self.canvas, cache: cache)
        let tiles = Self.tiles(4, size: PictureSize(640, 360))
        #expect(first.compose(tiles).scaled == 4)
        let report = second.compose(Array(tiles.reversed()))
        #expect(report.drawn == 4 && report.scaled == 0)
        #expect(cache.count == 4)
    }

    @Test func sizesThatNobodyShowsAreForgotten() {
        let cache = TileCache()
        let composer = Composer(Self.canvas, cache: cache)
        composer.compose(Self.tiles(9, size: PictureSize(640, 360)))
        #expect(cache.count == 9)
        let tiles = Self.tiles(1, size: PictureSize(320, 180))
        guard case .picture(let picture) = tiles[0].content else { return }
        for turn in 0..<600 {
            picture.fill(Self.color(turn % 7))
            composer.compose(tiles)
        }
        #expect(cache.count == 1)
    }

    @Test func areasOutsideTheCanvasAndStrangeNamesDoNoHarm() {
        let composer = Composer(Self.canvas, cache: TileCache())
        var numbers = SeededGenerator(seed: 17)
        let names = ["", "\u{202e}evil", String(repeating: "W", count: 10_000), "a\u{0}b\n\tc", "\u{1F600}", "日本"]
        for _ in 0..<60 {
            let tiles = (0..<3).map { index in
                let area = PictureArea(
                    x: Int.random(in: -300...700, using: &numbers), y: Int.random(in: -300...400, using: &numbers),
                    width: Int.random(in: -10...700, using: &numbers),
                    height: Int.random(in: -10...400, using: &numbers))
                let isCard = Bool.random(using: &numbers)
                return Tile(
                    source: UInt64(index), area: area,
                    content: isCard ? .card(reason: "on hold") : .picture(Patches.solid(PictureSize(33, 17), .white)),
                    name: names[Int.random(in: 0..<names.count, using: &numbers)],
                    isTalking: Bool.random(using: &numbers))
            }
            composer.compose(tiles)
        }
    }
}
