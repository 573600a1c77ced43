// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Requests that are refused before anybody looks at what they want (RFC 3261 §8.2, §12.2.2).
@Suite struct UnsupportedRequestTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let status: Int
        let header: (name: String, value: String)?
        let edit: @Sendable (inout SIPRequest) -> Void
        var method = SIPMethod.invite
        var testDescription: String { name }
    }

    static let cases: [Case] = [
        Case(name: "an extension we do not know", status: 420, header: ("Unsupported", "precondition")) {
            $0.headers.set("Require", "precondition, 100rel")
        },
        Case(
            name: "a method we do not serve", status: 405,
            header: (
                "Allow", "INVITE, ACK, BYE, CANCEL, OPTIONS, INFO, UPDATE, PRACK, REFER, NOTIFY, SUBSCRIBE, MESSAGE"
            ), edit: { _ in }, method: .publish),
        Case(name: "an unknown scheme", status: 416, header: nil) { $0.uri.scheme = "sips" },
        Case(name: "a body we do not read", status: 415, header: ("Accept", "application/sdp")) {
            $0.headers.set("Content-Type", "application/x-isup")
            $0.body = [1, 2, 3]
        },
        Case(name: "a caller that takes no description", status: 406, header: ("Accept", "application/sdp")) {
            $0.headers.set("Accept", "text/plain, message/cpim;q=0.5")
        },
        Case(name: "an INVITE without Contact", status: 400, header: nil) { $0.headers.remove("Contact") },
        Case(name: "a dialog we do not know", status: 481, header: nil) {
            $0.headers.set("To", "<sip:room@192.0.2.2>;tag=unknown")
        },
        Case(name: "BYE outside a dialog", status: 481, header: nil, edit: { _ in }, method: .bye),
        Case(name: "UPDATE outside a dialog", status: 481, header: nil, edit: { _ in }, method: .update),
        Case(
            name: "OPTIONS in an unknown dialog", status: 481, header: nil,
            edit: {
                $0.headers.set("To", "<sip:room@192.0.2.2>;tag=unknown")
            }, method: .options),
    ]

    @Test(arguments: cases) func itIsAnsweredAsTheStandardSays(_ test: Case) {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        var request = script.makeRequest(test.method, to: bob.address)
        test.edit(&request)
        script.send(.request(request), to: bob.address)
        network.run { !script.responses().isEmpty }
        let response = script.responses()[0]
        #expect(response.status == test.status && response.to?.tag != nil)
        if let (name, value) = test.header { #expect(response.headers.all(name).joined(separator: ", ") == value) }
        #expect(response.headers.all("Warning").count == 1)
        #expect(bob.events.isEmpty && bob.requests.isEmpty)
        if test.method == .invite {
            script.send(
                .request(SIPRequest(acknowledging: response, to: request)), to: bob.address)
        }
        network.run(for: .seconds(70))
        #expect(bob.core.isQuiet)
    }

    @Test func underOverloadNewCallsGet503AndRunningOnesGoOn() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        let tag = script.establish(with: bob, network)
        bob.core.overloadRetryAfter = 7
        script.send(.request(script.makeRequest(.invite, to: bob.address, callID: "more")), to: bob.address)
        network.run { !script.responses(503).isEmpty }
        #expect(script.responses(503)[0].headers.first("Retry-After") == "7")
        script.send(.request(script.makeRequest(.update, to: bob.address, sequence: 2, toTag: tag)), to: bob.address)
        network.run { script.responses(200).contains { $0.cSeq?.method == .update } }
    }

    @Test func aDescriptionInsideAMultipartBodyIsTaken() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Content-Type", "multipart/mixed;boundary=\"b1\"")
        invite.body = Array(
            "preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\no=x\r\n--b1--\r\n"
                .utf8)
        script.send(.request(invite), to: bob.address)
        network.run { bob.incoming != nil }
        #expect(
            bob.has(bob.incoming) {
                if case .incoming(_, let offer, _) = $0 { offer == Array("v=0\r\no=x".utf8) } else { false }
            })
    }

    @Test func requestsOutsideSessionsGoToTheUser() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        _ = alice.core.request(
            outOfDialog: OutOfDialogRequest(
                SIPRequest(method: .options, uri: SIPURI(user: "room", host: "192.0.2.2"))), now: network.now)
        network.run { !bob.requests.isEmpty }
        let (request, id, session) = bob.requests[0]
        #expect(session == nil && request.from?.tag != nil)
        bob.core.respond(id, SIPResponse(to: request, status: 200), now: network.now)
        network.run { !alice.outcomes.isEmpty }
        let response = network.responses(200, to: .options)[0]
        #expect(response.to?.tag != nil && response.headers.contains("Accept") && response.headers.contains("Allow"))
        network.run(for: .seconds(40))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func requestsInAnAdoptedDialogGoToTheUser() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.core.adoptDialog(callID: "script", localTag: "sub")
        script.send(
            .request(script.makeRequest(.subscribe, to: bob.address, sequence: 2, toTag: "sub")), to: bob.address)
        network.run { bob.requests.count == 1 }
        bob.core.releaseDialog(callID: "script", localTag: "sub")
        script.send(
            .request(script.makeRequest(.subscribe, to: bob.address, sequence: 3, toTag: "sub")), to: bob.address)
        network.run { !script.responses(481).isEmpty }
    }
}
