// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Re-INVITE, UPDATE, glare.
@Suite struct ModifyTests {
    private func call(
        _ network: SimulatedNetwork, _ configure: (inout SIPCoreConfiguration) -> Void = { _ in }
    ) -> (alice: SimulatedPeer, bob: SimulatedPeer, call: SessionID) {
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2", configure)
        alice.acceptEverything()
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        return (alice, bob, call)
    }

    @Test(arguments: [0.0, 0.3], [UInt64(1), 2, 3])
    func holdAndResumeFromBothSides(loss: Double, seed: UInt64) {
        let network = SimulatedNetwork(seed: seed)
        let (alice, bob, call) = call(network)
        network.loss = loss
        network.jitter = .milliseconds(200)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { alice.answers(call).count == 2 }
        bob.core.modify(bob.incoming!, offer: sdp("hold too"), now: network.now)
        network.run { bob.answers(bob.incoming).count == 1 }
        alice.core.modify(call, offer: sdp("resume"), now: network.now)
        network.run { alice.answers(call).count == 3 }
        #expect(
            bob.has(bob.incoming) { $0 == .offer(sdp("hold")) } && bob.has(bob.incoming) { $0 == .offer(sdp("resume")) }
        )
        #expect(alice.has(call) { $0 == .offer(sdp("hold too")) })
        alice.core.terminate(call, now: network.now)
        network.run(for: .seconds(2000))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aRefusedChangeKeepsTheSession() {
        let network = SimulatedNetwork()
        let (alice, bob, call) = call(network)
        bob.onEvent = { peer, id, event in
            if case .offer = event { peer.core.answer(id, body: nil, status: 488, now: peer.now) }
        }
        alice.core.modify(call, offer: sdp("video"), now: network.now)
        network.run { alice.has(call) { $0 == .modifyFailed(status: 488) } }
        #expect(alice.end(of: call) == nil)
        bob.acceptEverything()
        alice.core.modify(call, offer: sdp("again"), now: network.now)
        network.run { alice.answers(call).count == 2 }
    }

    @Test(arguments: [408, 481]) func aLostDialogEndsTheSession(status: Int) {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.establish(with: script, network)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { script.requests(.invite).count == 2 }
        script.send(
            .response(script.makeResponse(status, to: script.requests(.invite)[1], tag: "t")), to: alice.address)
        network.run { !script.requests(.bye).isEmpty }
        #expect(alice.end(of: call) == .dialogLost(status: status))
    }

    /// Trap 20.
    @Test(arguments: 1...12) func glareIsSurvived(seed: Int) {
        let network = SimulatedNetwork(seed: UInt64(seed))
        let (alice, bob, call) = call(network)
        // The users make a new offer where theirs was overtaken.
        for peer in [alice, bob] {
            let answer = peer.onEvent
            peer.onEvent = { peer, id, event in
                answer(peer, id, event)
                if event == .modifyOutdated { peer.core.modify(id, offer: sdp("fresh"), now: peer.now) }
            }
        }
        alice.core.modify(call, offer: sdp("A"), now: network.now)
        bob.core.modify(bob.incoming!, offer: sdp("B"), now: network.now)
        network.run { alice.answers(call).count == 2 && bob.answers(bob.incoming).count == 1 }
        #expect(network.responses(491, to: .invite).count >= 2)
        #expect(alice.end(of: call) == nil && bob.end(of: bob.incoming) == nil)
    }

    @Test func theOwnerOfTheCallIDWaitsLongerAfterGlare() {
        for random in [UInt64(0), 77, 190, 200, 12_345, .max] {
            let owner = ReInviteGlare.backOff(ownsCallID: true, random: random)
            let other = ReInviteGlare.backOff(ownsCallID: false, random: random)
            #expect(owner >= .milliseconds(2100) && owner <= .milliseconds(4000))
            #expect(other >= .zero && other <= .milliseconds(2000))
        }
    }

    @Test func aSecondReInviteBeforeTheAnswerGets500WithRetryAfter() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        bob.onEvent = { _, _, _ in }
        for sequence in [UInt32(2), 3] {
            var invite = script.makeRequest(.invite, to: bob.address, sequence: sequence, toTag: tag)
            invite.setDescription(sdp("change \(sequence)"))
            script.send(.request(invite), to: bob.address)
        }
        network.run { !script.responses(500).isEmpty }
        let wait = script.responses(500)[0].deltaSeconds("Retry-After")
        #expect(wait.map { $0 <= 10 } == true)
    }

    @Test func anOlderNumberGets500() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        script.send(.request(script.makeRequest(.info, to: bob.address, sequence: 9, toTag: tag)), to: bob.address)
        script.send(.request(script.makeRequest(.info, to: bob.address, sequence: 5, toTag: tag)), to: bob.address)
        network.run { !script.responses(500).isEmpty }
        #expect(bob.requests.count == 1)
    }

    @Test func anUpdateWithoutDescriptionGets200WithoutOne() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        let before = script.responses(200).count
        script.send(.request(script.makeRequest(.update, to: bob.address, sequence: 2, toTag: tag)), to: bob.address)
        network.run { script.responses(200).count > before }
        #expect(script.responses(200).last?.body.isEmpty == true)
        #expect(bob.has(bob.incoming) { $0 == .refreshed })
    }

    @Test func anUpdateWithAnOfferIsAnswered() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        let before = script.responses(200).count
        var update = script.makeRequest(.update, to: bob.address, sequence: 2, toTag: tag)
        update.setDescription(sdp("hold"))
        script.send(.request(update), to: bob.address)
        network.run { script.responses(200).count > before }
        #expect(script.responses(200).last?.body == sdp("answer to change"))
    }

    @Test func whileEarlyAnUpdateCarriesTheOffer() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        alice.acceptEverything()
        bob.onEvent = { peer, id, event in
            switch event {
            case .incoming: peer.core.progress(id, status: 183, body: sdp("early answer"), now: peer.now)
            case .offer: peer.core.answer(id, body: sdp("updated"), now: peer.now)
            default: break
            }
        }
        let call = alice.invite(bob.address)
        network.run { !alice.answers(call).isEmpty && network.responses(200, to: .prack).count == 1 }
        alice.core.modify(call, offer: sdp("early change"), now: network.now)
        network.run { alice.answers(call).last == sdp("updated") }
        #expect(network.requests(.update).count == 1)
        bob.core.modify(bob.incoming!, offer: sdp("change by callee"), now: network.now)
        network.run { bob.answers(bob.incoming) == [sdp("answer to change")] }
        bob.core.accept(bob.incoming!, body: nil, now: network.now)
        network.run { alice.isEstablished(call) }
        #expect(network.requests(.invite).count == 1)
    }

    @Test func aPeerThatMovedIsReachedAtItsNewContact() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let elsewhere = ScriptedPeer("192.0.2.3", network)
        let call = alice.establish(with: script, network)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { script.requests(.invite).count == 2 }
        var response = script.makeResponse(200, to: script.requests(.invite)[1], tag: "t", body: sdp("held"))
        response.headers.set("Contact", "<sip:moved@192.0.2.3>")
        script.send(.response(response), to: alice.address)
        network.run { !elsewhere.requests(.ack).isEmpty }
        #expect(elsewhere.requests(.ack)[0].uri.user == "moved")
        alice.core.terminate(call, now: network.now)
        network.run { !elsewhere.requests(.bye).isEmpty }
    }

    @Test func aCancelledReInviteIsWithdrawn() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        bob.onEvent = { _, _, _ in }
        var invite = script.makeRequest(.invite, to: bob.address, sequence: 2, toTag: tag)
        invite.setDescription(sdp("change"))
        script.send(.request(invite), to: bob.address)
        network.run { bob.has(bob.incoming) { $0 == .offer(sdp("change")) } }
        script.send(.request(SIPRequest(cancelling: invite)), to: bob.address)
        network.run { !script.responses(487).isEmpty }
        #expect(bob.has(bob.incoming) { $0 == .offerWithdrawn })
        #expect(bob.end(of: bob.incoming) == nil)
    }
}

extension SimulatedPeer {
    /// Calls a script that accepts.
    func establish(with script: ScriptedPeer, _ network: SimulatedNetwork, allow: String? = nil) -> SessionID {
        let call = invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        var response = script.makeResponse(200, to: script.requests(.invite)[0], tag: "t", body: sdp("answer"))
        if let allow { response.headers.set("Allow", allow) }
        script.send(.response(response), to: address)
        network.run { !script.requests(.ack).isEmpty }
        return call
    }
}
