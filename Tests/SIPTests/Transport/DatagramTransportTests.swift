// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("transport over UDP", .timeLimit(.minutes(1)))
struct DatagramTransportTests {
    @Test("request and response, with received and rport", arguments: ["127.0.0.1", "::1"])
    func roundTrip(host: String) async throws {
        let client = try await TransportRig.loopback(.udp, host: host)
        let server = try await TransportRig.loopback(.udp, host: host)
        let flow = try #require(client.transport.connect(to: server.address, .udp))
        client.transport.send(client.options(to: server).serialized(), over: flow)
        let (request, back) = try #require(await server.nextRequest())
        #expect(request.topVia?.received == host && request.topVia?.rport == client.address.port)
        #expect(back.remote == client.address && back.local == server.address)
        server.transport.send(SIPResponse(to: request, status: 200).serialized(), over: back)
        let (response, _) = try #require(await client.nextResponse())
        #expect(response.status == 200 && response.topVia?.branch == "z9hG4bKcall")
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("without rport the response goes to the port in the Via, not to the source's")
    func viaPort() async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp)
        try await sendRaw(client.options(to: server, rport: false).serialized(), to: server.address)
        let (request, back) = try #require(await server.nextRequest())
        #expect(request.topVia?.rport == nil && back.remote == client.address)
        server.transport.send(SIPResponse(to: request, status: 200).serialized(), over: back)
        #expect(await client.nextResponse()?.response.status == 200)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("on a wildcard binding a flow knows the address it came to")
    func wildcard() async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp, host: "0.0.0.0")
        let target = SIPAddress(host: "127.0.0.1", port: server.address.port)
        #expect(server.transport.localAddress(for: client.address, .udp) == target)
        let flow = try #require(client.transport.connect(to: target, .udp))
        client.transport.send(client.options(to: server).serialized(), over: flow)
        let (request, back) = try #require(await server.nextRequest())
        #expect(back.local == target)
        server.transport.send(SIPResponse(to: request, status: 200).serialized(), over: back)
        #expect(await client.nextResponse()?.flow.remote == target)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("garbage is dropped, a malformed request answered, and the next one served")
    func garbage() async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp)
        let flow = try #require(client.transport.connect(to: server.address, .udp))
        client.transport.send([0xFF, 0x00, 0x80, 0x0D, 0x0A], over: flow)
        guard case .discarded(.notSIP, _) = await server.events.next() else {
            Issue.record("garbage not reported")
            return
        }
        client.transport.send([0x0D, 0x0A, 0x0D, 0x0A], over: flow)
        guard case .discarded(.keepAlive, _) = await server.events.next() else {
            Issue.record("keep-alive not reported")
            return
        }
        var broken = client.options(to: server)
        broken.headers.add("Contact", "<sip:open")
        client.transport.send(broken.serialized(), over: flow)
        let (answer, _) = try #require(await client.nextResponse())
        #expect(answer.status == 400 && answer.reason == "Malformed Contact")
        client.transport.send(client.options(to: server).serialized(), over: flow)
        #expect(await server.nextRequest() != nil)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("the largest datagram arrives; a larger one fails at the sender")
    func giant() async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp)
        let flow = try #require(client.transport.connect(to: server.address, .udp))
        var request = client.options(to: server)
        request.body = [UInt8](repeating: 0x61, count: 65507 - request.serialized().count - 4)
        client.transport.send(request.serialized(), over: flow)
        #expect(await server.nextRequest()?.request.body.count == request.body.count)
        request.body = [UInt8](repeating: 0x61, count: 66000)
        client.transport.send(request.serialized(), over: flow)
        guard case .unsent(let bytes, let lost, .system) = await client.events.next() else {
            Issue.record("no failure")
            return
        }
        #expect(lost == flow && bytes == request.serialized())
        await client.transport.stop()
        await server.transport.stop()
    }

    /// Broadcast is not permitted, and no route leads from the loopback to the outside.
    @Test(
        "an address that the system refuses costs its own datagram alone", arguments: ["255.255.255.255", "192.0.2.1"])
    func refusedAddress(host: String) async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp)
        let bad = Flow(kind: .udp, local: client.address, remote: SIPAddress(host: host, port: 5060))
        client.transport.send([0x0D, 0x0A], over: bad)
        guard case .unsent([0x0D, 0x0A], bad, .system) = await client.events.next() else {
            Issue.record("no failure")
            return
        }
        let flow = try #require(client.transport.connect(to: server.address, .udp))
        client.transport.send(client.options(to: server).serialized(), over: flow)
        let (request, from) = try #require(await server.nextRequest())
        server.transport.send(SIPResponse(to: request, status: 200, toTag: "x").serialized(), over: from)
        #expect(await client.nextResponse()?.response.status == 200)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("sends from many tasks all arrive")
    func anyThread() async throws {
        let client = try await TransportRig.loopback(.udp)
        let server = try await TransportRig.loopback(.udp)
        let flow = try #require(client.transport.connect(to: server.address, .udp))
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    client.transport.send(client.options(to: server, callID: "\(number)").serialized(), over: flow)
                }
            }
        }
        var seen: Set<String> = []
        while seen.count < 100, let (request, _) = await server.nextRequest() { seen.insert(request.callID ?? "") }
        #expect(seen.count == 100)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("no binding of a family: no flow, and a failure for one made by hand")
    func noBinding() async throws {
        let client = try await TransportRig.loopback(.udp)
        let remote = SIPAddress(host: "::1", port: 5060)
        #expect(client.transport.connect(to: remote, .udp) == nil)
        let flow = Flow(kind: .udp, local: client.address, remote: remote)
        client.transport.send([0x0D, 0x0A], over: flow)
        #expect(await client.events.next() == .unsent([0x0D, 0x0A], flow, .noBinding))
        let named = Flow(kind: .udp, local: client.address, remote: SIPAddress(host: "a.example", port: 5060))
        client.transport.send([0x0D, 0x0A], over: named)
        #expect(await client.events.next() == .unsent([0x0D, 0x0A], named, .badAddress))
        await client.transport.stop()
    }
}
