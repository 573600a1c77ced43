// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// The ends of sessions, and 2xx and ACK that get lost.
@Suite struct ByeTests {
    private func call(_ network: SimulatedNetwork) -> (alice: SimulatedPeer, bob: SimulatedPeer, call: SessionID) {
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        alice.acceptEverything()
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        return (alice, bob, call)
    }

    @Test func bothSayGoodbyeAtOnce() {
        let network = SimulatedNetwork()
        let (alice, bob, call) = call(network)
        alice.core.terminate(call, now: network.now)
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run(for: .seconds(100))
        #expect(alice.end(of: call) == .byLocal && bob.end(of: bob.incoming) == .byLocal)
        #expect(network.requests(.bye).count == 2 && network.responses(200, to: .bye).count == 2)
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func withoutAnyAckThe200IsRepeatedAndThenTheSessionEnded() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        network.filter = { if case .request(let request) = $0.message { request.method != .ack } else { true } }
        let call = alice.invite(bob.address)
        network.run(for: .seconds(31))
        // At 0, 0.5, 1.5, 3.5, then every 4 s.
        #expect(network.responses(200, to: .invite).count == 10)
        let acks = network.requests(.ack)
        #expect(acks.count == 10 && Set(acks).count == 1, "the same ACK to each")
        network.run(for: .seconds(5))
        #expect(bob.end(of: bob.incoming) == .timeout)
        #expect(alice.end(of: call) == .byRemote([SIPReason(cause: 408, text: "No ACK")]))
        #expect(!bob.isEstablished(bob.incoming))
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func overTCPThe200IsRepeatedToo() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        var dropped = 0
        network.filter = {
            guard case .request(let request) = $0.message, request.method == .ack, dropped < 2 else { return true }
            dropped += 1
            return false
        }
        let call = alice.invite(bob.address) { $0.target.parameters.set("transport", "tcp") }
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        #expect(network.responses(200, to: .invite).count == 3)
        #expect(network.wire.allSatisfy { $0.kind == .tcp })
    }

    @Test func theCalleeWaitsForTheAckBeforeItSaysGoodbye() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run(for: .seconds(5))
        #expect(bob.end(of: bob.incoming) == .byLocal && script.requests(.bye).isEmpty)
        let tag = script.responses(200)[0].to?.tag
        script.send(
            .request(script.makeRequest(.ack, to: bob.address, toTag: tag, branch: "z9hG4bKa")), to: bob.address)
        network.run { !script.requests(.bye).isEmpty }
    }

    @Test func aCallerMayEndAnEarlyDialogWithBye() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, now: peer.now) }
        }
        script.send(.request(script.makeRequest(.invite, to: bob.address)), to: bob.address)
        network.run { !script.responses(180).isEmpty }
        let tag = script.responses(180)[0].to?.tag
        script.send(.request(script.makeRequest(.bye, to: bob.address, sequence: 2, toTag: tag)), to: bob.address)
        network.run { !script.responses(200).isEmpty && !script.responses(487).isEmpty }
        #expect(bob.end(of: bob.incoming) == .byRemote([]))
    }

    @Test func aByeOvertakesAnOpenReInvite() {
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
        script.send(.request(script.makeRequest(.bye, to: bob.address, sequence: 3, toTag: tag)), to: bob.address)
        network.run { !script.responses(487).isEmpty }
        #expect(bob.core.sessionCount == 0)
    }

    @Test func ourByeOvertakesOurReInvite() {
        let network = SimulatedNetwork()
        let (alice, bob, call) = call(network)
        bob.onEvent = { _, _, _ in }
        alice.core.modify(call, offer: sdp("change"), now: network.now)
        network.run { bob.has(bob.incoming) { $0 == .offer(sdp("change")) } }
        alice.core.terminate(call, now: network.now)
        network.run(for: .seconds(100))
        #expect(bob.end(of: bob.incoming) == .byRemote([]))
        #expect(network.responses(487, to: .invite).count == 1)
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func ringingIsEndedByAFinalResponseWithTheReason() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let call = alice.invite(bob.address)
        network.run { bob.incoming != nil }
        let reason = SIPReason(cause: 410, text: "The room \"x\" was closed; by a, b")
        bob.core.terminate(bob.incoming!, reason: reason, now: network.now)
        network.run { alice.end(of: call) != nil }
        guard case .rejected(let response) = alice.end(of: call) else {
            Issue.record("not rejected")
            return
        }
        #expect(response.status == 410 && response.reasons == [reason])
    }

    @Test(arguments: [
        ("SIP ;cause=200 ;text=\"Call completed elsewhere\"", "SIP", 200, "Call completed elsewhere"),
        ("Q.850;cause=16;text=\"Terminated; \\\"ok\\\"\"", "Q.850", 16, "Terminated; \"ok\""),
    ]) func reasonIsRead(text: String, name: String, cause: Int, words: String) {
        #expect(SIPReason(parsing: text) == SIPReason(protocolName: name, cause: cause, text: words))
    }

    @Test func reasonIsWrittenOnOneLine() {
        let reason = SIPReason(cause: 403, text: "Removed by a \"b\"\r\nX: y")
        #expect(reason.description == "SIP;cause=403;text=\"Removed by a \\\"b\\\"  X: y\"")
    }

    /// RFC 3261 §25.1: what would end the text stands behind a backslash.
    @Test(arguments: [
        "Removed by \"b\"", "C:\\room", "ends in \\", "\"", "\\\"", "a; cause=200, b", "a\";cause=200;text=\"c",
        // A mark that combines with a quote hides it from nobody who reads bytes.
        "a\"\u{301};cause=200",
    ]) func reasonIsReadAsItWasWritten(words: String) {
        let reasons = [SIPReason(cause: 403, text: words), SIPReason(protocolName: "Q.850", cause: 16, text: words)]
        for reason in reasons { #expect(SIPReason(parsing: reason.description) == reason) }
        let header = reasons.map(\.description).joined(separator: ", ")
        var response = SIPResponse(status: 403)
        response.headers.add("Reason", header)
        #expect(response.reasons == reasons, "\(header)")
    }
}
