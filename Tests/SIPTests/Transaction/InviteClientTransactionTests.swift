// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite("INVITE client transaction, RFC 6026 Figure 5")
struct InviteClientTransactionTests {
    let invite = Sample.request(.invite)

    private func machine(reliable: Bool = false) -> InviteClientTransaction {
        InviteClientTransaction(request: invite, timers: Sample.timers, reliable: reliable, now: Sample.start)
    }

    /// Fires each deadline at its time; gives the milliseconds of retransmissions and of the end.
    private func run(_ machine: inout InviteClientTransaction) -> (sent: [Int], ended: Int?) {
        var sent: [Int] = []
        while let deadline = machine.nextDeadline {
            let actions = machine.fire(now: deadline)
            let moment = (deadline - Sample.start).milliseconds
            for action in actions {
                if case .transmit = action { sent.append(moment) }
                if case .timeout = action { return (sent, moment) }
            }
            if machine.isTerminated { return (sent, moment) }
        }
        return (sent, nil)
    }

    @Test("Calling: retransmits at doubling intervals over UDP and gives up after 64*T1")
    func timersAAndB() {
        var machine = machine()
        let (sent, ended) = run(&machine)
        #expect(sent == [500, 1500, 3500, 7500, 15500, 31500])
        #expect(ended == 32000)
        #expect(machine.isTerminated)
    }

    @Test("Calling: never retransmits over TCP")
    func timerBOverTCP() {
        var machine = machine(reliable: true)
        let (sent, ended) = run(&machine)
        #expect(sent.isEmpty && ended == 32000)
    }

    @Test("Calling, 1xx: Proceeding, no more retransmissions, no timer", arguments: [100, 180, 183, 199])
    func provisional(status: Int) {
        var machine = machine()
        let response = Sample.response(status, to: invite)
        #expect(machine.receive(response, now: Sample.at(100)) == [.deliver(response)])
        #expect(machine.nextDeadline == nil)
        #expect(machine.receive(response, now: Sample.at(200)) == [.deliver(response)])
    }

    @Test("2xx: Accepted for 64*T1; every 2xx goes up, nothing is acknowledged", arguments: [false, true], [0, 180])
    func accepted(reliable: Bool, provisional: Int) {
        var machine = machine(reliable: reliable)
        if provisional > 0 { _ = machine.receive(Sample.response(provisional, to: invite), now: Sample.at(50)) }
        let first = Sample.response(200, to: invite)
        let forked = Sample.response(200, to: invite, tag: "carol")
        #expect(machine.receive(first, now: Sample.at(100)) == [.deliver(first)])
        #expect(machine.receive(first, now: Sample.at(600)) == [.deliver(first)])
        #expect(machine.receive(forked, now: Sample.at(700)) == [.deliver(forked)])
        #expect(machine.receive(Sample.response(180, to: invite), now: Sample.at(800)) == [])
        #expect(machine.receive(Sample.response(486, to: invite), now: Sample.at(900)) == [])
        #expect(machine.transportFailed() == [])
        #expect(machine.nextDeadline == Sample.at(32100))
        #expect(machine.fire(now: Sample.at(32100)) == [])
        #expect(machine.isTerminated)
    }

    @Test(
        "300-699: ACK, up, Completed for 32 s over UDP; a retransmission is acknowledged, not shown",
        arguments: [300, 404, 500, 699])
    func completed(status: Int) {
        var machine = machine()
        let response = Sample.response(status, to: invite)
        let ack = SIPRequest(acknowledging: response, to: invite)
        #expect(machine.receive(response, now: Sample.at(100)) == [.transmit(ack), .deliver(response)])
        #expect(machine.receive(response, now: Sample.at(600)) == [.transmit(ack)])
        #expect(machine.receive(Sample.response(200, to: invite), now: Sample.at(700)) == [])
        #expect(machine.nextDeadline == Sample.at(32100))
        #expect(machine.fire(now: Sample.at(32100)) == [])
        #expect(machine.isTerminated)
    }

    @Test("300-699 over TCP: ACK, up, and over")
    func completedOverTCP() {
        var machine = machine(reliable: true)
        let response = Sample.response(486, to: invite)
        let ack = SIPRequest(acknowledging: response, to: invite)
        #expect(machine.receive(response, now: Sample.at(100)) == [.transmit(ack), .deliver(response)])
        #expect(machine.isTerminated && machine.nextDeadline == nil)
    }

    @Test("Timer D stays 32 s where T1 is short")
    func timerD() {
        var machine = InviteClientTransaction(
            request: invite, timers: SIPTimers(t1: .milliseconds(10)), reliable: false, now: Sample.start)
        _ = machine.receive(Sample.response(486, to: invite), now: Sample.start)
        #expect(machine.nextDeadline == Sample.at(32000))
    }

    @Test("transport error ends Calling, Proceeding and Completed", arguments: [0, 180, 486])
    func transportError(status: Int) {
        var machine = machine()
        if status > 0 { _ = machine.receive(Sample.response(status, to: invite), now: Sample.at(100)) }
        #expect(machine.transportFailed() == [.transportError])
        #expect(machine.isTerminated)
        #expect(machine.transportFailed() == [])
    }

    @Test("a CANCEL sets a limit of 64*T1 on Proceeding")
    func cancelled() {
        var machine = machine()
        _ = machine.receive(Sample.response(180, to: invite), now: Sample.at(100))
        machine.cancelSent(now: Sample.at(1000))
        _ = machine.receive(Sample.response(183, to: invite), now: Sample.at(1100))
        #expect(machine.nextDeadline == Sample.at(33000))
        #expect(machine.fire(now: Sample.at(33000)) == [.timeout])
    }

    @Test("the ACK follows §17.1.1.3")
    func acknowledgement() {
        var routed = invite
        routed.headers.add("Route", "<sip:p1.example;lr>, <sip:p2.example;lr>")
        routed.headers.add("Via", "SIP/2.0/UDP elsewhere;branch=z9hG4bKother")
        routed.headers.set("Contact", "<sip:alice@192.0.2.2>")
        let ack = SIPRequest(acknowledging: Sample.response(486, to: routed), to: routed)
        #expect(ack.method == .ack && ack.uri == routed.uri)
        #expect(ack.vias.count == 1 && ack.topVia == routed.topVia)
        #expect(ack.to?.tag == "bob" && ack.from == routed.from && ack.callID == "call")
        #expect(ack.cSeq == CSeq(number: 1, method: .ack))
        #expect(ack.routes == routed.routes)
        #expect(!ack.headers.contains("Contact") && ack.body.isEmpty)
    }
}
