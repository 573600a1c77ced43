// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import RTP
import Testing

@testable import Video

@Suite struct LossAdaptationTests {
    private let camera = PictureSize(1280, 720)

    private func adaptation(_ quality: VideoQuality = .auto) -> LossAdaptation {
        LossAdaptation(quality: quality, source: camera, now: at(0))
    }

    /// One report a second, with that share lost, from `start` on.
    private func report(_ loss: Double, seconds: Range<Int>, to adaptation: inout LossAdaptation) {
        for second in seconds {
            _ = adaptation.reported(fractionLost: UInt8(loss * 256), now: at(second * 1000))
        }
    }

    @Test func eachQualityBeginsInItsRange() {
        for quality in VideoQuality.allCases {
            let target = adaptation(quality).target
            #expect(quality.bitrates.contains(target.bitrate))
            #expect(target.size.width <= quality.largest(of: .motion).width && target.rate <= quality.rate(of: .motion))
        }
        #expect(adaptation(.high).target.size == camera)
        #expect(
            adaptation(.low).target
                == VideoTarget(bitrate: 200_000, size: PictureSize(480, 270), rate: 15))
    }

    @Test func lossTakesDownAndCalmBringsBack() {
        var adaptation = adaptation()
        report(0.3, seconds: 1..<30, to: &adaptation)
        let low = adaptation.target
        #expect(low.bitrate == 60_000 && low.size.height <= 180 && low.rate == 7)
        report(0.05, seconds: 30..<40, to: &adaptation)
        #expect(adaptation.target == low)
        var last = low
        for second in 40..<120 {
            _ = adaptation.reported(fractionLost: 0, now: at(second * 1000))
            // Up a step at a time.
            #expect(adaptation.target.bitrate >= last.bitrate && adaptation.target.size.pixels >= last.size.pixels)
            last = adaptation.target
        }
        #expect(last == VideoTarget(bitrate: 2_500_000, size: camera, rate: 30))
    }

    @Test func sizeDoesNotFlapAroundAStep() {
        var adaptation = adaptation(.high)
        var changes = 0
        var size = adaptation.target.size
        for second in 1..<300 {
            // Around the lowest bitrate of the largest size, to and fro.
            let limit = second % 2 == 0 ? 1_150_000 : 1_250_000
            _ = adaptation.estimated(maximum: limit, now: at(second * 1000))
            _ = adaptation.reported(fractionLost: 0, now: at(second * 1000))
            if adaptation.target.size != size { changes += 1 }
            size = adaptation.target.size
        }
        #expect(changes == 1)
    }

    @Test func manyReportsInASecondCutTwice() {
        var adaptation = adaptation(.high)
        for step in 0..<50 { _ = adaptation.reported(fractionLost: 128, now: at(step * 20)) }
        #expect(adaptation.target.bitrate == 1_500_000 * 9 / 16)
    }

    @Test func limitsAreObeyedAtOnce() {
        var adaptation = adaptation(.high)
        let estimated = adaptation.estimated(maximum: 300_000, now: at(1))
        #expect(estimated == VideoTarget(bitrate: 300_000, size: PictureSize(640, 360), rate: 15))
        let requested = adaptation.requested(maximum: 200_000, overhead: 40, now: at(2))
        #expect(requested?.bitrate == 193_548)
        let boundless = adaptation.requested(maximum: .max, overhead: 0, now: at(2))
        #expect(boundless?.bitrate == nil && adaptation.target.bitrate == 193_548)
        _ = adaptation.estimated(maximum: .max, now: at(2))
        // Below what the quality asks for at the least.
        let tiny = adaptation.requested(maximum: 20_000, overhead: 0, now: at(3))
        #expect(tiny?.bitrate == 20_000)
        _ = adaptation.requested(maximum: nil, overhead: 0, now: at(4))
        _ = adaptation.estimated(maximum: nil, now: at(5))
        // A limit that is gone does not let the rate jump.
        #expect(adaptation.target.bitrate <= 100_000)
        report(0, seconds: 1..<120, to: &adaptation)
        #expect(adaptation.target.bitrate == 2_500_000 && adaptation.target.size == camera)
    }

    /// A REMB or TMMBR of 0, which costs a peer nothing to send: an encoder that is to make no bits at all cannot be
    /// opened.
    @Test func aLimitOfNothingLeavesWhatAnEncoderTakes() {
        var adaptation = adaptation()
        let estimated = adaptation.estimated(maximum: -5, now: at(1))
        #expect(estimated?.bitrate == 10_000)
        _ = adaptation.requested(maximum: 0, overhead: 40, now: at(2))
        #expect(adaptation.target.bitrate == 10_000)
        _ = adaptation.estimated(maximum: nil, now: at(3))
        _ = adaptation.requested(maximum: nil, overhead: 0, now: at(4))
        report(0, seconds: 1..<120, to: &adaptation)
        #expect(adaptation.target.bitrate == 2_500_000)
    }

    @Test func aBusyEncoderGetsLessAndLaterMore() {
        var adaptation = adaptation(.high)
        var now = 0
        func encode(_ seconds: Int, _ adaptation: inout LossAdaptation, _ costPerPixel: Double) {
            let end = now + seconds * 1000
            while now < end {
                let cost = Double(adaptation.target.size.pixels) * costPerPixel
                _ = adaptation.encoded(nanoseconds: Int64(cost), now: at(now))
                _ = adaptation.reported(fractionLost: 0, now: at(now))
                now += 1000 / adaptation.target.rate
            }
        }
        // 720p takes 32 of 33 ms.
        encode(5, &adaptation, 35)
        #expect(adaptation.target.size == PictureSize(960, 540))
        encode(60, &adaptation, 35)
        // 18 of 33 ms: neither too much nor so little that more would do.
        #expect(adaptation.target.size == PictureSize(960, 540))
        encode(30, &adaptation, 5)
        #expect(adaptation.target.size == camera)
        // A burst that is over soon changes nothing.
        _ = adaptation.encoded(nanoseconds: 30_000_000, now: at(now))
        #expect(adaptation.target.size == camera)
    }

    /// A camera that gives 15 pictures a second where 30 are wanted has twice the time for each.
    @Test func theTimeBetweenTwoPicturesIsTheirsInFact() {
        var adaptation = adaptation(.high)
        for picture in 0..<150 { _ = adaptation.encoded(nanoseconds: 40_000_000, now: at(picture * 67)) }
        #expect(adaptation.target.size == camera)
        #expect(adaptation.encoderLoad.map { abs($0 - 0.6) < 0.02 } == true)
        for picture in 0..<150 { _ = adaptation.encoded(nanoseconds: 40_000_000, now: at(10_050 + picture * 40)) }
        #expect(adaptation.target.size.pixels < camera.pixels)
    }

    @Test func aScreenGivesUpPicturesBeforeSize() {
        let screen = PictureSize(1920, 1080)
        var adaptation = LossAdaptation(quality: .high, kind: .detail, source: screen, now: at(0))
        #expect(adaptation.target == VideoTarget(bitrate: 1_500_000, size: screen, rate: 15))
        var seen: [VideoTarget] = []
        for second in 1..<40 {
            _ = adaptation.reported(fractionLost: 64, now: at(second * 1000))
            let target = adaptation.target
            if seen.last.map({ $0.size != target.size || $0.rate != target.rate }) ?? true { seen.append(target) }
        }
        #expect(seen.map(\.rate) == [15, 8, 4, 4, 4])
        #expect(seen.map(\.size.height) == [1080, 1080, 1080, 720, 540])
        report(0, seconds: 40..<120, to: &adaptation)
        #expect(adaptation.target.size == screen && adaptation.target.rate == 15)
    }

    @Test func aBusyEncoderMakesFewerPicturesOfAScreen() {
        var adaptation = LossAdaptation(
            quality: .high, kind: .detail, source: PictureSize(1920, 1080), now: at(0))
        for picture in 0..<50 { _ = adaptation.encoded(nanoseconds: 64_000_000, now: at(picture * 66)) }
        #expect(adaptation.target.size == PictureSize(1920, 1080) && adaptation.target.rate == 8)
    }

    @Test func fromACameraToAScreenAndBack() {
        var adaptation = adaptation(.auto)
        #expect(adaptation.target.size == PictureSize(640, 360))
        let screen = adaptation.change(kind: .detail, now: at(1))
        #expect(screen == VideoTarget(bitrate: 600_000, size: PictureSize(1920, 1080), rate: 8))
        _ = adaptation.change(source: PictureSize(1600, 1200), now: at(2))
        #expect(adaptation.target.size == PictureSize(1440, 1080))
        let camera = adaptation.change(kind: .motion, now: at(3))
        #expect(camera == VideoTarget(bitrate: 600_000, size: PictureSize(640, 360), rate: 30))
    }

    @Test func aCameraThatIsTurnedUprightIsAsTallAsItWasWide() {
        var adaptation = adaptation(.low)
        let same = adaptation.change(source: camera, now: at(2))
        #expect(same == nil)
        let upright = adaptation.change(source: PictureSize(720, 1280), now: at(3))
        #expect(upright?.size == PictureSize(270, 480))
    }
}
