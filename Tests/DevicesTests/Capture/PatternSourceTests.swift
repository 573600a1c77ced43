// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Geometry
import Picture
import Testing

@Suite struct PatternSourceTests {
    @Test func theClockRunsAtTheRateWished() async throws {
        let recorder = CaptureRecorder()
        let source = try VideoSourceSpec(parsing: "pattern:Ada@20C040").open()
        try recorder.start(source, PictureSize(321, 181), rate: 50)
        let pictures = try await recorder.pictures(40)
        source.stop()
        let count = recorder.pictures.count
        #expect(recorder.events.isEmpty)
        #expect(source.name == "pattern \"Ada\"")
        for picture in pictures {
            #expect(picture.picture.size == PictureSize(320, 180))
            let clock = try #require(TestPattern.clock(of: picture.picture.frame))
            #expect(clock == UInt32(truncatingIfNeeded: picture.captured / 1_000_000))
            let color = TestPattern.color(of: picture.picture.frame)
            #expect(color.distance(to: PictureColor(red: 0x20, green: 0xC0, blue: 0x40)) <= 1)
        }
        // By absolute time: however late a single one was, the last is where it belongs, give or take whole periods
        // that a busy machine left out.
        let first = try #require(pictures.first)
        for picture in pictures {
            let periods = Double(picture.captured - first.captured) / 20_000_000
            #expect(periods >= 0)
        }
        let elapsed = try #require(pictures.last).captured - first.captured
        #expect(elapsed >= 39 * 20_000_000 - 20_000_000, "\(elapsed) ns for 39 periods of 20 ms")
        #expect(recorder.pictures.count == count, "a picture after stop")
    }

    @Test func aSourceStartsAgainAfterStop() async throws {
        let source = PatternSource(name: "Ada")
        for _ in 0..<2 {
            let recorder = CaptureRecorder()
            try recorder.start(source, PictureSize(320, 180), rate: 30)
            _ = try await recorder.pictures(2)
            source.stop()
            source.stop()
        }
    }

    /// Held pictures stay as they were, though memory is used again.
    @Test func aPictureKeptDoesNotChange() async throws {
        let recorder = CaptureRecorder()
        let source = PatternSource(name: "Ada")
        try recorder.start(source, PictureSize(160, 90), rate: 100)
        let pictures = try await recorder.pictures(30)
        source.stop()
        let clocks = pictures.map { TestPattern.clock(of: $0.picture.frame) }
        #expect(clocks == pictures.map { UInt32(truncatingIfNeeded: $0.captured / 1_000_000) })
    }

    @Test func aNameHasAlwaysTheSameColorAndOthersHaveOthers() {
        #expect(PatternSource(name: "Ada").color == PatternSource(name: "Ada").color)
        let colors = ["Ada", "Ben", "Carla", "Dora", "Emil", "Fay"].map { PatternSource(name: $0).color }
        for (index, color) in colors.enumerated() {
            for other in colors[(index + 1)...] { #expect(color.distance(to: other) > 10) }
            #expect(max(abs(Int(color.cb) - 128), abs(Int(color.cr) - 128)) > 20, "\(color) is grey")
        }
    }
}
