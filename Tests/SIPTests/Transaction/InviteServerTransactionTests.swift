// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite("INVITE server transaction, RFC 6026 Figure 7")
struct InviteServerTransactionTests {
    let invite = Sample.request(.invite)
    var ack: SIPRequest { Sample.request(.ack) }

    private func machine(reliable: Bool = false) -> InviteServerTransaction {
        InviteServerTransaction(request: invite, timers: Sample.timers, reliable: reliable, now: Sample.start)
    }

    @Test("Proceeding: 100 after 200 ms of silence, and again for a retransmission")
    func trying() {
        var machine = machine()
        #expect(machine.receivedRetransmission() == [])
        #expect(machine.nextDeadline == Sample.at(200))
        let trying = SIPResponse(to: invite, status: 100)
        #expect(machine.fire(now: Sample.at(200)) == [.transmit(trying)])
        #expect(trying.to?.tag == nil)
        #expect(machine.nextDeadline == nil)
        #expect(machine.receivedRetransmission() == [.transmit(trying)])
    }

    @Test("Proceeding: a response in time makes the 100 needless; the last one is repeated")
    func provisional() {
        var machine = machine()
        let ringing = Sample.response(180, to: invite)
        let progress = Sample.response(183, to: invite)
        #expect(machine.respond(ringing, now: Sample.at(10)) == [.transmit(ringing)])
        #expect(machine.nextDeadline == nil)
        #expect(machine.respond(progress, now: Sample.at(20)) == [.transmit(progress)])
        #expect(machine.receivedRetransmission() == [.transmit(progress)])
        #expect(machine.receivedACK(ack, now: Sample.at(30)) == [])
        #expect(machine.isProceeding && machine.toTag == "bob")
    }

    @Test("2xx: Accepted; INVITEs absorbed, ACKs and more 2xx passed on, over after 64*T1", arguments: [false, true])
    func accepted(reliable: Bool) {
        var machine = machine(reliable: reliable)
        let ok = Sample.response(200, to: invite)
        #expect(machine.respond(ok, now: Sample.at(10)) == [.transmit(ok)])
        #expect(machine.receivedRetransmission() == [])
        #expect(machine.respond(ok, now: Sample.at(510)) == [.transmit(ok)])
        #expect(machine.respond(Sample.response(486, to: invite), now: Sample.at(520)) == [])
        #expect(machine.receivedACK(ack, now: Sample.at(600)) == [.deliverACK(ack)])
        #expect(machine.receivedACK(ack, now: Sample.at(700)) == [.deliverACK(ack)])
        #expect(machine.nextDeadline == Sample.at(32010))
        #expect(machine.fire(now: Sample.at(32010)) == [])
        #expect(machine.isTerminated)
    }

    @Test("300-699 over UDP: repeated at G until H, then the user hears of it")
    func timersGAndH() {
        var machine = machine()
        let busy = Sample.response(486, to: invite)
        #expect(machine.respond(busy, now: Sample.start) == [.transmit(busy)])
        var sent: [Int] = []
        while let deadline = machine.nextDeadline {
            let actions = machine.fire(now: deadline)
            if actions == [.transmit(busy)] { sent.append((deadline - Sample.start).milliseconds) }
            if actions == [.unacknowledged] { #expect(deadline == Sample.at(32000)) }
        }
        #expect(sent == [500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500])
        #expect(machine.isTerminated)
    }

    @Test("300-699 over TCP: not repeated by itself, but for a retransmitted INVITE; H still counts")
    func completedOverTCP() {
        var machine = machine(reliable: true)
        let busy = Sample.response(486, to: invite)
        _ = machine.respond(busy, now: Sample.start)
        #expect(machine.receivedRetransmission() == [.transmit(busy)])
        #expect(machine.nextDeadline == Sample.at(32000))
        #expect(machine.fire(now: Sample.at(32000)) == [.unacknowledged])
    }

    @Test("ACK: Confirmed for T4 over UDP, over at once over TCP", arguments: [false, true])
    func confirmed(reliable: Bool) {
        var machine = machine(reliable: reliable)
        _ = machine.respond(Sample.response(486, to: invite), now: Sample.start)
        #expect(machine.receivedACK(ack, now: Sample.at(100)) == [])
        #expect(machine.isTerminated == reliable)
        guard !reliable else { return }
        #expect(machine.receivedRetransmission() == [])
        #expect(machine.receivedACK(ack, now: Sample.at(200)) == [])
        #expect(machine.respond(Sample.response(200, to: invite), now: Sample.at(300)) == [])
        #expect(machine.nextDeadline == Sample.at(5100))
        #expect(machine.fire(now: Sample.at(5100)) == [])
        #expect(machine.isTerminated)
    }
}
