// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import RTP

@Suite struct DelayEstimateTests {
    @Test(arguments: [UInt64](1...8))
    func thePercentileIsThatOfTheLastPackets(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var histogram = DelayHistogram()
        var recent: [Int64] = []
        for round in 0..<2000 {
            let offset = Int64(round / 400) * 90_000_000 * (round % 800 < 400 ? 1 : -1)
            let delay = offset + Int64(generator.unit() * 60e6)
            histogram.insert(delay)
            recent.append(delay)
            if recent.count > 256 { recent.removeFirst() }
            guard round % 97 == 0, (recent.max() ?? 0) - (recent.min() ?? 0) < 400_000_000 else { continue }
            let sorted = recent.sorted()
            let expected = sorted[sorted.count - 1 - sorted.count / 50]
            let percentile = histogram.percentile ?? .max
            #expect(percentile > expected - 1)
            #expect(percentile - expected <= 1_000_000)
            let minimum = histogram.minimum ?? .max
            #expect(abs(minimum - sorted[0]) <= 1_000_000)
        }
    }

    @Test(arguments: [0.0, 15, -15, 40, -40, 200, -200, 500, -500], [0.0, 30])
    func driftIsSeenThroughJitter(drift: Double, jitter: Double) {
        var generator = SeededGenerator(seed: 7)
        var estimator = DriftEstimator()
        for packet in 0..<4500 {
            let sent = Double(packet) * 0.02
            let delay = sent * -drift * 1e-6 + generator.unit() * jitter * 1e-3
            estimator.insert(delay: Int64(delay * 1e9), now: Int64((sent + delay) * 1e9))
        }
        #expect(abs(estimator.estimate - drift) < (jitter == 0 ? 1 : 25))
        if jitter == 0 { #expect((estimator.partsPerMillion != 0) == (abs(drift) > 20)) }
        if abs(drift) >= 200 { #expect(estimator.partsPerMillion != 0) }
    }

    @Test func aPathChangeIsNotDrift() {
        var estimator = DriftEstimator()
        for packet in 0..<6000 {
            let sent = Int64(packet) * 20_000_000
            estimator.insert(delay: packet < 3000 ? 0 : 60_000_000, now: sent)
        }
        #expect(abs(estimator.estimate) < 5)
        #expect(estimator.partsPerMillion == 0)
    }

    @Test func ticksAndNanosecondsAreExactForHours() {
        for rate in [8000, 16000, 44100, 48000] {
            let scale = RTPTickScale(clockRate: rate)
            let day = Int64(rate) * 86_400
            #expect(scale.nanoseconds(ticks: day) == 86_400_000_000_000)
            #expect(scale.ticks(nanoseconds: 86_400_000_000_000) == day)
        }
    }
}
