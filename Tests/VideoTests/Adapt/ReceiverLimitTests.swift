// SPDX-License-Identifier: GPL-3.0-or-later
import RTP
import Testing
import Video

@Suite("What a receiver takes")
struct ReceiverLimitTests {
    private static let start = MediaInstant(nanoseconds: 1_000_000_000)

    @Test("the lower of its two limits counts; TMMBR counts packet heads, of which the codec has nothing")
    func lower() {
        var limit = ReceiverLimit()
        #expect(limit.bitrate == nil)
        limit.estimated(500_000)
        #expect(limit.bitrate == 500_000)
        limit.requested(400_000, overhead: 0)
        #expect(limit.bitrate == 400_000)
        limit.requested(600_000, overhead: 0)
        #expect(limit.bitrate == 500_000)
        limit.requested(500_000, overhead: 511)
        #expect(limit.bitrate.map { (300_000..<400_000).contains($0) } == true)
        limit.estimated(-1)
        #expect(limit.bitrate == 0)
    }

    @Test("less is settled at once, more in ten seconds: an estimate that goes up and down is not followed up")
    func settles() {
        var limit = ReceiverLimit()
        var now = Self.start
        func settled(_ estimate: Int, after milliseconds: Int) -> Int? {
            now = now.advanced(byMilliseconds: milliseconds)
            limit.estimated(estimate)
            limit.settle(now: now)
            return limit.settled
        }
        limit.settle(now: now)
        #expect(limit.settled == nil)
        #expect(settled(900_000, after: 0) == 900_000)
        #expect(settled(300_000, after: 100) == 300_000)
        #expect(settled(900_000, after: 9_000) == 300_000)
        #expect(settled(200_000, after: 500) == 200_000)
        #expect(settled(900_000, after: 9_999) == 200_000)
        #expect(settled(900_000, after: 1) == 900_000)
    }

    @Test("who says nothing is limited by heavy loss, given more while its way is clean, and free in the end")
    func loses() {
        var limit = ReceiverLimit()
        limit.reported(lost: 0.08, of: 1_000_000)
        #expect(limit.bitrate == nil)
        limit.reported(lost: 0.5, of: 1_000_000)
        #expect(limit.bitrate == 750_000 && limit.said == nil)
        // The camera follows, or does not: what it sends counts.
        limit.reported(lost: 0.5, of: 750_000)
        #expect(limit.bitrate == 562_500)
        limit.reported(lost: 0.05, of: 560_000)
        #expect(limit.bitrate == 562_500)
        limit.reported(lost: 0, of: 0)
        #expect(limit.bitrate == 562_500)
        var reports = 0
        while let now = limit.bitrate, reports < 100 {
            limit.reported(lost: 0.01, of: min(now, 900_000))
            reports += 1
        }
        #expect((10...20).contains(reports), "\(reports)")
    }

    @Test("a limit that is said stands above what is lost, and loss never starves anybody")
    func saidCounts() {
        var limit = ReceiverLimit()
        for _ in 0..<50 { limit.reported(lost: 1, of: limit.bitrate ?? 1_000_000) }
        #expect(limit.bitrate == ReceiverLimit.smallest)
        limit.estimated(800_000)
        limit.reported(lost: 0.5, of: 800_000)
        #expect(limit.bitrate == 800_000)
    }
}
