// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Audio

@Suite struct TalkerSelectionTests {
    /// Runs a selector over levels: one row a tick, one column a member, nil where nothing came.
    private func run(_ rows: [[UInt8?]], maximum: Int = 3) -> [Set<Int>] {
        var selector = TalkerSelector(maximum: maximum, capacity: 8)
        for slot in rows[0].indices { selector.add(slot) }
        return rows.map { row in
            for (slot, level) in row.enumerated() { if let level { selector.offer(slot, level: level) } }
            selector.select()
            return Set(selector.talkers)
        }
    }

    @Test func speechIsLetInWithItsFirstFrame() {
        let heard = run([[90], [90], [35], [35]])
        #expect(heard == [[], [], [0], [0]])
    }

    @Test func aPauseBetweenWordsDoesNotEndATalker() {
        let rows: [[UInt8?]] = Array(repeating: [30], count: 10) + Array(repeating: [85], count: 15)
        #expect(run(rows).allSatisfy { $0 == [0] })
    }

    @Test func aTalkerWhoStopsIsOutAfterTheHangover() {
        let rows: [[UInt8?]] = Array(repeating: [30], count: 10) + Array(repeating: [85], count: 30)
        #expect(run(rows).firstIndex(of: []) == 29)
    }

    @Test func silenceOfTheNetworkEndsATalkerToo() {
        let rows: [[UInt8?]] = Array(repeating: [30], count: 10) + Array(repeating: [nil], count: 30)
        #expect(run(rows).last == [])
    }

    @Test func steadyNoiseIsNotSpeech() {
        let rows: [[UInt8?]] = Array(repeating: [52], count: 3000)
        let heard = run(rows)
        #expect(heard[2999].isEmpty)
    }

    @Test func aSteadyToneStaysForTenMinutes() {
        let rows: [[UInt8?]] = Array(repeating: [40], count: 30000)
        #expect(run(rows).allSatisfy { $0 == [0] })
    }

    @Test func theLoudestFewAreHeard() {
        let heard = run(Array(repeating: [40, 20, 30, 25, 35], count: 5))
        #expect(heard.allSatisfy { $0 == [1, 2, 3] })
    }

    @Test func equalVoicesDoNotFlutter() {
        var state: UInt64 = 7
        let rows: [[UInt8?]] = (0..<500).map { _ in
            (0..<5).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1
                return UInt8(28 + (state >> 40) % 5)
            }
        }
        let heard = run(rows)
        let changes = zip(heard, heard.dropFirst()).count { $0 != $1 }
        #expect(changes == 0)
    }

    @Test func aClearlyLouderVoiceTakesAPlace() {
        let rows: [[UInt8?]] =
            Array(repeating: [30, 30, 33, nil], count: 20) + Array(repeating: [30, 30, 33, 22], count: 2)
        #expect(run(rows).last == [0, 1, 3])
    }

    @Test func whoPausesYieldsToWhoSpeaks() {
        let rows: [[UInt8?]] =
            Array(repeating: [30, 30, 25, nil], count: 20) + Array(repeating: [30, 30, 90, 40], count: 12)
        #expect(run(rows).last == [0, 1, 3])
    }

    @Test func aMutedMemberIsOutAtOnce() {
        var selector = TalkerSelector(maximum: 3, capacity: 8)
        selector.add(0)
        selector.offer(0, level: 20)
        selector.select()
        #expect(selector.talkers == [0])
        selector.silence(0)
        selector.select()
        #expect(selector.talkers.isEmpty)
    }
}
