// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// A stateless proxy that stays on the path (RFC 3261 §16), as Kamailio with Record-Route does.
private final class RecordRouteProxy: SimulatedNode {
    let address: SIPAddress
    private let target: SIPAddress
    private unowned let network: SimulatedNetwork

    init(_ host: String, to target: SIPAddress, _ network: SimulatedNetwork) {
        address = SIPAddress(host: host, port: 5060)
        self.target = target
        self.network = network
        network.add(self)
    }

    func receive(_ message: SIPMessage, over flow: Flow) {
        switch message {
        case .request(var request):
            let hasRoute = request.routes.first?.uri.host == address.host
            if hasRoute { request.headers.removeFirst("Route") }
            let via = Via(
                transport: "UDP", host: address.host, port: address.port,
                branch: "z9hG4bKproxy" + (request.topVia?.branch ?? "") + (request.method == .cancel ? "" : ""))
            request.headers.prepend("Via", via.description)
            if request.to?.tag == nil { request.headers.prepend("Record-Route", "<sip:\(address);lr>") }
            let next = hasRoute || request.to?.tag != nil ? FlowTarget(request.routes.first?.uri ?? request.uri) : nil
            let remote = next.map { SIPAddress(host: $0.host, port: $0.port) } ?? target
            network.transmit(request.serialized(), over: Flow(kind: .udp, local: address, remote: remote))
        case .response(var response):
            response.headers.removeFirst("Via")
            guard let via = response.topVia else { return }
            network.transmit(
                response.serialized(),
                over: Flow(
                    kind: .udp, local: address, remote: SIPAddress(host: via.host, port: via.port ?? 5060)))
        }
    }
}

@Suite struct RouteTests {
    @Test func allRequestsInTheDialogPassTheProxies() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        let inner = RecordRouteProxy("192.0.2.20", to: bob.address, network)
        let outer = RecordRouteProxy("192.0.2.10", to: inner.address, network)
        alice.acceptEverything()
        bob.acceptEverything()
        let call = alice.invite(bob.address) { $0.route = .targets([FlowTarget(outer.address, kind: .udp)]) }
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        alice.core.modify(call, offer: sdp("hold"), now: network.now)
        network.run { alice.answers(call).count == 2 }
        bob.core.modify(bob.incoming!, offer: sdp("hold back"), now: network.now)
        network.run { bob.answers(bob.incoming).count == 1 }
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run { alice.end(of: call) != nil }
        #expect(!network.wire.contains { $0.from == alice.address && $0.to != outer.address })
        #expect(!network.wire.contains { $0.from == bob.address && $0.to != inner.address })
        let ack = network.requests(.ack, from: alice.address)[0]
        #expect(ack.uri.host == "192.0.2.2" && ack.routes.map(\.uri.host) == ["192.0.2.10", "192.0.2.20"])
        network.run(for: .seconds(100))
        #expect(alice.core.isQuiet && bob.core.isQuiet)
    }

    @Test func aPeerBehindATranslatorIsReachedOverItsFlow() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        bob.acceptEverything()
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.set("Contact", "<sip:me@10.0.0.7:40000>")
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        let tag = script.responses(200)[0].to?.tag
        script.send(
            .request(script.makeRequest(.ack, to: bob.address, toTag: tag, branch: "z9hG4bKa")), to: bob.address)
        network.run { bob.isEstablished(bob.incoming) }
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run { !script.requests(.bye).isEmpty }
        #expect(script.requests(.bye)[0].uri.host == "10.0.0.7")
    }

    @Test func whereAProxyBroughtTheRequestTheContactCounts() {
        let network = SimulatedNetwork()
        let bob = network.makePeer("192.0.2.2")
        let script = ScriptedPeer("192.0.2.1", network)
        let phone = ScriptedPeer("192.0.2.7", network)
        bob.acceptEverything()
        var invite = script.makeRequest(.invite, to: bob.address)
        invite.headers.add("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKphone")
        invite.headers.set("Contact", "<sip:me@192.0.2.7>")
        invite.setDescription(sdp("offer"))
        script.send(.request(invite), to: bob.address)
        network.run { !script.responses(200).isEmpty }
        let tag = script.responses(200)[0].to?.tag
        var ack = script.makeRequest(.ack, to: bob.address, toTag: tag, branch: "z9hG4bKa")
        ack.headers.add("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKphoneack")
        script.send(.request(ack), to: bob.address)
        network.run { bob.isEstablished(bob.incoming) }
        bob.core.terminate(bob.incoming!, now: network.now)
        network.run { !phone.requests(.bye).isEmpty }
    }

    // MARK: Large requests

    @Test func aLongInviteGoesOverTCP() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let call = alice.invite(bob.address, offer: [UInt8](repeating: UInt8(ascii: "v"), count: 1200))
        network.run { alice.isEstablished(call) && bob.isEstablished(bob.incoming) }
        let invite = network.wire[0]
        #expect(invite.kind == .tcp && network.requests(.invite)[0].topVia?.transport == "TCP")
        #expect(!network.wire.contains { $0.kind == .udp && $0.bytes > 1300 })
    }

    @Test func whereThePeerTakesNoTCPItGoesOverUDPAfterAll() {
        let network = SimulatedNetwork()
        network.allowsTCP = false
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        let call = alice.invite(bob.address, offer: [UInt8](repeating: UInt8(ascii: "v"), count: 1200))
        network.run { alice.isEstablished(call) }
        #expect(network.wire.allSatisfy { $0.kind == .udp })
    }

    @Test func aConnectionThatBreaksAtOnceIsReplacedByUDP() {
        let network = SimulatedNetwork()
        let alice = network.makePeer("192.0.2.1")
        let bob = network.makePeer("192.0.2.2")
        bob.acceptEverything()
        network.filter = { $0.kind == .udp }
        let call = alice.invite(bob.address, offer: [UInt8](repeating: UInt8(ascii: "v"), count: 1200))
        network.run(for: .milliseconds(20))
        alice.core.closed(
            Flow(kind: .tcp, local: alice.address, remote: bob.address, connection: 1), now: network.now)
        network.run { alice.isEstablished(call) }
        #expect(network.requests(.invite).map(\.topVia?.transport) == ["TCP", "UDP"])
    }

    @Test(arguments: [
        ("sip:a@192.0.2.1", "udp 192.0.2.1:5060"), ("sip:192.0.2.1:5070;transport=TCP", "tcp 192.0.2.1:5070"),
        ("sip:a@example.org;maddr=192.0.2.9", "udp 192.0.2.9:5060"), ("sip:[2001:db8::1]", "udp 2001:db8::1:5060"),
    ]) func theNextHopOfAURI(text: String, target: String) throws {
        #expect(try FlowTarget(SIPURI(parsing: text))?.description == target)
    }

    @Test(arguments: ["sips:a@example.org", "tel:+4930", "sip:a@b;transport=sctp"])
    func noNextHopForWhatWeDoNotSpeak(text: String) throws {
        #expect(try FlowTarget(SIPURI(parsing: text)) == nil)
    }
}
