// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import Testing

@testable import MediaServer

@Suite struct SoundFlowTests {
    private func at(_ milliseconds: Int) -> MediaInstant { MediaInstant.zero.advanced(byMilliseconds: milliseconds) }

    /// Packets of 20 ms, and the few of a silence in Opus.
    @Test(arguments: [20, 400]) func whatComesInARowFlows(pause: Int) {
        var flow = SoundFlow()
        #expect(flow.end == nil)
        for time in stride(from: 0, through: 2000, by: pause) {
            flow.came(now: at(time))
            #expect(flow.end == (time < 500 ? nil : at(time)))
        }
        #expect(flow.end == at(2000))
    }

    /// Of a phone that is silent while nobody talks, and now and then keeps a path open.
    @Test func whatComesByItselfDoesNot() {
        var flow = SoundFlow()
        for time in stride(from: 0, through: 60_000, by: 15_000) {
            flow.came(now: at(time))
            #expect(flow.end == nil)
        }
        for time in stride(from: 60_020, through: 60_600, by: 20) { flow.came(now: at(time)) }
        #expect(flow.end == at(60_600))
        flow.came(now: at(70_000))
        #expect(flow.end == nil)
    }
}
