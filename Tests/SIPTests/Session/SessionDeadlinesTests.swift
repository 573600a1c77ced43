// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct SessionDeadlinesTests {
    private let start = ContinuousClock.now

    @Test func theyComeInOrderAndAChangedOneComesOnce() {
        var deadlines = SessionDeadlines()
        for number in [5, 3, 9, 1] { deadlines.set(start + .seconds(number), for: SessionID(number: UInt64(number))) }
        deadlines.set(start + .seconds(2), for: SessionID(number: 9))
        deadlines.set(nil, for: SessionID(number: 3))
        #expect(deadlines.first == start + .seconds(1))
        var order: [UInt64] = []
        while let id = deadlines.popDue(now: start + .seconds(100)) { order.append(id.number) }
        #expect(order == [1, 9, 5])
        #expect(deadlines.first == nil)
    }

    @Test func nothingComesEarlyAndAClearedFirstIsNotNamed() {
        var deadlines = SessionDeadlines()
        deadlines.set(start + .seconds(1), for: SessionID(number: 1))
        deadlines.set(start + .seconds(2), for: SessionID(number: 2))
        let early = deadlines.popDue(now: start)
        #expect(early == nil)
        deadlines.set(nil, for: SessionID(number: 1))
        #expect(deadlines.first == start + .seconds(2))
    }

    @Test func oftenMovedDeadlinesStayInOrder() {
        var random = SeededRandom(4)
        var deadlines = SessionDeadlines()
        var expected: [UInt64: ContinuousClock.Instant] = [:]
        for _ in 0..<5000 {
            let id = random.next() % 50
            let instant = start + .milliseconds(Int64(random.next() % 100_000))
            deadlines.set(instant, for: SessionID(number: id))
            expected[id] = instant
        }
        var last = start
        var seen = 0
        while let first = deadlines.first, let id = deadlines.popDue(now: first) {
            #expect(expected[id.number] == first && first >= last)
            last = first
            seen += 1
        }
        #expect(seen == expected.count)
    }
}
