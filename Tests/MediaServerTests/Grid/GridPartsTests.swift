// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import RTP
import SDP
import Synchronization
import Testing
import Video

@testable import MediaServer

@Suite struct DatagramRingTests {
    private func give(_ bytes: [UInt8], to ring: PictureRing) -> Bool {
        ring.give(bytes.span, PictureTag(source: VideoSourceID(rawValue: 1), codec: .vp8, instant: .zero))
    }

    @Test func whatIsGivenIsTakenInOrder() {
        let ring = PictureRing(capacity: 4)
        for round in 0..<10 {
            for number in 0..<3 { #expect(give([UInt8(round), UInt8(number)], to: ring)) }
            #expect(ring.count == 3)
            for number in 0..<3 {
                var taken: [UInt8] = []
                #expect(ring.take { bytes, _ in taken = (0..<bytes.count).map { bytes[$0] } })
                #expect(taken == [UInt8(round), UInt8(number)])
            }
            #expect(!ring.take { _, _ in })
        }
        #expect(ring.dropped == 0)
    }

    @Test func whatFindsItFullOrIsTooLargeIsDroppedAndCounted() {
        let ring = PictureRing(capacity: 2)
        #expect(give([1], to: ring) && give([2], to: ring))
        #expect(!give([3], to: ring))
        #expect(ring.take { _, _ in })
        #expect(!give([UInt8](repeating: 0, count: 1501), to: ring))
        #expect(give([UInt8](repeating: 0, count: 1500), to: ring))
        #expect(ring.dropped == 2)
    }

    @Test func twoThreadsShareItWithoutALoss() async {
        let ring = PictureRing(capacity: 64)
        let total = 20_000
        let giver = Task.detached {
            var number = 0
            while number < total {
                let bytes = [UInt8(truncatingIfNeeded: number), UInt8(truncatingIfNeeded: number >> 8)]
                if give(bytes, to: ring) { number += 1 } else { await Task.yield() }
            }
        }
        var taken = 0
        var isInOrder = true
        while taken < total {
            let found = ring.take { bytes, _ in
                isInOrder = isInOrder && bytes[0] == UInt8(truncatingIfNeeded: taken)
                isInOrder = isInOrder && bytes[1] == UInt8(truncatingIfNeeded: taken >> 8)
            }
            if found { taken += 1 } else { await Task.yield() }
        }
        await giver.value
        #expect(isInOrder)
        #expect(ring.count == 0)
    }
}

@Suite struct GridGovernorTests {
    /// A thread with its clock.
    private struct Thread {
        var governor: GridGovernor
        var time = MediaInstant(nanoseconds: 1_000_000_000)

        /// Ticks for so long.
        mutating func run(seconds: Double, late: Bool, share: Double) {
            let end = time.advanced(byNanoseconds: Int64(seconds * 1e9))
            while time < end {
                let period = 1_000_000_000 / Int64(governor.rate)
                governor.ticked(isLate: late, busy: Int64(Double(period) * share), now: time)
                time = time.advanced(byNanoseconds: period)
            }
        }
    }

    @Test func lateTicksForASecondLowerTheRateStepByStep() {
        var thread = Thread(governor: GridGovernor(wanted: 30))
        thread.run(seconds: 3, late: false, share: 0.2)
        #expect(thread.governor.rate == 30)
        // A hiccup is none.
        thread.run(seconds: 0.4, late: true, share: 1)
        thread.run(seconds: 2, late: false, share: 0.2)
        #expect(thread.governor.rate == 30)
        thread.run(seconds: 2.1, late: true, share: 1)
        #expect(thread.governor.rate == 15)
        thread.run(seconds: 5, late: true, share: 1)
        #expect(thread.governor.rate == 5)
        #expect(thread.governor.cuts == 3)
    }

    @Test func itComesBackWhenThereIsTimeForMore() {
        var thread = Thread(governor: GridGovernor(wanted: 15))
        thread.run(seconds: 4, late: true, share: 1)
        #expect(thread.governor.rate == 5)
        thread.run(seconds: 9, late: false, share: 0.1)
        #expect(thread.governor.rate == 5)
        thread.run(seconds: 30, late: false, share: 0.1)
        #expect(thread.governor.rate == 15)
        // Half of the time at 10 would be three quarters of it at 15.
        thread.run(seconds: 2.1, late: true, share: 1)
        #expect(thread.governor.rate == 10)
        thread.run(seconds: 60, late: false, share: 0.5)
        #expect(thread.governor.rate == 10)
    }

    @Test func aTimeWithoutCanvasesIsNotHeldAgainstIt() {
        var thread = Thread(governor: GridGovernor(wanted: 15))
        thread.run(seconds: 0.8, late: true, share: 1)
        thread.time = thread.time.advanced(byMilliseconds: 60_000)
        thread.governor.restart(now: thread.time)
        thread.run(seconds: 0.5, late: true, share: 1)
        #expect(thread.governor.rate == 15)
    }
}

@Suite struct GridClassTests {
    private func format(
        _ codec: PayloadFormat, _ limits: PictureLimits, bitrate: Int? = nil, nonInterleaved: Bool = true
    ) -> GridClass? {
        GridClass(
            codec: codec, isNonInterleaved: nonInterleaved, limits: limits, bitrate: bitrate,
            largest: GridSize.hd720.size, rate: 15)
    }

    @Test func aReceiverGetsTheLargestCanvasThatItsLevelAllows() {
        func size(_ macroblocks: Int, _ perSecond: Int) -> PictureSize? {
            format(.h264, PictureLimits(macroblocksPerPicture: macroblocks, macroblocksPerSecond: perSecond))?.size
        }
        // Levels 3.1, 3, 2.1, 1.2 and 1 (ITU-T H.264 table A-1).
        #expect(size(3600, 108_000) == PictureSize(1280, 720))
        #expect(size(1620, 40_500) == PictureSize(640, 360))
        #expect(size(792, 19_800) == PictureSize(320, 180))
        #expect(size(396, 6_000) == PictureSize(320, 180))
        #expect(size(99, 1_485) == PictureSize(160, 90))
    }

    @Test func receiversWithNearlyTheSameLimitShareAClass() throws {
        let limits = PictureLimits(macroblocksPerPicture: 3600)
        let first = try #require(format(.vp8, limits, bitrate: 1_100_000))
        let second = try #require(format(.vp8, limits, bitrate: 1_050_000))
        #expect(first == second)
        #expect(first.bitrate <= 1_050_000)
        #expect(try #require(format(.vp8, limits, bitrate: 150_000)).size == PictureSize(320, 180))
        #expect(try #require(format(.vp8, limits, bitrate: 20_000)).size == PictureSize(160, 90))
    }

    @Test func packetizationModesAreClassesOfH264Alone() {
        let limits = PictureLimits()
        #expect(format(.h264, limits) != format(.h264, limits, nonInterleaved: false))
        #expect(format(.vp8, limits) == format(.vp8, limits, nonInterleaved: false))
        #expect(format(.vp9, limits) == nil)
    }
}
