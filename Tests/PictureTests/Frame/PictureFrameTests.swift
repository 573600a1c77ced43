// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import TestSupport
import Testing

@testable import Picture

@Suite struct PictureFrameTests {
    static let sizes = [
        PictureSize(320, 180), PictureSize(175, 143), PictureSize(1, 1), PictureSize(17, 2), PictureSize(64, 63),
    ]

    @Test(arguments: sizes)
    func aNewPictureIsBlackToItsLastPixel(size: PictureSize) {
        let frame = PictureFrame(size)
        #expect(frame.meanColor(in: size.area) == .black)
        let corner = PictureArea(x: size.width - 1, y: size.height - 1, width: 1, height: 1)
        let color = PictureColor(red: 10, green: 200, blue: 90)
        frame.fill(color)
        #expect(frame.meanColor(in: corner) == color)
    }

    @Test func fillingReachesNothingElse() {
        let frame = PictureFrame(PictureSize(64, 64))
        frame.fill(PictureArea(x: 16, y: 16, width: 32, height: 32), .white)
        #expect(frame.meanColor(in: PictureArea(x: 16, y: 16, width: 32, height: 32)) == .white)
        for side in [
            PictureArea(x: 0, y: 0, width: 64, height: 16), PictureArea(x: 0, y: 48, width: 64, height: 16),
            PictureArea(x: 0, y: 16, width: 16, height: 32), PictureArea(x: 48, y: 16, width: 16, height: 32),
        ] {
            #expect(frame.meanColor(in: side) == .black)
        }
    }

    @Test func whatGoesOverTheEdgeIsCutOff() {
        var numbers = SeededGenerator(seed: 7)
        let frame = PictureFrame(PictureSize(50, 31))
        let other = Patches.picture(PictureSize(40, 40))
        for _ in 0..<2000 {
            let area = PictureArea(
                x: Int.random(in: -80...80, using: &numbers), y: Int.random(in: -80...80, using: &numbers),
                width: Int.random(in: -10...90, using: &numbers), height: Int.random(in: -10...90, using: &numbers))
            frame.fill(area, .white)
            frame.copy(other, x: area.x, y: area.y)
            frame.scale(other, into: area)
            frame.scale(other, crop: area, into: PictureArea(x: 2, y: 2, width: 20, height: 20))
            frame.border(area, thickness: 4, .white)
            _ = frame.meanColor(in: area)
        }
    }

    @Test(arguments: [PictureSize(320, 180), PictureSize(641, 359), PictureSize(90, 160)])
    func scalingKeepsColors(size: PictureSize) {
        let target = PictureFrame(PictureSize(200, 120))
        target.scale(Patches.picture(size), into: target.size.area)
        #expect(Patches.error(of: target) <= 2)
    }

    @Test func aCropTakesItsPartOnly() {
        let size = PictureSize(320, 180)
        let target = PictureFrame(PictureSize(160, 90))
        for (index, quarter) in Patches.quarters(of: size).enumerated() {
            target.scale(Patches.picture(size), crop: quarter, into: target.size.area)
            #expect(target.meanColor(in: target.size.area).distance(to: Patches.colors[index]) <= 1)
        }
    }

    @Test func aChangeIsSeenInTheStamp() {
        let frame = PictureFrame(PictureSize(32, 32))
        var seen: Set = [frame.stamp, PictureFrame(PictureSize(32, 32)).stamp]
        #expect(seen.count == 2)
        frame.fill(.white)
        #expect(seen.insert(frame.stamp).inserted)
        frame.copy(Patches.picture(PictureSize(8, 8)))
        #expect(seen.insert(frame.stamp).inserted)
        _ = frame.meanColor(in: frame.size.area)
        #expect(!seen.insert(frame.stamp).inserted)
    }

    @Test func aPoolUsesForgottenPicturesAgain() {
        let pool = PicturePool(capacity: 2)
        let size = PictureSize(32, 32)
        var first: PictureFrame? = pool.take(size)
        let kept = first.map { ObjectIdentifier($0) }
        let stamp = first?.stamp
        let second = pool.take(size)
        #expect(ObjectIdentifier(second) != kept)
        let third = pool.take(size)
        #expect(third !== second && pool.count == 2)
        first = nil
        let again = pool.take(size)
        #expect(ObjectIdentifier(again) == kept && again.stamp != stamp)
    }

    @Test func aPoolFollowsAChangeOfSize() {
        let pool = PicturePool(capacity: 2)
        for side in 1...40 { #expect(pool.take(PictureSize(side, side)).size == PictureSize(side, side)) }
        #expect(pool.count == 2)
    }

    @Test(arguments: PixelLayout.allCases, sizes)
    func aShortBlockOfPixelsIsRefused(layout: PixelLayout, size: PictureSize) {
        let frame = PictureFrame(size)
        let bytes = [UInt8](repeating: 100, count: layout.byteCount(size, stride: layout.stride(size.width)))
        #expect(bytes.withUnsafeBytes { frame.load($0, layout) })
        #expect(!bytes.dropLast().withUnsafeBytes { frame.load($0, layout) })
        #expect(!bytes.withUnsafeBytes { frame.load($0, layout, stride: 0) })
        #expect(![UInt8]().withUnsafeBytes { frame.load($0, layout) })
    }

    @Test func pixelsOfCamerasAndScreensHaveTheirColors() {
        let frame = PictureFrame(PictureSize(16, 16))
        let red = PictureColor(red: 255, green: 0, blue: 0)
        let layouts: [(PixelLayout, [UInt8])] = [
            (.rgb, Array(repeatElement([255, 0, 0], count: 256).joined())),
            (.bgrx, Array(repeatElement([0, 0, 255, 0], count: 256).joined())),
            (.yuyv, Array(repeatElement([red.luma, red.cb, red.luma, red.cr], count: 128).joined())),
            (.nv12, [UInt8](repeating: red.luma, count: 256) + repeatElement([red.cb, red.cr], count: 64).joined()),
            (
                .i420,
                [UInt8](repeating: red.luma, count: 256) + [UInt8](repeating: red.cb, count: 64)
                    + [UInt8](repeating: red.cr, count: 64)
            ),
        ]
        for (layout, bytes) in layouts {
            frame.fill(.black)
            #expect(bytes.withUnsafeBytes { frame.load($0, layout) })
            #expect(frame.meanColor(in: frame.size.area).distance(to: red) <= 1, "\(layout)")
        }
    }
}
