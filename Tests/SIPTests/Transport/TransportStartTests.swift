// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("transport start", .timeLimit(.minutes(1)))
struct TransportStartTests {
    @Test("a port in use is named", arguments: [SIPTransportKind.udp, .tcp], ["127.0.0.1", "::1"])
    func inUse(kind: SIPTransportKind, host: String) async throws {
        let first = try await TransportRig.loopback(kind, host: host)
        let taken = SIPBinding(kind, first.address)
        let second = SIPTransport()
        let error = await #expect(throws: SIPTransportError.self) {
            try await second.start(bindings: [SIPBinding(.udp, host: host, port: 0), taken]) { _ in }
        }
        #expect(error == .addressInUse(taken))
        #expect(error?.description.contains(first.address.description) == true)
        await second.stop()
        await first.transport.stop()
    }

    @Test("an address that is not ours, or not numeric, is named", arguments: ["192.0.2.99", "localhost"])
    func cannotBind(host: String) async throws {
        let transport = SIPTransport()
        let binding = SIPBinding(.udp, host: host, port: 5060)
        let error = await #expect(throws: SIPTransportError.self) {
            try await transport.start(bindings: [binding]) { _ in }
        }
        guard case .cannotBind(binding, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        await transport.stop()
    }

    @Test("both families and transports can share a port number")
    func shared() async throws {
        let first = try await TransportRig.loopback(.udp, host: "0.0.0.0")
        let port = first.address.port
        let rest = try await TransportRig([
            SIPBinding(.udp, host: "::", port: port), SIPBinding(.tcp, host: "0.0.0.0", port: port),
            SIPBinding(.tcp, host: "::", port: port),
        ])
        #expect(rest.bindings.map(\.address.port) == [port, port, port])
        #expect(
            rest.transport.localAddress(for: SIPAddress(host: "::1", port: 9), .tcp)
                == SIPAddress(host: "::1", port: port))
        await rest.transport.stop()
        await first.transport.stop()
    }

    @Test("a transport starts once")
    func once() async throws {
        let rig = try await TransportRig.loopback(.udp)
        await #expect(throws: SIPTransportError.alreadyStarted) { try await rig.transport.start(bindings: []) { _ in } }
        await rig.transport.stop()
    }

    @Test("numeric hosts need no resolver, names do")
    func resolver() async throws {
        #expect(SIPResolver.numeric("192.0.2.1", port: 5060) == SIPAddress(host: "192.0.2.1", port: 5060))
        #expect(SIPResolver.numeric("[2001:DB8:0::1]", port: 1) == SIPAddress(host: "2001:db8::1", port: 1))
        #expect(SIPResolver.numeric("focus.example", port: 1) == nil)
        #expect(try await SIPResolver().resolve("::1", port: 7) == [SIPAddress(host: "::1", port: 7)])
        #expect(
            try await SIPResolver().resolve("localhost", port: 7).contains {
                $0.host == "127.0.0.1" || $0.host == "::1"
            })
        let error = await #expect(throws: SIPResolutionError.self) {
            try await SIPResolver().resolve("no-such-host.invalid", port: 1)
        }
        #expect(error?.description.contains("no-such-host.invalid") == true)
    }
}
