// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Testing

@testable import Picture

@Suite struct TestPatternTests {
    static let color = PictureColor(red: 30, green: 90, blue: 200)

    @Test(arguments: [PictureSize(1280, 720), PictureSize(320, 180), PictureSize(175, 143), PictureSize(161, 91)])
    func clockAndColorAreReadBack(size: PictureSize) {
        let pattern = TestPattern(name: "Ada", color: Self.color)
        let frame = PictureFrame(size)
        for time in [0, 1, 999, 123_456_789, UInt32.max] {
            pattern.draw(time, on: frame)
            #expect(TestPattern.clock(of: frame) == time)
            #expect(TestPattern.color(of: frame).distance(to: Self.color) <= 1)
        }
    }

    @Test func aPictureWithoutAClockHasNone() {
        #expect(TestPattern.clock(of: PictureFrame(PictureSize(320, 180))) == nil)
        #expect(TestPattern.clock(of: Patches.picture(PictureSize(320, 180))) == nil)
        #expect(TestPattern.clock(of: Patches.busy(PictureSize(320, 180), step: 1)) == nil)
        #expect(TestPattern.clock(of: PictureFrame(PictureSize(1, 1))) == nil)
    }

    @Test func halfOfTwoTimesIsNoTime() {
        let pattern = TestPattern(name: "Ada", color: Self.color)
        let size = PictureSize(320, 180)
        let (first, second) = (PictureFrame(size), PictureFrame(size))
        pattern.draw(1_000_000, on: first)
        pattern.draw(1_000_777, on: second)
        first.scale(
            second, crop: PictureArea(x: 0, y: 0, width: 160, height: 180),
            into: PictureArea(x: 0, y: 0, width: 160, height: 180))
        #expect(TestPattern.clock(of: first) == nil)
    }

    /// 640x360 at a low bitrate, decoded, halved, and decoded and halved once more as a tile would be.
    @Test(arguments: VideoCodec.allCases, [150_000, 500_000])
    func theClockSurvivesCodecAndScaling(codec: VideoCodec, bitrate: Int) throws {
        let size = PictureSize(640, 360)
        let pattern = TestPattern(name: "Ada", color: Self.color)
        var maker = try StreamMaker(codec, size, bitrate: bitrate)
        let decoder = try codec.makeDecoder()
        let half = PictureFrame(PictureSize(320, 180))
        let quarter = PictureFrame(PictureSize(160, 90))
        let source = PictureFrame(size)
        var shown = 0
        for index in 0..<90 {
            let time = UInt32(5_000_000 + index * 33)
            pattern.draw(time, on: source)
            guard let frame = try maker.encode(source), let picture = try decoder.decode(frame.bytes, timestamp: 0)
            else { continue }
            shown += 1
            #expect(TestPattern.clock(of: picture) == time, "frame \(index)")
            #expect(TestPattern.color(of: picture).distance(to: Self.color) <= 12, "frame \(index)")
            half.scale(picture, into: half.size.area)
            #expect(TestPattern.clock(of: half) == time, "frame \(index), halved")
            quarter.scale(half, into: quarter.size.area)
            #expect(TestPattern.clock(of: quarter) == time, "frame \(index), quartered")
        }
        #expect(shown >= 45)
    }

    /// The whole way: nine cameras, a canvas, and the canvas through a codec.
    @Test(arguments: VideoCodec.allCases)
    func clocksOfNineTilesAreReadFromAComposedStream(codec: VideoCodec) throws {
        let canvas = PictureSize(1280, 720)
        let composer = Composer(canvas, cache: TileCache())
        let text = TextRenderer()
        let patterns = (0..<9).map { TestPattern(name: "Member \($0)", color: ComposerTests.color($0), text: text) }
        let cameras = patterns.map { _ in PictureFrame(PictureSize(640, 360)) }
        let areas = evenAreas(9, on: canvas)
        var maker = try StreamMaker(codec, canvas, bitrate: 1_500_000)
        let decoder = try codec.makeDecoder()
        for turn in 0..<6 {
            for (index, pattern) in patterns.enumerated() {
                pattern.draw(UInt32(turn * 33 + index * 100_000), on: cameras[index])
            }
            composer.compose(
                areas.indices.map {
                    Tile(
                        source: UInt64($0), area: areas[$0], content: .picture(cameras[$0]), name: patterns[$0].name,
                        isTalking: $0 == 4)
                })
            guard let frame = try maker.encode(composer.canvas),
                let seen = try decoder.decode(frame.bytes, timestamp: 0)
            else { continue }
            for (index, area) in areas.enumerated() {
                let place = area.fitting(PictureSize(640, 360))
                #expect(TestPattern.clock(of: seen, in: place) == UInt32(turn * 33 + index * 100_000))
                #expect(TestPattern.color(of: seen, in: place).distance(to: ComposerTests.color(index)) <= 14)
            }
        }
    }
}
