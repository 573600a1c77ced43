// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct ReceptionStatisticsTests {
    private var statistics = ReceptionStatistics()
    private var clock = 0

    private mutating func take(_ sequence: Int, timestamp: Int? = nil, at milliseconds: Int? = nil) -> RTPContinuity {
        defer { clock += 20 }
        return statistics.receive(
            sequenceNumber: UInt16(truncatingIfNeeded: sequence),
            timestamp: UInt32(truncatingIfNeeded: timestamp ?? 160 * sequence), clockRate: 8000, isTimed: true,
            now: .zero.advanced(byMilliseconds: milliseconds ?? clock))
    }

    @Test mutating func countsLossBetweenReports() {
        for sequence in 1...100 where sequence % 10 != 0 { _ = take(sequence) }
        _ = take(101)
        #expect(statistics.cumulativeLost == 10)
        #expect(statistics.takeFractionLost() == UInt8((10 << 8) / 101))
        for sequence in 102...200 { _ = take(sequence) }
        #expect(statistics.takeFractionLost() == 0)
        #expect(statistics.cumulativeLost == 10)
    }

    @Test mutating func wrapsWithReorderingLoseNothing() {
        for sequence in [65533, 65534, 65536, 65535, 65538, 65537, 65539] { _ = take(sequence) }
        #expect(statistics.cumulativeLost == 0)
        #expect(statistics.late == 2)
        #expect(statistics.extendedHighestSequence == 65539)
    }

    @Test mutating func saysHowEachPacketFollows() {
        #expect(take(10) == .first)
        #expect(take(11) == .next)
        #expect(take(14) == .gap(lost: 2))
        #expect(take(12) == .late)
        #expect(take(12) == .duplicate)
        #expect(take(14) == .duplicate)
        #expect(statistics.totalLost == 0)
        #expect(statistics.cumulativeLost == -1)
        #expect(statistics.duplicates == 2)
    }

    @Test mutating func strayIsNoRestart() {
        for sequence in 100...110 { _ = take(sequence) }
        #expect(take(40_000) == .jump)
        #expect(take(111) == .next)
        #expect(take(40_001) == .jump)
        #expect(statistics.cumulativeLost == 0)
    }

    @Test(arguments: [5, 30_000, 65_000]) mutating func twoInARowAreARestart(_ sequence: Int) {
        for sequence in [10_000, 10_001, 10_003] { _ = take(sequence) }
        #expect(take(sequence) == .jump)
        #expect(take(sequence + 1) == .restart)
        #expect(take(sequence + 2) == .next)
        #expect(statistics.cumulativeLost == 0)
        #expect(statistics.totalLost == 1)
    }

    /// RFC 3550 §A.8, worked by hand: transit times that alternate by 10 ms.
    @Test mutating func measuresJitter() {
        for index in 0..<400 { _ = take(index, at: 1000 + 20 * index + (index % 2) * 10) }
        // Every difference is 80 ticks, so the mean tends to it.
        #expect(abs(Int(statistics.jitter) - 80) <= 1)
        #expect(abs(statistics.jitterMilliseconds - 10) < 0.2)
    }

    @Test mutating func steadyStreamHasNoJitterWhateverItJumps() {
        for index in 0..<100 { _ = take(index) }
        for index in 100..<200 { _ = take(index, timestamp: 900_000_000 + 160 * index) }
        #expect(statistics.jitter == 0)
    }
}
