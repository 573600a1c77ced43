// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Testing

@Suite struct AccountGuardTests {
    private let start = ContinuousClock.now

    @Test func guessesFromManyAddressesCloseAnAccountToStrangersAlone() {
        var accounts = AccountGuard()
        accounts.succeeded("ann", from: "192.0.2.1")
        for number in 0..<AccountGuard.free {
            #expect(accounts.wait("ann", from: "203.0.113.9", now: start) == nil)
            accounts.failed("ann", from: "203.0.113.\(number)", now: start)
        }
        #expect(accounts.wait("ann", from: "203.0.113.9", now: start) == AttemptLimiter.firstWait)
        #expect(accounts.wait("ann", from: "192.0.2.1", now: start) == nil)
        #expect(accounts.wait("bob", from: "203.0.113.9", now: start) == nil)
        // A login from home forgives nobody else.
        accounts.succeeded("ann", from: "192.0.2.1")
        accounts.failed("ann", from: "203.0.113.1", now: start + .seconds(6))
        #expect(accounts.wait("ann", from: "203.0.113.9", now: start + .seconds(6)) == AttemptLimiter.firstWait * 2)
        accounts.forget("ann")
        #expect(accounts.wait("ann", from: "192.0.2.1", now: start + .seconds(6)) != nil)
    }

    @Test func onesOwnMistypingIsNoAttack() {
        var accounts = AccountGuard()
        accounts.succeeded("ann", from: "2001:db8:1:2")
        for _ in 0..<2 * AccountGuard.free { accounts.failed("ann", from: "2001:db8:1:2", now: start) }
        #expect(accounts.wait("ann", from: "203.0.113.9", now: start) == nil)
    }

    @Test func theLatestAddressesAreKnown() {
        var accounts = AccountGuard()
        for number in 0...AccountGuard.remembered { accounts.succeeded("ann", from: "192.0.2.\(number)") }
        for number in 0..<AccountGuard.free { accounts.failed("ann", from: "203.0.113.\(number)", now: start) }
        #expect(accounts.wait("ann", from: "192.0.2.0", now: start) != nil)
        #expect(accounts.wait("ann", from: "192.0.2.1", now: start) == nil)
    }
}
