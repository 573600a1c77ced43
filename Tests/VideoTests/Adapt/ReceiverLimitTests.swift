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
}
