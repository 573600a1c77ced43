// SPDX-License-Identifier: GPL-3.0-or-later

import NIOCore
import NIOPosix
import SIP

/// A transport on loopback whose events can be awaited one by one.
final class TransportRig: Sendable {
    let transport: SIPTransport
    let bindings: [SIPBinding]
    let events: EventReader

    init(_ bindings: [SIPBinding], _ configuration: SIPTransportConfiguration = SIPTransportConfiguration())
        async throws
    {
        let (stream, continuation) = AsyncStream<SIPTransportEvent>.makeStream()
        transport = SIPTransport(configuration: configuration)
        events = EventReader(stream)
        self.bindings = try await transport.start(bindings: bindings) { continuation.yield($0) }
    }

    static func loopback(
        _ kind: SIPTransportKind, host: String = "127.0.0.1",
        _ configuration: SIPTransportConfiguration = SIPTransportConfiguration()
    ) async throws -> TransportRig {
        try await TransportRig([SIPBinding(kind, host: host, port: 0)], configuration)
    }

    var address: SIPAddress { bindings.first?.address ?? SIPAddress(host: "", port: 0) }

    func nextRequest() async -> (request: SIPRequest, flow: Flow)? {
        while let event = await events.next() {
            if case .message(.request(let request), let flow) = event { return (request, flow) }
        }
        return nil
    }

    func nextResponse() async -> (response: SIPResponse, flow: Flow)? {
        while let event = await events.next() {
            if case .message(.response(let response), let flow) = event { return (response, flow) }
        }
        return nil
    }

    /// A request to `rig` whose Via names this transport.
    func options(to rig: TransportRig, rport: Bool = true, callID: String = "call") -> SIPRequest {
        let kind = bindings.first?.kind ?? .udp
        var request = Sample.request(.options, callID: callID)
        var via = Via(transport: kind.viaName, host: address.host, port: address.port, branch: "z9hG4bK\(callID)")
        if rport { via.parameters.set("rport") }
        request.topVia = via
        request.uri = SIPURI(host: rig.address.host, port: rig.address.port)
        return request
    }
}

/// Hands out events in order.
actor EventReader {
    private var iterator: AsyncStream<SIPTransportEvent>.Iterator

    init(_ stream: AsyncStream<SIPTransportEvent>) {
        iterator = stream.makeAsyncIterator()
    }

    func next() async -> SIPTransportEvent? {
        var copy = iterator
        defer { iterator = copy }
        return await copy.next(isolation: self)
    }

    /// Waits until an event satisfies `condition`; others are skipped.
    func first(_ condition: @Sendable (SIPTransportEvent) -> Bool) async -> SIPTransportEvent? {
        while let event = await next() { if condition(event) { return event } }
        return nil
    }
}

typealias RawStream = NIOAsyncChannel<ByteBuffer, ByteBuffer>

/// A bare TCP connection to `address`.
///
/// - Parameter host: where it comes from.
func connectRaw(to address: SIPAddress, from host: String? = nil) async throws -> RawStream {
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    if let host { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: host, port: 0)) }
    return
        try await bootstrap.connect(host: address.host, port: address.port) { channel in
            channel.eventLoop.makeCompletedFuture { try RawStream(wrappingChannelSynchronously: channel) }
        }
}

/// A bare UDP socket, sending only.
func sendRaw(_ bytes: [UInt8], to address: SIPAddress) async throws {
    let channel = try await DatagramBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        .bind(host: address.isIPv6 ? "::1" : "127.0.0.1", port: 0).get()
    let remote = try SocketAddress(ipAddress: address.host, port: address.port)
    try await channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes)))
    try await channel.close()
}
