// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import MediaServer

@Suite struct LoadGovernorTests {
    private func run(_ governor: inout LoadGovernor, _ share: Double, ticks: Int) {
        for _ in 0..<ticks { governor.worked(share) }
    }

    @Test func aThreadWithTimeEncodesAsAsked() {
        var governor = LoadGovernor()
        run(&governor, 0.7, ticks: 10_000)
        #expect(governor.limit == 10)
    }

    @Test func aHiccupChangesNothing() {
        var governor = LoadGovernor()
        run(&governor, 0.4, ticks: 100)
        run(&governor, 2, ticks: 8)
        run(&governor, 0.4, ticks: 100)
        #expect(governor.limit == 10)
    }

    @Test func aThreadShortOfTimeGivesUpDiligenceInSteps() {
        var governor = LoadGovernor()
        run(&governor, 1, ticks: 40)
        #expect(governor.limit == 2)
        run(&governor, 1, ticks: 40)
        #expect(governor.limit == 0)
        run(&governor, 5, ticks: 1000)
        #expect(governor.limit == 0)
    }

    @Test func diligenceComesBackAfterAWhile() {
        var governor = LoadGovernor()
        run(&governor, 1, ticks: 100)
        run(&governor, 0.5, ticks: 1000)
        #expect(governor.limit == 0, "halfway busy is no reason yet")
        run(&governor, 0.4, ticks: 300)
        #expect(governor.limit == 2)
        run(&governor, 0.4, ticks: 1000)
        #expect(governor.limit == 2)
        run(&governor, 0.2, ticks: 300)
        #expect(governor.limit == 10)
    }
}
