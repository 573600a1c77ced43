// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import RTP

@Suite struct DatagramRunTests {
    /// How many of the datagrams of those lengths leave together, run by run.
    private func runs(_ lengths: [Int]) -> [Int] {
        var counts: [Int] = []
        var run = DatagramRun()
        for length in lengths where !run.take(length) {
            counts.append(run.count)
            run = DatagramRun()
            _ = run.take(length)
        }
        return counts + (run.count > 0 ? [run.count] : [])
    }

    @Test func datagramsOfOneLengthAreOneRun() {
        #expect(runs([]) == [])
        #expect(runs([700]) == [1])
        #expect(runs([1200, 1200, 1200]) == [3])
    }

    @Test func aShorterOneIsTheLast() {
        #expect(runs([1200, 1200, 300]) == [3])
        #expect(runs([1200, 1200, 300, 300]) == [3, 1])
        #expect(runs([1200, 1200, 300, 1200, 1200, 100]) == [3, 3])
    }

    @Test func aLongerOneBeginsAnother() {
        #expect(runs([300, 1200, 1200]) == [1, 2])
        // Lengths that differ by one, as some senders cut their pictures.
        #expect(runs([1033, 1033, 1034, 1034, 1034]) == [2, 3])
    }

    @Test func theSystemsLimitsHold() {
        #expect(runs(Array(repeating: 10, count: 130)) == [64, 64, 2])
        #expect(runs(Array(repeating: 1500, count: 50)) == [43, 7])
        #expect(runs([0, 0, 5, 0]) == [1, 1, 1, 1])
    }

    @Test func aClosedRunTakesNoMore() {
        var run = DatagramRun()
        let first = run.take(100)
        run.close()
        #expect(first && !run.take(100) && run.count == 1)
    }
}
