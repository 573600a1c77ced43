// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct PictureAreaTests {
    @Test(arguments: [
        (PictureSize(1280, 720), PictureArea(x: 0, y: 0, width: 640, height: 360)),
        (PictureSize(640, 480), PictureArea(x: 80, y: 0, width: 480, height: 360)),
        (PictureSize(360, 640), PictureArea(x: 218, y: 0, width: 202, height: 360)),
        (PictureSize(2000, 100), PictureArea(x: 0, y: 164, width: 640, height: 32)),
    ])
    func aPictureKeepsItsProportions(size: PictureSize, place: PictureArea) {
        #expect(PictureArea(x: 0, y: 0, width: 640, height: 360).fitting(size) == place)
    }

    @Test func whateverFitsIsInsideAndEven() {
        var numbers = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let area = PictureArea(
                x: Int.random(in: 0...99, using: &numbers), y: Int.random(in: 0...99, using: &numbers),
                width: Int.random(in: 4...1300, using: &numbers), height: Int.random(in: 4...800, using: &numbers))
            let size = PictureSize(
                Int.random(in: 1...4096, using: &numbers), Int.random(in: 1...4096, using: &numbers))
            let place = area.fitting(size)
            #expect(place.intersection(area) == place && place.even == place && !place.isEmpty, "\(size) in \(area)")
        }
    }
}
