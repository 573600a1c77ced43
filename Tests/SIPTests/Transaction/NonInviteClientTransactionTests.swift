// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite("non-INVITE client transaction, RFC 3261 Figure 6")
struct NonInviteClientTransactionTests {
    let options = Sample.request(.options)

    private func machine(reliable: Bool = false) -> NonInviteClientTransaction {
        NonInviteClientTransaction(request: options, timers: Sample.timers, reliable: reliable, now: Sample.start)
    }

    private func run(_ machine: inout NonInviteClientTransaction) -> (sent: [Int], ended: Int?) {
        var sent: [Int] = []
        while let deadline = machine.nextDeadline {
            let moment = (deadline - Sample.start).milliseconds
            for action in machine.fire(now: deadline) {
                if case .transmit = action { sent.append(moment) }
                if case .timeout = action { return (sent, moment) }
            }
        }
        return (sent, nil)
    }

    @Test("Trying: intervals double up to T2, then F")
    func timersEAndF() {
        var machine = machine()
        let (sent, ended) = run(&machine)
        #expect(sent == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
        #expect(ended == 32000)
    }

    @Test("Proceeding: every T2, then F")
    func proceeding() {
        var machine = machine()
        let trying = Sample.response(100, to: options)
        #expect(machine.receive(trying, now: Sample.at(100)) == [.deliver(trying)])
        let (sent, ended) = run(&machine)
        #expect(sent == [500, 4500, 8500, 12500, 16500, 20500, 24500, 28500])
        #expect(ended == 32000)
    }

    @Test("over TCP nothing is retransmitted")
    func reliable() {
        var machine = machine(reliable: true)
        let (sent, ended) = run(&machine)
        #expect(sent.isEmpty && ended == 32000)
    }

    @Test(
        "final: up once, Completed for T4 over UDP, over at once over TCP", arguments: [200, 302, 404, 503, 603],
        [true, false])
    func completed(status: Int, afterProvisional: Bool) {
        let final = Sample.response(status, to: options)
        for reliable in [false, true] {
            var machine = machine(reliable: reliable)
            if afterProvisional { _ = machine.receive(Sample.response(100, to: options), now: Sample.at(50)) }
            #expect(machine.receive(final, now: Sample.at(100)) == [.deliver(final)])
            #expect(machine.receive(final, now: Sample.at(200)) == [])
            #expect(machine.isTerminated == reliable)
            guard !reliable else { continue }
            #expect(machine.transportFailed() == [])
            #expect(machine.nextDeadline == Sample.at(5100))
            #expect(machine.fire(now: Sample.at(5100)) == [])
            #expect(machine.isTerminated)
        }
    }

    @Test("transport error ends Trying and Proceeding", arguments: [false, true])
    func transportError(provisional: Bool) {
        var machine = machine()
        if provisional { _ = machine.receive(Sample.response(100, to: options), now: Sample.at(50)) }
        #expect(machine.transportFailed() == [.transportError])
        #expect(machine.isTerminated)
    }
}
