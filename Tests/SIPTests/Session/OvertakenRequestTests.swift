// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Requests of one dialog that arrive in another order than they were sent in: the late one gets 500 (RFC 3261 §12.2.2).
@Suite struct OvertakenRequestTests {
    private let network = SimulatedNetwork()

    private func call() -> (alice: SimulatedPeer, bob: SimulatedPeer, call: SessionID) {
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        for peer in [alice, bob] { peer.acceptEverything() }
        bob.answersRequests = true
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        return (alice, bob, call)
    }

    /// Loses the first datagram with a request of that method.
    private func loseFirst(_ method: SIPMethod) {
        var isLost = false
        network.filter = { crossing in
            guard !isLost, case .request(let request) = crossing.message, request.method == method else { return true }
            isLost = true
            return false
        }
    }

    @Test func aMessageWhoseFirstDatagramIsLostArrivesAllTheSame() {
        let (alice, bob, call) = call()
        loseFirst(.message)
        for text in ["one", "two"] {
            _ = alice.core.request(call, method: .message, body: Array(text.utf8), now: network.now)
        }
        network.run { alice.outcomes.count == 2 }
        #expect(alice.outcomes.map(\.status) == [200, 200])
        #expect(Set(bob.requests.map { String(decoding: $0.request.body, as: UTF8.self) }) == ["one", "two"])
        #expect(bob.requests.count == 2)
        #expect(network.responses(500, to: .message).count >= 1)
    }

    /// What is long goes by TCP, which has to be opened first; what is short does not wait for it.
    @Test func aLongRequestByTCPThatAShortOneOvertakesArrives() {
        let (alice, bob, call) = call()
        _ = alice.core.request(call, method: .notify, body: [UInt8](repeating: 0x61, count: 1400), now: network.now)
        var held: [(FlowRequestID, FlowTarget)] = []
        while let output = alice.core.nextOutput() {
            if case .findFlow(let id, let target) = output { held.append((id, target)) }
        }
        _ = alice.core.request(call, method: .message, now: network.now)
        network.run { alice.outcomes.count == 1 }
        for (id, target) in held {
            alice.core.found(id, network.makeFlow(from: alice.address, to: target), now: network.now)
        }
        network.run { alice.outcomes.count == 2 }
        #expect(alice.outcomes.map(\.status) == [200, 200])
        #expect(bob.requests.map(\.request.method) == [.message, .notify])
    }

    @Test func anOfferThatIsOvertakenIsMadeAgain() {
        let (alice, bob, call) = call()
        loseFirst(.invite)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        _ = alice.core.request(call, method: .info, now: network.now)
        network.run { alice.answers(call).count == 2 }
        #expect(bob.has(bob.incoming) { $0 == .offer(sdp("hold")) })
        #expect(!alice.has(call) { if case .modifyFailed = $0 { true } else { false } })
        #expect(alice.end(of: call) == nil)
    }

    /// Our PRACK is later than the re-INVITE, but it is the answer to it.
    @Test func anOfferThatWasBeingConsideredWasNotOvertaken() {
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.establish(with: script, network)
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { script.requests(.invite).count == 2 }
        let offer = script.requests(.invite)[1]
        var progress = script.makeResponse(183, to: offer, tag: "t")
        progress.headers.set("Require", "100rel")
        progress.headers.set("RSeq", "7")
        script.send(.response(progress), to: alice.address)
        network.run { !script.requests(.prack).isEmpty }
        for (status, request) in [(200, script.requests(.prack)[0]), (500, offer)] {
            script.send(.response(script.makeResponse(status, to: request, tag: "t")), to: alice.address)
        }
        network.run { alice.has(call) { $0 == .modifyFailed(status: 500) } }
        network.run(for: .seconds(5))
        #expect(Set(script.requests(.invite).map(\.cSeq?.number)).count == 2)
    }

    @Test func progressOfAREFERDoesNotComeAfterItsEnd() {
        let (alice, bob, call) = call()
        loseFirst(.notify)
        for state in ["active;expires=60", "terminated;reason=noresource"] {
            _ = alice.core.request(
                call, method: .notify, headers: ["Event": "refer", "Subscription-State": state], now: network.now)
        }
        network.run { alice.outcomes.count == 2 }
        #expect(Set(alice.outcomes.map(\.status)) == [200, 500])
        #expect(
            bob.requests.map { $0.request.headers.first("Subscription-State") } == ["terminated;reason=noresource"])
    }

    @Test func aPeerThatAnswers500ToEverythingIsNotAskedForever() {
        let alice = network.makePeer("192.0.2.1")
        let script = ScriptedPeer("192.0.2.2", network)
        let call = alice.establish(with: script, network)
        var refused = 0
        _ = alice.core.request(call, method: .message, now: network.now)
        // Something later is always on its way.
        for _ in 0..<20 {
            _ = alice.core.request(call, method: .info, now: network.now)
            network.run(for: .milliseconds(20))
            for request in script.requests(.message).dropFirst(refused) {
                script.send(.response(script.makeResponse(500, to: request, tag: "t")), to: alice.address)
                refused += 1
            }
        }
        #expect(Set(script.requests(.message).map(\.cSeq?.number)).count == ApplicationRequest.attemptLimit)
        #expect(alice.outcomes.map(\.status) == [500])
    }
}

extension RequestOutcome {
    fileprivate var status: Int? {
        if case .response(let response) = self { response.status } else { nil }
    }
}
