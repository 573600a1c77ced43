// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import Video

@Suite struct RunningNumberTests {
    @Test func fifteenBitsKeepTheirDistance() {
        var number = RunningNumber(incoming: 0x7FFE, bits: 15, leavesAs: 100, bits: 15)
        let left = [0x7FFF, 0, 3, 1, 4].map { number.advance(to: $0, bits: 15) }
        #expect(left == [101, 102, 105, 103, 106])
        #expect(number.outgoing == 106)
        #expect(number.mapped(0x7FFD) == 99)
    }

    @Test func sevenBitsBecomeFifteen() {
        var number = RunningNumber(incoming: 120, bits: 7, leavesAs: 0x7FF0, bits: 15)
        var expected: UInt16 = 0x7FF0
        for step in 1...500 as ClosedRange<UInt16> {
            expected = (expected + 1) & 0x7FFF
            let left = number.advance(to: (120 + step) & 0x7F, bits: 7)
            #expect(left == expected)
        }
        // RFC 7741 §4.2: the sender may extend to 15 bits and go on.
        let last = (120 + 500) & 0x7F as UInt16
        let longer = number.advance(to: last + 1, bits: 15)
        #expect(longer == (expected + 1) & 0x7FFF)
    }

    @Test func shortNumbersWrap() {
        var key = RunningNumber(incoming: 31, bits: 5, leavesAs: 30, bits: 5)
        let left = [0, 1, 2].map { key.advance(to: $0, bits: 5) }
        #expect(left == [31, 0, 1])
        var layer = RunningNumber(incoming: 255, bits: 8, leavesAs: 7, bits: 8)
        let layers = [0, 254].map { layer.advance(to: $0, bits: 8) }
        #expect(layers == [8, 6])
    }
}
