// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@Suite struct AttemptLimiterTests {
    private let start = ContinuousClock.now

    @Test func afterAFewFailuresEachCostsTwiceAsMuch() {
        var limiter = AttemptLimiter()
        var now = start
        for _ in 1..<AttemptLimiter.free { limiter.failed("192.0.2.1", now: now) }
        #expect(limiter.wait("192.0.2.1", now: now) == nil)
        for wait in [5, 10, 20, 40, 80, 160, 320, 640, 900, 900] {
            limiter.failed("192.0.2.1", now: now)
            #expect(limiter.wait("192.0.2.1", now: now) == .seconds(wait))
            #expect(limiter.wait("192.0.2.2", now: now) == nil)
            now += .seconds(wait)
            #expect(limiter.wait("192.0.2.1", now: now) == nil)
        }
    }

    @Test func successAndTimeForgive() {
        var limiter = AttemptLimiter()
        for _ in 0..<8 { limiter.failed("192.0.2.1", as: "ann", now: start) }
        limiter.succeeded("192.0.2.1", as: "ann")
        #expect(limiter.failed("192.0.2.1", now: start) == 1)
        #expect(limiter.failed("192.0.2.1", now: start + .seconds(3601)) == 1)
    }

    @Test(arguments: [["ann"], ["bob", "ann"], ["ann", "bob"], [nil, "bob"], ["bob", nil]])
    func successForgivesNoFailuresWithOthers(users: [String?]) {
        var limiter = AttemptLimiter()
        for user in users { limiter.failed("192.0.2.1", as: user, now: start) }
        limiter.succeeded("192.0.2.1", as: "bob")
        #expect(limiter.failed("192.0.2.1", as: "ann", now: start) == users.count + 1)
    }

    @Test func aFloodOfSourcesIsForgotten() {
        var limiter = AttemptLimiter()
        for source in 0..<20_000 {
            limiter.failed("10.0.\(source / 256).\(source % 256)", now: start + .milliseconds(source))
        }
        #expect(limiter.failed("10.0.0.0", now: start + .seconds(21)) == 1)
    }
}
