// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Several servers of one domain, some of which do not answer (RFC 3263 §4.3), in simulated time.
@Suite("Failover between servers") struct FailoverTests {
    private let network = SimulatedNetwork()
    private let domain = SIPURI(user: "demo", host: "example.com")

    private func serve(_ hosts: [String], _ kind: SIPTransportKind = .udp) {
        network.names["example.com"] = hosts.map { FlowTarget(host: $0, kind: kind) }
    }

    /// A caller, a server of the domain that the test plays, and one that accepts everything.
    private func scripted() -> (alice: SimulatedPeer, script: ScriptedPeer, bob: SimulatedPeer) {
        let (alice, bob) = (network.makePeer("192.0.2.1"), network.makePeer("192.0.2.3"))
        bob.acceptEverything()
        serve(["192.0.2.2", "192.0.2.3"])
        return (alice, ScriptedPeer("192.0.2.2", network), bob)
    }

    private func call(_ alice: SimulatedPeer, _ edit: (inout SessionInvite) -> Void = { _ in }) -> SessionID {
        alice.invite(SIPAddress(host: "example.com", port: 5060)) { invite in
            invite.target = domain
            edit(&invite)
        }
    }

    @Test func whoDoesNotAnswerIsLeftAfterFourSecondsAndAvoidedAfterwards() {
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.3")
        bob.acceptEverything()
        serve(["192.0.2.2", "192.0.2.3"])
        let first = call(alice)
        network.run(within: .milliseconds(4100)) { alice.isEstablished(first) }
        let invites = network.requests(.invite, from: alice.address)
        #expect(Set(invites.compactMap(\.callID)).count == 1 && Set(invites.compactMap(\.cSeq)).count == 1)
        #expect(Set(invites.compactMap { $0.topVia?.branch }).count == 2)
        let second = call(alice)
        network.run(within: .milliseconds(100)) { alice.isEstablished(second) }
        #expect(bob.events.count { if case .incoming = $0.event { true } else { false } } == 2)
    }

    @Test func aServerThatCannotServeHandsOver() {
        let alice = network.makePeer("192.0.2.1")
        let full = network.makePeer("192.0.2.2")
        full.core.overloadRetryAfter = 5
        let bob = network.makePeer("192.0.2.3")
        bob.acceptEverything()
        serve(["192.0.2.2", "192.0.2.3"])
        let id = call(alice)
        network.run(within: .milliseconds(200)) { alice.isEstablished(id) }
        #expect(network.responses(503, to: .invite).count == 1)
    }

    @Test func aConnectionThatFailsHandsOver() {
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.3")
        bob.acceptEverything()
        serve(["192.0.2.2", "192.0.2.3"], .tcp)
        let id = call(alice)
        network.run(within: .milliseconds(200)) { alice.isEstablished(id) }
    }

    @Test func oneThatHasBeenHeardOfIsNotLeft() {
        let (alice, script, bob) = scripted()
        let id = call(alice)
        network.run { !script.requests(.invite).isEmpty }
        script.send(
            .response(script.makeResponse(180, to: script.requests(.invite)[0], tag: "early")), to: alice.address)
        network.run(for: .seconds(60))
        #expect(bob.events.isEmpty && alice.end(of: id) == nil)
        script.send(
            .response(script.makeResponse(503, to: script.requests(.invite)[0], tag: "early")), to: alice.address)
        network.run { alice.end(of: id) != nil }
        #expect(bob.events.isEmpty)
    }

    @Test func whenNobodyAnswersTheLastOneIsWaitedForAsLongAsEver() {
        let alice = network.makePeer("192.0.2.1")
        serve(["192.0.2.2", "192.0.2.3"])
        let id = call(alice)
        network.run(for: .seconds(35))
        #expect(alice.end(of: id) == nil)
        network.run(within: .seconds(2)) { alice.end(of: id) != nil }
        network.run(for: .seconds(60))
        #expect(alice.core.isQuiet)
    }

    @Test func aLateYesOfTheServerThatWasLeftIsHungUp() {
        let (alice, script, _) = scripted()
        let id = call(alice)
        network.run { alice.isEstablished(id) }
        script.send(
            .response(script.makeResponse(200, to: script.requests(.invite)[0], tag: "late", body: sdp("late"))),
            to: alice.address)
        network.run { !script.requests(.bye).isEmpty }
        #expect(script.requests(.ack).count == 1)
        #expect(alice.end(of: id) == nil && alice.answers(id).count == 1)
    }

    @Test func otherRequestsHandOverToo() {
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.3", network)
        serve(["192.0.2.2", "192.0.2.3"])
        _ = alice.core.request(
            outOfDialog: OutOfDialogRequest(SIPRequest(method: .register, uri: domain)), now: network.now)
        network.run(within: .milliseconds(4100)) { !script.requests(.register).isEmpty }
        script.send(
            .response(script.makeResponse(200, to: script.requests(.register)[0], tag: "x")), to: alice.address)
        network.run { !alice.outcomes.isEmpty }
        guard case .response(let response) = alice.outcomes[0] else { return #expect(Bool(false)) }
        #expect(response.status == 200)
    }

    @Test func whoWorksThoughSlowlyIsNotLeft() {
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let other = ScriptedPeer("192.0.2.3", network)
        serve(["192.0.2.2", "192.0.2.3"])
        _ = alice.core.request(
            outOfDialog: OutOfDialogRequest(SIPRequest(method: .register, uri: domain)), now: network.now)
        network.run { !script.requests(.register).isEmpty }
        script.send(
            .response(script.makeResponse(100, to: script.requests(.register)[0], tag: "x")), to: alice.address)
        network.run(for: .seconds(31))
        #expect(!alice.outcomes.contains(.timeout))
        network.run(for: .seconds(2))
        #expect(alice.outcomes.last == .timeout && other.received.isEmpty)
    }
}
