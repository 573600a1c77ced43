// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite("non-INVITE server transaction, RFC 3261 Figure 8 and RFC 4320")
struct NonInviteServerTransactionTests {
    let bye = Sample.request(.bye, toTag: "bob")

    private func machine(reliable: Bool = false) -> NonInviteServerTransaction {
        NonInviteServerTransaction(request: bye, timers: Sample.timers, reliable: reliable, now: Sample.start)
    }

    @Test("Trying absorbs retransmissions; the final response is repeated for them until J")
    func completed() {
        var machine = machine()
        let ok = Sample.response(200, to: bye)
        #expect(machine.receivedRetransmission() == [])
        #expect(machine.respond(ok, now: Sample.at(100)) == [.transmit(ok)])
        #expect(machine.receivedRetransmission() == [.transmit(ok)])
        #expect(machine.respond(Sample.response(500, to: bye), now: Sample.at(200)) == [])
        #expect(machine.nextDeadline == Sample.at(32100))
        #expect(machine.fire(now: Sample.at(32100)) == [])
        #expect(machine.isTerminated)
    }

    @Test("over TCP it is over with the final response")
    func reliable() {
        var machine = machine(reliable: true)
        let ok = Sample.response(200, to: bye)
        #expect(machine.respond(ok, now: Sample.at(100)) == [.transmit(ok)])
        #expect(machine.isTerminated)
    }

    @Test("RFC 4320: 100 by itself when the client's Timer E reaches T2, not earlier over UDP, any time over TCP")
    func trying() {
        var machine = machine()
        let trying = SIPResponse(to: bye, status: 100)
        #expect(machine.respond(trying, now: Sample.at(1000)) == [])
        #expect(machine.nextDeadline == Sample.at(3500))
        #expect(machine.fire(now: Sample.at(3500)) == [.transmit(trying)])
        #expect(machine.receivedRetransmission() == [.transmit(trying)])
        var reliable = self.machine(reliable: true)
        #expect(reliable.respond(trying, now: Sample.at(10)) == [.transmit(trying)])
    }

    @Test("RFC 4320: no provisional response but 100", arguments: [180, 181, 183, 199])
    func provisional(status: Int) {
        var machine = machine(reliable: true)
        #expect(machine.respond(Sample.response(status, to: bye), now: Sample.at(10)) == [])
        _ = machine.respond(SIPResponse(to: bye, status: 100), now: Sample.at(20))
        #expect(machine.respond(Sample.response(status, to: bye), now: Sample.at(30)) == [])
    }

    @Test("RFC 4320: no 408, and silence once the client has given up")
    func late() {
        var refusing = machine()
        #expect(refusing.respond(Sample.response(408, to: bye), now: Sample.at(10)) == [])
        #expect(refusing.isTerminated)
        var late = machine()
        _ = late.fire(now: Sample.at(3500))
        #expect(late.nextDeadline == Sample.at(32000))
        #expect(late.fire(now: Sample.at(32000)) == [])
        #expect(late.respond(Sample.response(200, to: bye), now: Sample.at(32001)) == [])
    }
}
