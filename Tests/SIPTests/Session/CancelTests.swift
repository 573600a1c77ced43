// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct CancelTests {
    @Test(arguments: [0.0, 0.3], [UInt64(1), 2, 3, 4])
    func aRingingCallIsCancelledWithAReason(loss: Double, seed: UInt64) {
        let network = SimulatedNetwork(seed: seed)
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, reliable: true, now: peer.now) }
        }
        network.loss = loss
        let call = alice.invite(bob.address)
        network.run { alice.has(call) { if case .progress = $0 { true } else { false } } }
        let reason = SIPReason(cause: 200, text: "Call completed elsewhere")
        alice.core.terminate(call, reason: reason, now: network.now)
        network.run { bob.end(of: bob.incoming) != nil }
        #expect(bob.end(of: bob.incoming) == .cancelled([reason]))
        #expect(alice.end(of: call) == .byLocal)
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
        #expect(!network.responses(487, to: .invite).isEmpty)
    }

    @Test func noCancelGoesOutBeforeAProvisionalResponse() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let call = alice.invite(bob.address)
        alice.drain()
        alice.core.terminate(call, now: network.now)
        network.run(for: .milliseconds(150))
        #expect(network.requests(.cancel).isEmpty)
        // The 100 that the transaction sends after 200 ms allows it.
        network.run { bob.end(of: bob.incoming) == .cancelled([]) }
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aCancelThatCrossesThe200IsFollowedByAckAndBye() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, now: peer.now) }
        }
        let call = alice.invite(bob.address)
        network.run { alice.has(call) { if case .progress = $0 { true } else { false } } }
        bob.core.accept(bob.incoming!, body: sdp("answer"), now: network.now)
        alice.core.terminate(call, now: network.now)
        network.run { bob.end(of: bob.incoming) != nil }
        #expect(bob.end(of: bob.incoming) == .byRemote([]))
        #expect(network.requests(.cancel).count == 1 && network.requests(.ack).count == 1)
        #expect(!alice.isEstablished(call))
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func anInviteThatFindsNoWayEndsAtOnce() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let call = alice.invite(SIPAddress(host: "192.0.2.9", port: 5060)) {
            $0.target.parameters.set("transport", "tcp")
        }
        network.run(for: .seconds(1))
        #expect(alice.end(of: call) == .transportError)
        #expect(alice.core.isQuiet)
    }

    @Test func aSessionGivenUpBeforeItsHostIsResolvedSendsNothing() {
        let network = SimulatedNetwork()
        var core = network.makePeer("192.0.2.1").core
        let call = core.invite(
            SessionInvite(
                target: SIPURI(user: "r", host: "example.org"), from: NameAddress(uri: SIPURI(host: "a")), offer: nil),
            now: network.now)
        guard case .findFlow(let question, let target) = core.nextOutput() else {
            Issue.record("no question")
            return
        }
        #expect(target.description == "udp example.org:5060" && target.records == .transports)
        core.terminate(call, now: network.now)
        core.found(
            question,
            Flow(
                kind: .udp, local: SIPAddress(host: "192.0.2.1", port: 5060),
                remote: SIPAddress(host: "192.0.2.2", port: 5060)), now: network.now)
        guard case .session(call, .ended(.byLocal)) = core.nextOutput() else {
            Issue.record("no end")
            return
        }
        if let rest = core.nextOutput() { Issue.record("more: \(rest)") }
        #expect(core.isQuiet)
    }

    @Test func anInviteThatExpiresIsAnswered487() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let call = alice.invite(bob.address) { $0.headers.set("Expires", "20") }
        network.run(for: .seconds(21))
        #expect(bob.end(of: bob.incoming) == .cancelled([]))
        #expect(alice.end(of: call) != nil)
    }
}
