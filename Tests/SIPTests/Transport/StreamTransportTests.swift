// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore
import SIP
import Testing

@Suite("transport over TCP", .timeLimit(.minutes(1)))
struct StreamTransportTests {
    @Test("request and response over one connection, which is used again", arguments: ["127.0.0.1", "::1"])
    func roundTrip(host: String) async throws {
        let client = try await TransportRig.loopback(.tcp, host: host)
        let server = try await TransportRig.loopback(.tcp, host: host)
        let flow = try #require(client.transport.connect(to: server.address, .tcp))
        #expect(flow.local == client.address && flow.connection != 0)
        for number in 1...3 {
            #expect(client.transport.connect(to: server.address, .tcp) == flow)
            client.transport.send(client.options(to: server, callID: "\(number)").serialized(), over: flow)
            let (request, back) = try #require(await server.nextRequest())
            #expect(request.topVia?.received == host && request.topVia?.rport == back.remote.port)
            server.transport.send(SIPResponse(to: request, status: 200).serialized(), over: back)
            let (response, arrived) = try #require(await client.nextResponse())
            #expect(response.callID == "\(number)" && arrived == flow)
        }
        await client.transport.stop()
        guard case .closed = await server.events.next() else {
            Issue.record("close not reported")
            return
        }
        await server.transport.stop()
    }

    @Test("bytes may come one at a time, messages two at once")
    func dripFed() async throws {
        let server = try await TransportRig.loopback(.tcp)
        var invite = Sample.request(.invite)
        invite.body = Array("v=0\r\n\r\nINVITE in the body\r\n\r\n".utf8)
        let bytes = invite.serialized()
        let raw = try await connectRaw(to: server.address)
        try await raw.executeThenClose { _, outbound in
            for byte in bytes { try await outbound.write(ByteBuffer(bytes: [byte])) }
            try await outbound.write(ByteBuffer(bytes: bytes + bytes))
            for _ in 0..<3 { #expect(await server.nextRequest()?.request.body == invite.body) }
        }
        await server.transport.stop()
    }

    @Test("a double CRLF is answered with one, RFC 5626")
    func keepAlive() async throws {
        let server = try await TransportRig.loopback(.tcp)
        let raw = try await connectRaw(to: server.address)
        try await raw.executeThenClose { inbound, outbound in
            var iterator = inbound.makeAsyncIterator()
            for byte: UInt8 in [0x0D, 0x0A, 0x0D, 0x0A] { try await outbound.write(ByteBuffer(bytes: [byte])) }
            #expect(try await iterator.next() == ByteBuffer(bytes: [0x0D, 0x0A]))
            try await outbound.write(ByteBuffer(bytes: [0x0D, 0x0A] + Sample.request(.options).serialized()))
            #expect(await server.nextRequest()?.request.method == .options)
        }
        await server.transport.stop()
    }

    @Test(
        "what cannot be framed is answered and the connection closed",
        arguments: [
            ("Content-Length: -1", 400), ("Content-Length: five", 400), ("Content-Length: 65536", 413),
            ("l: 1\r\nl: 2", 400),
        ])
    func unframeable(header: String, status: Int) async throws {
        let server = try await TransportRig.loopback(.tcp)
        let text = String(decoding: Sample.request(.options).serialized(), as: UTF8.self)
            .replacing("Content-Length: 0", with: header)
        let raw = try await connectRaw(to: server.address)
        try await raw.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: text))
            var received = ByteBuffer()
            for try await buffer in inbound { received.writeImmutableBuffer(buffer) }
            guard case .message(.response(let answer)) = SIPParser.parse(Array(received.readableBytesView)) else {
                Issue.record("no answer in \(received)")
                return
            }
            #expect(answer.status == status)
        }
        await server.transport.stop()
    }

    @Test("an endless head closes the connection")
    func endlessHead() async throws {
        let server = try await TransportRig.loopback(.tcp)
        let raw = try await connectRaw(to: server.address)
        try await raw.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(bytes: [UInt8](repeating: 0x41, count: 70000)))
            // Closed with bytes unread, the connection may end in a reset.
            do { for try await _ in inbound {} } catch {}
        }
        guard case .closed = await server.events.first({ if case .closed = $0 { true } else { false } }) else {
            Issue.record("not closed")
            return
        }
        await server.transport.stop()
    }

    @Test("an idle connection is closed, and so is one that does not finish its message")
    func timeouts() async throws {
        for (idle, message, sends) in [(50, 60000, ""), (60000, 50, "OPTIONS sip:x SIP/2.0\r\n")] {
            var configuration = SIPTransportConfiguration()
            configuration.idleTimeout = .milliseconds(idle)
            configuration.messageTimeout = .milliseconds(message)
            let server = try await TransportRig.loopback(.tcp, configuration)
            let raw = try await connectRaw(to: server.address)
            try await raw.executeThenClose { inbound, outbound in
                if !sends.isEmpty { try await outbound.write(ByteBuffer(string: sends)) }
                for try await _ in inbound {}
            }
            guard case .closed = await server.events.next() else {
                Issue.record("not closed")
                return
            }
            await server.transport.stop()
        }
    }

    @Test("a response whose connection closed goes over a new one to the port in the Via, §18.2.2")
    func reopened() async throws {
        let client = try await TransportRig.loopback(.tcp)
        let server = try await TransportRig.loopback(.tcp)
        let raw = try await connectRaw(to: server.address)
        try await raw.executeThenClose { _, outbound in
            try await outbound.write(ByteBuffer(bytes: client.options(to: server).serialized()))
            _ = await server.events.first { if case .message = $0 { true } else { false } }.map { _ in }
        }
        guard case .closed(let flow) = await server.events.next() else {
            Issue.record("not closed")
            return
        }
        server.transport.send(SIPResponse(to: client.options(to: server), status: 200).serialized(), over: flow)
        #expect(await client.nextResponse()?.response.status == 200)
        await client.transport.stop()
        await server.transport.stop()
    }

    @Test("a refused connection and a gone one are failures")
    func refused() async throws {
        let unused = try await TransportRig.loopback(.tcp)
        let target = unused.address
        await unused.transport.stop()
        let client = try await TransportRig.loopback(.tcp)
        let flow = try #require(client.transport.connect(to: target, .tcp))
        client.transport.send(Sample.request(.options).serialized(), over: flow)
        guard case .failed(let failed, .system) = await client.events.next() else {
            Issue.record("no failure")
            return
        }
        #expect(failed == flow)
        #expect(client.transport.connect(to: target, .tcp) != flow)
        client.transport.send(Sample.request(.options).serialized(), over: flow)
        #expect(await client.events.next() == .failed(flow, .connectionGone))
        await client.transport.stop()
    }

    @Test("connections past the limit are closed at once")
    func tooMany() async throws {
        try await withSecondRefused(limit: 1) { server, first in try await Self.speak(first, to: server) }
    }

    @Test("one network does not take all connections")
    func fairShares() async throws {
        // Of five, one network gets one.
        try await withSecondRefused(limit: 5) { server, _ in
            let other = try await connectRaw(to: server.address, from: "127.0.0.2")
            try await other.executeThenClose { _, outbound in try await Self.speak(outbound, to: server) }
        }
    }

    /// Runs `body` beside a connection that is heard, once a second one from the same address has been closed.
    private func withSecondRefused(
        limit: Int, _ body: (TransportRig, NIOAsyncChannelOutboundWriter<ByteBuffer>) async throws -> Void
    ) async throws {
        var configuration = SIPTransportConfiguration()
        configuration.connections = limit
        let server = try await TransportRig.loopback(.tcp, configuration)
        let first = try await connectRaw(to: server.address)
        try await first.executeThenClose { _, outbound in
            try await Self.speak(outbound, to: server)
            let second = try await connectRaw(to: server.address)
            try await second.executeThenClose { inbound, _ in
                do { for try await _ in inbound {} } catch {}
            }
            try await body(server, outbound)
        }
        await server.transport.stop()
    }

    private static func speak(
        _ outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>, to server: TransportRig
    ) async throws {
        try await outbound.write(ByteBuffer(bytes: Sample.request(.options).serialized()))
        #expect(await server.nextRequest() != nil)
    }
}
