// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct ForkTests {
    @Test func theFirst2xxWinsAndTheOthersGetAckAndBye() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        let invite = script.requests(.invite)[0]
        for tag in ["one", "two", "three"] {
            script.send(.response(script.makeResponse(180, to: invite, tag: tag)), to: alice.address)
        }
        network.run(for: .seconds(1))
        #expect(alice.core.dialogs.count == 3)
        for tag in ["two", "one"] {
            script.send(
                .response(script.makeResponse(200, to: invite, tag: tag, body: sdp("answer \(tag)"))), to: alice.address
            )
        }
        network.run { script.requests(.ack).count == 2 && script.requests(.bye).count == 1 }
        #expect(alice.answers(call) == [sdp("answer two")])
        #expect(script.requests(.bye)[0].to?.tag == "one")
        #expect(alice.core.dialogs.count == 1 && alice.end(of: call) == nil)
        // A fork that is told again of its ACK does not get another BYE.
        script.send(
            .response(script.makeResponse(200, to: invite, tag: "one", body: sdp("answer one"))), to: alice.address)
        network.run(for: .seconds(1))
        #expect(script.requests(.ack).count == 3 && script.requests(.bye).count == 1 + retransmitted(script))
    }

    private func retransmitted(_ script: ScriptedPeer) -> Int {
        let byes = script.requests(.bye)
        return byes.count - Set(byes.compactMap(\.topVia?.branch)).count
    }

    @Test func a2xxOfASessionThatIsGoneGetsAckAndBye() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        let invite = script.requests(.invite)[0]
        script.send(.response(script.makeResponse(603, to: invite, tag: "one")), to: alice.address)
        network.run { alice.end(of: call) != nil }
        network.run(for: .seconds(40))
        script.send(.response(script.makeResponse(200, to: invite, tag: "two", body: sdp("x"))), to: alice.address)
        network.run { !script.requests(.bye).isEmpty }
        #expect(script.requests(.ack).last?.to?.tag == "two")
    }

    @Test func reliable1xxOfTwoForksAreAcknowledgedEach() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        _ = alice.invite(script.address)
        network.run { !script.requests(.invite).isEmpty }
        for (tag, number) in [("one", 5), ("two", 900)] {
            var response = script.makeResponse(
                183, to: script.requests(.invite)[0], tag: tag, body: sdp("answer \(tag)"))
            response.headers.set("Require", "100rel")
            response.headers.set("RSeq", String(number))
            script.send(.response(response), to: alice.address)
        }
        network.run { Set(script.requests(.prack).compactMap(\.to?.tag)) == ["one", "two"] }
        #expect(
            Set(script.requests(.prack).compactMap { $0.headers.first("RAck")?.split(separator: " ").first }) == [
                "5", "900",
            ])
    }
}
