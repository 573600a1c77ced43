// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

@Suite struct BasicCallTests {
    @Test(arguments: [0.0, 0.2, 0.3], [UInt64(1), 2, 3, 4, 5, 6, 7, 8])
    func callsAreMadeAndEndedOverALossyLink(loss: Double, seed: UInt64) {
        let network = SimulatedNetwork(seed: seed)
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        network.loss = loss
        network.jitter = .milliseconds(300)
        let call = alice.invite(bob.address)
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        #expect(alice.answers(call) == [sdp("answer")])
        alice.core.terminate(call, reason: SIPReason(cause: 200, text: "Bye, all"), now: network.now)
        #expect(alice.core.nextDeadline != nil)
        network.run(within: .seconds(1900)) { bob.end(of: bob.incoming) != nil }
        if loss == 0 { #expect(bob.end(of: bob.incoming) == .byRemote([SIPReason(cause: 200, text: "Bye, all")])) }
        #expect(alice.end(of: call) == .byLocal)
        // With much loss a BYE may never arrive; the session timer finds that out.
        network.run(for: .seconds(2000))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
        #expect(alice.core.nextDeadline == nil && bob.core.nextDeadline == nil)
        #expect(alice.core.dialogs.isEmpty && alice.core.clients.isEmpty && alice.core.callLegs.isEmpty)
        #expect(bob.core.dialogs.isEmpty && bob.core.servers.isEmpty)
    }

    @Test func theFocusSaysIsfocusInRingingAnswerAndInvite() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.setContact(id, ContactIdentity(user: "fresh-room", isFocus: true))
            peer.core.progress(id, status: 180, now: peer.now)
            peer.core.accept(id, body: sdp("answer"), now: peer.now)
        }
        let call = alice.invite(bob.address) { $0.contact = ContactIdentity(user: "a", isFocus: true) }
        network.run { alice.isEstablished(call) }
        let messages = [network.responses(180, to: .invite)[0], network.responses(200, to: .invite)[0]]
        for message in messages {
            #expect(message.contacts.first?.parameters.contains("isfocus") == true)
            #expect(message.contacts.first?.uri.user == "fresh-room")
        }
        #expect(network.requests(.invite)[0].contacts.first?.parameters.contains("isfocus") == true)
        #expect(network.responses(200, to: .invite)[0].allow.contains("UPDATE"))
    }

    @Test func aRefusalEndsTheCallWithItsResponse() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.reject(
                id, status: 486, headers: ["Warning": "399 focus \"The room is full\""], now: peer.now)
        }
        let call = alice.invite(bob.address)
        network.run { alice.end(of: call) != nil }
        guard case .rejected(let response) = alice.end(of: call) else {
            Issue.record("not rejected")
            return
        }
        #expect(response.status == 486 && response.headers.first("Warning") == "399 focus \"The room is full\"")
        #expect(bob.end(of: bob.incoming) == .byLocal)
        network.run(for: .seconds(40))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func anInviteWithoutResponseTimesOut() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let call = alice.invite(SIPAddress(host: "192.0.2.9", port: 5060))
        network.run(for: .seconds(33))
        #expect(alice.end(of: call) == .timeout)
        network.run(for: .seconds(40))
        #expect(alice.core.isQuiet)
    }

    @Test func aPhoneThatRingsForeverIsCancelled() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            if case .incoming = event { peer.core.progress(id, status: 180, now: peer.now) }
        }
        let call = alice.invite(bob.address) { $0.ringingTimeout = .seconds(150) }
        network.run(for: .seconds(149))
        // 180 is repeated every minute, so that proxies keep the transaction.
        #expect(network.responses(180, to: .invite).count == 3)
        network.run(for: .seconds(10))
        #expect(alice.end(of: call) == .timeout)
        guard case .cancelled = bob.end(of: bob.incoming) else {
            Issue.record("not cancelled")
            return
        }
        network.run(for: .seconds(60))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aRedirectIsFollowedOnceWhereWanted() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let carol = network.makePeer("192.0.2.3")
        bob.onEvent = { peer, id, event in
            guard case .incoming = event else { return }
            peer.core.reject(id, status: 302, headers: ["Contact": "<sip:carol@192.0.2.3>"], now: peer.now)
        }
        carol.acceptEverything()
        let followed = alice.invite(bob.address) { $0.followsRedirect = true }
        let reported = alice.invite(bob.address)
        network.run { alice.isEstablished(followed) && alice.end(of: reported) != nil }
        guard case .rejected(let response) = alice.end(of: reported) else {
            Issue.record("not reported")
            return
        }
        #expect(response.status == 302)
    }

    @Test func aChallengeIsAnsweredWithCredentials() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.onEvent = { peer, id, event in
            guard case .incoming(let request, _, _) = event else { return }
            if request.headers.contains("Authorization") {
                peer.core.accept(id, body: sdp("answer"), now: peer.now)
            } else {
                peer.core.reject(
                    id, status: 401, headers: ["WWW-Authenticate": "Digest realm=\"x\", nonce=\"y\""], now: peer.now)
            }
        }
        alice.onEvent = { peer, id, event in
            guard case .challenged = event else { return }
            peer.core.resend(id, headers: ["Authorization": "Digest username=\"alice\""], now: peer.now)
        }
        let call = alice.invite(bob.address) { $0.wantsChallenges = true }
        network.run { alice.isEstablished(call) }
        let invites = network.requests(.invite)
        #expect(invites.map { $0.cSeq?.number } == [invites[0].cSeq?.number, (invites[0].cSeq?.number ?? 0) + 1])
        #expect(Set(invites.compactMap(\.callID)).count == 1)
    }

    @Test func messagesInsideTheDialogReachTheUserAndAreAnswered() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { bob.isEstablished(bob.incoming) }
        _ = alice.core.request(
            call, method: .message, headers: ["Content-Type": "text/plain"], body: Array("/who".utf8), now: network.now)
        network.run { !bob.requests.isEmpty }
        let (request, transaction, session) = bob.requests[0]
        #expect(session == bob.incoming && request.body == Array("/who".utf8))
        bob.core.respond(transaction, SIPResponse(to: request, status: 202), now: network.now)
        network.run { !alice.outcomes.isEmpty }
        guard case .response(let response) = alice.outcomes[0] else {
            Issue.record("no response")
            return
        }
        #expect(response.status == 202)
    }

    @Test func optionsInsideTheDialogAreAnsweredInFull() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2") { $0.allowEvents = ["conference", "refer"] }
        bob.acceptEverything()
        let call = alice.invite(bob.address)
        network.run { bob.isEstablished(bob.incoming) }
        _ = alice.core.request(call, method: .options, now: network.now)
        network.run { !alice.outcomes.isEmpty }
        let response = network.responses(200, to: .options)[0]
        #expect(response.headers.first("Accept") == "application/sdp")
        #expect(response.headers.all("Allow-Events") == ["conference", "refer"])
        #expect(response.supported == ["100rel", "timer"] && response.allow.contains("PRACK"))
    }
}
