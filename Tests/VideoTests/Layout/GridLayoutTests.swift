// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Video

@Suite struct GridLayoutTests {
    private static let canvases = [
        PictureSize(1280, 720), PictureSize(640, 480),
        PictureSize(719, 1281),
        PictureSize(320, 181), PictureSize(1920, 1080),
        PictureSize(400, 400),
    ]

    private func check(_ layout: Layout<Int>, _ members: [Int], _ canvas: PictureSize) {
        #expect(layout.tiles.map(\.member) + layout.hidden == members)
        for (index, tile) in layout.tiles.enumerated() {
            let place = tile.area
            #expect([place.x, place.y, place.width, place.height].allSatisfy { $0 >= 0 && $0 % 2 == 0 })
            #expect(place.width >= 2 && place.height >= 2)
            #expect(place.x + place.width <= canvas.width && place.y + place.height <= canvas.height)
            for other in layout.tiles[(index + 1)...] { #expect(!place.overlaps(other.area)) }
        }
    }

    @Test(arguments: 1...50, canvases)
    func tilesAreEvenInsideAndApart(_ count: Int, _ canvas: PictureSize) {
        let members = Array(0..<count)
        for shape in [PictureSize(16, 9), PictureSize(4, 3), nil] {
            for gap in [0, 4, 7] {
                var options = LayoutOptions()
                options.shape = shape
                options.gap = gap
                options.maximumTiles = 50
                let grid = GridLayout.grid(members, on: canvas, options: options)
                check(grid, members, canvas)
                #expect(grid.hidden.isEmpty)
                #expect(Set(grid.tiles.map(\.area.size)).count == 1)
                let strip = GridLayout.main(0, others: Array(1..<max(1, count)), on: canvas, options: options)
                check(strip, members, canvas)
                #expect(strip.tiles.first?.isMain == true && strip.tiles.filter(\.isMain).count == 1)
                let largest = strip.tiles.map(\.area.size.pixels).max()
                #expect(strip.tiles.first?.area.size.pixels == largest)
            }
        }
    }

    @Test(
        arguments: [
            (1, 1, 1), (2, 2, 1), (3, 2, 2), (4, 2, 2), (5, 3, 2), (6, 3, 2), (7, 3, 3), (9, 3, 3), (10, 4, 3),
            (16, 4, 4), (17, 5, 4), (25, 5, 5), (26, 6, 5), (30, 6, 5), (31, 6, 6), (36, 6, 6), (37, 7, 6), (49, 7, 7),
        ])
    func gridsHaveTheseColumnsAndRows(_ count: Int, _ columns: Int, _ rows: Int) {
        let canvas = PictureSize(1680, 1050)
        let grid = GridLayout.grid(Array(0..<count), on: canvas)
        let places = grid.tiles.map(\.area)
        #expect(Set(places.map(\.y)).count == rows)
        #expect(places.filter { $0.y == places.first?.y }.count == columns)
        let upright = GridLayout.grid(Array(0..<count), on: PictureSize(1050, 1680)).tiles.map(
            \.area)
        #expect(Set(upright.map(\.y)).count == (count + rows - 1) / rows)
    }

    @Test func oneFillsTheCanvasAndTwoStandSideBySide() {
        let canvas = PictureSize(1280, 720)
        var options = LayoutOptions()
        options.gap = 0
        #expect(
            GridLayout.grid([1], on: canvas, options: options).tiles.map(\.area)
                == [PictureArea(x: 0, y: 0, width: 1280, height: 720)])
        #expect(
            GridLayout.grid([1, 2], on: canvas, options: options).tiles.map(\.area) == [
                PictureArea(x: 0, y: 180, width: 640, height: 360),
                PictureArea(x: 640, y: 180, width: 640, height: 360),
            ])
        // Three: the last row is centred.
        #expect(
            GridLayout.grid([1, 2, 3], on: canvas, options: options).tiles.last?.area
                == PictureArea(x: 320, y: 360, width: 640, height: 360))
        #expect(
            GridLayout.main(1, others: [2, 3], on: canvas, options: options).tiles.map(\.area) == [
                PictureArea(x: 0, y: 0, width: 1024, height: 720),
                PictureArea(x: 1024, y: 216, width: 256, height: 144),
                PictureArea(x: 1024, y: 360, width: 256, height: 144),
            ])
    }

    @Test(
        "in a window of any shape tiles are as large as they can be",
        arguments: [
            (5, PictureSize(700, 600), 2, 3), (5, PictureSize(1600, 300), 5, 1),
            (2, PictureSize(600, 600), 1, 2), (4, PictureSize(2000, 260), 4, 1),
            (16, PictureSize(1280, 720), 4, 4), (1, PictureSize(300, 900), 1, 1),
        ])
    func largestTiles(_ count: Int, _ canvas: PictureSize, _ columns: Int, _ rows: Int) {
        var options = LayoutOptions()
        let plain = GridLayout.grid(Array(0..<count), on: canvas, options: options)
        options.findsLargestTiles = true
        let grid = GridLayout.grid(Array(0..<count), on: canvas, options: options)
        check(grid, Array(0..<count), canvas)
        let places = grid.tiles.map(\.area)
        #expect(Set(places.map(\.y)).count == rows)
        #expect(places.filter { $0.y == places.first?.y }.count == columns)
        #expect((places.first?.size.pixels ?? 0) >= (plain.tiles.first?.area.size.pixels ?? 0))
    }

    @Test func whoFindsNoRoomIsNamed() {
        let canvas = PictureSize(1280, 720)
        #expect(GridLayout.grid(Array(0..<60), on: canvas).hidden == Array(49..<60))
        #expect(GridLayout.main(0, others: Array(1..<20), on: canvas).tiles.count == 5)
        #expect(GridLayout.main(0, others: [0, 1, 0], on: canvas).tiles.map(\.member) == [0, 1])
        var few = LayoutOptions()
        few.maximumTiles = 1
        #expect(GridLayout.main(0, others: [1], on: canvas, options: few).hidden == [1])
        #expect(GridLayout.grid([Int](), on: canvas) == Layout())
    }

    @Test(arguments: [(0, 0), (1, 1), (2, 2), (-5, 9), (3, 100), (20, 12)])
    func tinyCanvasesDoNoHarm(_ width: Int, _ height: Int) {
        let canvas = PictureSize(width, height)
        for count in 0...50 {
            check(GridLayout.grid(Array(0..<count), on: canvas), Array(0..<count), canvas)
            check(GridLayout.main(0, others: Array(1..<(count + 1)), on: canvas), Array(0...count), canvas)
        }
    }
}
