// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct ReliableProvisionalTests {
    @Test(arguments: [0.0, 0.3], [UInt64(1), 2, 3, 4, 5, 6])
    func anAnswerIn183IsFinalAndThe200WaitsForThePrack(loss: Double, seed: UInt64) {
        let network = SimulatedNetwork(seed: seed)
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        network.loss = loss
        network.jitter = .milliseconds(100)
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.progress(id, status: 183, body: sdp("early answer"), now: peer.now)
            peer.core.progress(id, status: 180, reliable: true, now: peer.now)
            peer.core.accept(id, body: sdp("never sent"), now: peer.now)
        }
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        #expect(alice.answers(call) == [sdp("early answer")])
        #expect(network.responses(200, to: .invite).allSatisfy { $0.body.isEmpty })
        let prack = network.wire.firstIndex {
            if case .request(let r) = $0.message { r.method == .prack } else { false }
        }
        let success = network.wire.firstIndex {
            if case .response(let r) = $0.message { r.status == 200 && r.cSeq?.method == .invite } else { false }
        }
        #expect((prack ?? .max) < (success ?? .min))
        alice.core.terminate(call, now: network.now)
        network.run(for: .seconds(2000))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func anOfferIn183IsAnsweredInThePrack() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        alice.acceptEverything()
        bob.onEvent = { peer, id, event in
            switch event {
            case .incoming: peer.core.progress(id, status: 183, body: sdp("early offer"), now: peer.now)
            case .answer: peer.core.accept(id, body: nil, now: peer.now)
            default: break
            }
        }
        let call = alice.invite(bob.address, offer: nil)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        #expect(network.requests(.prack).map(\.body) == [sdp("answer to change")])
        #expect(bob.answers(bob.incoming) == [sdp("answer to change")])
        #expect(network.requests(.ack).allSatisfy { $0.body.isEmpty })
    }

    @Test func withoutSupportThe183IsOnlyAPreview() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1") { $0.supported = ["timer"] }
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.progress(id, status: 183, body: sdp("answer"), now: peer.now)
            peer.core.accept(id, body: sdp("answer"), now: peer.now)
        }
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) }
        #expect(network.requests(.prack).isEmpty)
        #expect(alice.has(call) { if case .progress(_, body: sdp("answer")) = $0 { true } else { false } })
        #expect(alice.answers(call) == [sdp("answer")])
    }

    @Test func withoutAnyPrackTheInviteIsRefusedAfter32Seconds() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, now: peer.now) }
        }
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Require", "100rel")
        script.send(.request(invite), to: bob.address)
        network.run(for: .seconds(31))
        // At 0, 0.5, 1.5, 3.5, 7.5, 15.5 s; the interval has no cap.
        #expect(script.responses(180).count == 6)
        network.run(for: .seconds(2))
        #expect(script.responses(504).isEmpty == false)
        #expect(bob.end(of: bob.incoming) == .timeout)
    }

    @Test func aPrackThatMatchesNothingGets481() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, now: peer.now) }
        }
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Supported", "100rel")
        invite.headers.set("Require", "100rel")
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(180).isEmpty }
        let tag = script.responses(180)[0].to?.tag
        var prack = script.makeRequest(.prack, to: bob.address, sequence: 2, toTag: tag)
        prack.headers.set("RAck", "1 1 INVITE")
        script.send(.request(prack), to: bob.address)
        network.run { !script.responses(481).isEmpty }
    }

    /// RFC 3262 §3: a final response ends the retransmissions, not the readiness for a PRACK.
    @Test func aPrackThatTheAckHasOvertakenIsAnswered() throws {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.progress(id, status: 180, now: peer.now)
            peer.core.accept(id, body: sdp("answer"), now: peer.now)
        }
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Require", "100rel")
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        let ringing = try #require(script.responses(180).first)
        let number = try #require(ringing.rSeq)
        let tag = ringing.to?.tag
        script.send(.request(script.makeRequest(.ack, to: bob.address, toTag: tag)), to: bob.address)
        network.run { bob.isEstablished(bob.incoming) }

        func acknowledge(sequence: UInt32) {
            var prack = script.makeRequest(.prack, to: bob.address, sequence: sequence, toTag: tag)
            prack.headers.set("RAck", "\(number) 1 INVITE")
            script.send(.request(prack), to: bob.address)
        }
        acknowledge(sequence: 2)
        network.run { script.responses(200).contains { $0.cSeq?.method == .prack } }
        // There is nothing more to acknowledge.
        acknowledge(sequence: 3)
        network.run { !script.responses(481).isEmpty }
        #expect(bob.end(of: bob.incoming) == nil)
    }

    @Test func responsesOutOfOrderAreDropped() {
        var receiver = ReliableProvisionalReceiver()
        let verdicts = [UInt32(7), 7, 9, 8, 9].map { receiver.receive($0) }
        #expect(verdicts == [.inOrder, .drop, .drop, .inOrder, .inOrder])
    }

    @Test(arguments: [("776656 1 INVITE", true), ("1 INVITE", false), ("a 1 INVITE", false), ("", false)])
    func rAckIsRead(text: String, isValid: Bool) {
        let rack = RAck(parsing: text)
        #expect((rack != nil) == isValid)
        if isValid { #expect(rack?.description == text) }
    }
}
