// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct LateOfferTests {
    @Test func theOfferComesInThe200AndTheAnswerInTheAck() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        alice.acceptEverything()
        let call = alice.invite(bob.address, offer: nil)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        #expect(network.responses(200, to: .invite)[0].body == sdp("late offer"))
        #expect(network.requests(.ack)[0].body == sdp("answer to change"))
        #expect(bob.answers(bob.incoming) == [sdp("answer to change")])
    }

    @Test func anAckWithoutTheAnswerEndsTheSession() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        script.send(.request(script.makeRequest(.invite, to: bob.address)), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        let tag = script.responses(200)[0].to?.tag
        script.send(
            .request(script.makeRequest(.ack, to: bob.address, toTag: tag, branch: "z9hG4bKack")), to: bob.address)
        network.run { !script.requests(.bye).isEmpty }
        #expect(bob.end(of: bob.incoming) == .protocolError("ACK without answer"))
    }

    @Test func aReInviteWithoutOfferIsOfferedInThe200() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        script.send(
            .request(script.makeRequest(.invite, to: bob.address, sequence: 2, toTag: tag)), to: bob.address)
        network.run { script.responses(200).count == 2 }
        #expect(script.responses(200)[1].body == sdp("offer in 200"))
        var ack = script.makeRequest(.ack, to: bob.address, sequence: 2, toTag: tag, branch: "z9hG4bKack2")
        ack.setDescription(sdp("answer in ACK"))
        script.send(.request(ack), to: bob.address)
        network.run { bob.answers(bob.incoming) == [sdp("answer in ACK")] }
        #expect(bob.end(of: bob.incoming) == nil)
    }

    @Test func aRefusedOfferInA200IsAcknowledgedAndTheSessionEnded() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        alice.onEvent = { peer, id, event in
            if case .offer = event { peer.core.answer(id, body: nil, status: 488, now: peer.now) }
        }
        let call = alice.invite(bob.address, offer: nil)
        network.run { alice.end(of: call) != nil && bob.end(of: bob.incoming) != nil }
        network.run(for: .seconds(70))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }
}

extension ScriptedPeer {
    /// Calls a core that accepts, and acknowledges; gives its tag.
    func establish(with peer: SimulatedPeer, _ network: SimulatedNetwork, callID: String = "script") -> String? {
        var invite = makeRequest(.invite, to: peer.address, callID: callID)
        invite.headers.set("Allow", "INVITE, ACK, BYE, CANCEL, UPDATE")
        invite.setDescription(sdp("offer"))
        let before = responses(200).count
        send(.request(invite), to: peer.address)
        network.run { self.responses(200).count > before }
        let tag = responses(200).last?.to?.tag
        send(
            .request(makeRequest(.ack, to: peer.address, callID: callID, toTag: tag, branch: "z9hG4bK\(callID)ack")),
            to: peer.address)
        network.run { peer.isEstablished(peer.incoming) }
        return tag
    }
}
