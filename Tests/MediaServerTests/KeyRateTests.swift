// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import Testing

@testable import MediaServer

/// Which keys of a leg are believed, in simulated time.
@Suite struct KeyRateTests {
    /// Keys believed of those that come every `interval` ms for `seconds`.
    private func believed(every interval: Double, seconds: Int) -> (keys: Int, of: Int) {
        var rate = KeyRate()
        var keys = 0
        let count = Int(Double(seconds) * 1000 / interval)
        for number in 0..<count {
            let now = MediaInstant.zero.advanced(byNanoseconds: Int64(Double(number) * interval * 1e6))
            if rate.isOpen(now: now), rate.take() { keys += 1 }
        }
        return (keys, count)
    }

    @Test func twentyKeysASecondAreAllBelievedForAnHour() {
        let (keys, of) = believed(every: 50, seconds: 3600)
        #expect(keys == of)
    }

    @Test func aFloodIsCutToThirtyASecond() {
        #expect((325...331).contains(believed(every: 0.2, seconds: 10).keys))
    }

    @Test func aNumberDialledAtOncePassesAfterAPause() {
        var rate = KeyRate()
        for second in 0..<5 {
            let now = MediaInstant.zero.advanced(byMilliseconds: second * 1000)
            var keys = 0
            while keys < 100, rate.isOpen(now: now), rate.take() { keys += 1 }
            #expect(keys == 30)
        }
    }
}
