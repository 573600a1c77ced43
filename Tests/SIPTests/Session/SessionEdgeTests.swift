// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// What real links and real phones do to sessions.
@Suite struct SessionEdgeTests {
    @Test func aByeFindsAnotherWayWhenTheConnectionOfThePeerIsGone() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let call = alice.invite(bob.address) { $0.target.parameters.set("transport", "tcp") }
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        network.filter = { if case .request(let request) = $0.message { request.method != .bye } else { true } }
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run(for: .milliseconds(20))
        network.filter = { _ in true }
        // The transport says so when it could not send.
        bob.core.closed(Flow(kind: .tcp, local: bob.address, remote: alice.address, connection: 1), now: network.now)
        network.run { alice.end(of: call) == .byRemote([]) }
        network.run(for: .seconds(70))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aChangeWantedWhileItRingsGoesOutWhenTheSessionStands() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let call = alice.invite(bob.address)
        network.run { bob.incoming != nil }
        alice.core.modify(call, offer: sdp("change"), now: network.now)
        network.run(for: .seconds(1))
        #expect(network.requests(.invite).count == 1 && network.requests(.update).isEmpty)
        bob.acceptEverything()
        bob.core.accept(bob.incoming!, body: sdp("answer"), now: network.now)
        network.run { alice.answers(call) == [sdp("answer"), sdp("answer to change")] }
    }

    /// Else one forged datagram would have us send an ACK and eleven BYEs to whomever its Contact names.
    @Test func aSuccessToAnInviteThatNeverWasIsDropped() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        let invite = script.makeRequest(.invite, to: bob.address)
        var forged = SIPResponse(to: invite, status: 200, toTag: "forged")
        forged.headers.set("Contact", "<sip:victim@192.0.2.9>")
        script.send(.response(forged), to: bob.address)
        network.run(for: .seconds(40))
        #expect(network.requests(.ack).isEmpty && network.requests(.bye).isEmpty)
        #expect(bob.core.isQuiet)
    }

    @Test func aReInviteBeforeTheAckStandsForIt() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        let tag = script.responses(200)[0].to?.tag
        var again = script.makeRequest(.invite, to: bob.address, sequence: 2, toTag: tag)
        again.setDescription(sdp("hold"))
        script.send(.request(again), to: bob.address)
        network.run { script.responses(200).contains { $0.cSeq?.number == 2 } }
        #expect(bob.isEstablished(bob.incoming))
    }

    @Test func aReliableProvisionalToAReInviteIsAcknowledged() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.establish(with: script, network)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { script.requests(.invite).count == 2 }
        var response = script.makeResponse(183, to: script.requests(.invite)[1], tag: "t")
        response.headers.set("Require", "100rel")
        response.headers.set("RSeq", "4711")
        script.send(.response(response), to: alice.address)
        network.run { script.requests(.prack).first?.headers.first("RAck")?.hasPrefix("4711 ") == true }
    }

    @Test func aPeerThatOnlyClaimsUpdateIsRefreshedByReInvite() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        var response = script.makeResponse(200, to: script.requests(.invite)[0], tag: "t", body: sdp("answer"))
        response.headers.set("Allow", "INVITE, UPDATE")
        response.headers.set("Session-Expires", "200;refresher=uac")
        script.send(.response(response), to: alice.address)
        network.run(within: .seconds(110)) { !script.requests(.update).isEmpty }
        script.send(.response(script.makeResponse(405, to: script.requests(.update)[0], tag: "t")), to: alice.address)
        network.run { script.requests(.invite).count == 2 }
        #expect(script.requests(.invite)[1].body == sdp("offer"))
        #expect(alice.end(of: call) == nil)
    }

    @Test func anEarlyUpdateThatCrossesThe200DoesNotTakeItsBodyForTheAnswer() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        let invite = script.requests(.invite)[0]
        var reliable = script.makeResponse(183, to: invite, tag: "t", body: sdp("early answer"))
        for (name, value) in [("Require", "100rel"), ("RSeq", "1"), ("Allow", "INVITE, UPDATE, PRACK")] {
            reliable.headers.set(name, value)
        }
        script.send(.response(reliable), to: alice.address)
        network.run { !script.requests(.prack).isEmpty }
        script.send(.response(script.makeResponse(200, to: script.requests(.prack)[0], tag: "t")), to: alice.address)
        network.run(for: .seconds(1))
        alice.core.modify(call, offer: sdp("early change"), now: network.now)
        network.run { !script.requests(.update).isEmpty }
        script.send(
            .response(script.makeResponse(200, to: invite, tag: "t", body: sdp("early answer"))), to: alice.address)
        network.run { alice.isEstablished(call) }
        let update = script.makeResponse(200, to: script.requests(.update)[0], tag: "t", body: sdp("changed"))
        script.send(.response(update), to: alice.address)
        network.run { alice.answers(call) == [sdp("early answer"), sdp("changed")] }
    }

    @Test func infoAnswered481EndsTheSession() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.establish(with: script, network)
        _ = alice.core.request(call, method: .info, now: network.now)
        network.run { !script.requests(.info).isEmpty }
        script.send(.response(script.makeResponse(481, to: script.requests(.info)[0], tag: "t")), to: alice.address)
        network.run { alice.end(of: call) == .dialogLost(status: 481) }
    }
}
