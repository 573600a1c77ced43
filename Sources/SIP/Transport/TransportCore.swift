// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import NIOCore
import NIOPosix

/// The transport's state and I/O. Touched on its event loop only.
final class TransportCore {
    let eventLoop: any EventLoop
    let configuration: SIPTransportConfiguration
    let directory: FlowDirectory
    private var receive: (@Sendable (SIPTransportEvent) -> Void)?

    private var datagrams: [DatagramEndpoint] = []
    private var listeners: [any Channel] = []
    private var connections: [UInt64: StreamConnection] = [:]
    /// Of accepted connections, among networks that call.
    private var places: FairShares
    private var isStopped = false

    /// Where responses for closed connections go, for as long as a transaction may live (64*T1 twice).
    private var returnAddresses: [UInt64: (address: SIPAddress, until: NIODeadline)] = [:]
    private static let returnAddressLimit = 4096
    private static let returnAddressLife = TimeAmount.seconds(64)

    init(eventLoop: any EventLoop, configuration: SIPTransportConfiguration, directory: FlowDirectory) {
        self.eventLoop = eventLoop
        self.configuration = configuration
        self.directory = directory
        places = FairShares(limit: configuration.connections)
    }

    /// Whether this is the first call.
    func start(receive: @escaping @Sendable (SIPTransportEvent) -> Void) -> Bool {
        guard self.receive == nil else { return false }
        self.receive = receive
        return true
    }

    func add(_ endpoint: DatagramEndpoint) {
        datagrams.append(endpoint)
    }

    func add(listener: any Channel) {
        listeners.append(listener)
    }

    func stop() -> [any Channel] {
        isStopped = true
        receive = nil
        for connection in connections.values { connection.close() }
        defer {
            datagrams = []
            listeners = []
        }
        return datagrams.map(\.channel) + listeners
    }

    // MARK: Receiving

    func parse(_ bytes: [UInt8]) -> SIPParseOutcome {
        SIPParser.parse(bytes, limits: configuration.limits)
    }

    func receivedDatagram(_ bytes: [UInt8], at local: SIPAddress, from source: SIPAddress) {
        received(parse(bytes), over: Flow(kind: .udp, local: local, remote: source), from: source)
    }

    func received(_ outcome: SIPParseOutcome, over flow: Flow, from source: SIPAddress) {
        switch outcome {
        case .message(.request(let request)):
            let (stamped, respondTo) = ResponsePath.stamp(request, from: source)
            receive?(.message(.request(stamped), answering(flow, respondTo)))
        case .message(.response(let response)):
            receive?(.message(.response(response), flow))
        case .badRequest(var answer):
            var respondTo = source
            // The Via of a malformed request may be unreadable; the source is then the best there is.
            if answer.topVia != nil {
                let copied = SIPRequest(method: .options, uri: SIPURI(host: ""), headers: answer.headers)
                let (stamped, address) = ResponsePath.stamp(copied, from: source)
                answer.topVia = stamped.topVia
                respondTo = address
            }
            let answerFlow = answering(flow, respondTo)
            send(answer.serialized(), over: answerFlow)
            receive?(.refused(status: answer.status, reason: answer.reason, answerFlow))
        case .discard(let reason):
            receive?(.discarded(reason, flow))
        }
    }

    /// Over UDP a response goes where the Via says, which need not be the port the request came from.
    private func answering(_ flow: Flow, _ respondTo: SIPAddress) -> Flow {
        guard flow.kind == .udp else { return flow }
        return Flow(kind: .udp, local: flow.local, remote: respondTo)
    }

    // MARK: Sending

    func send(_ bytes: [UInt8], over flow: Flow) {
        guard !isStopped else { return }
        switch flow.kind {
        case .udp: sendDatagram(bytes, over: flow)
        case .tcp: sendStream(bytes, over: flow)
        }
    }

    private func sendDatagram(_ bytes: [UInt8], over flow: Flow) {
        guard let remote = flow.remote.socketAddress, flow.remote.port > 0 else {
            return unsent(bytes, flow, .badAddress)
        }
        let family = datagrams.filter { $0.local.isIPv6 == flow.remote.isIPv6 }
        let endpoint =
            family.first { $0.local == flow.local }
            ?? family.first { $0.local.isWildcard && $0.local.port == flow.local.port } ?? family.first
        guard let endpoint else { return unsent(bytes, flow, .noBinding) }
        do throws(IOError) {
            try endpoint.sender.send(bytes, to: remote)
        } catch  where error.errnoCode == EAGAIN {
            // The channel waits until there is room.
            let envelope = AddressedEnvelope(remoteAddress: remote, data: ByteBuffer(bytes: bytes))
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            endpoint.channel.writeAndFlush(envelope).whenFailure { error in
                bound.value.unsent(bytes, flow, .system(String(describing: error)))
            }
        } catch {
            unsent(bytes, flow, .system(String(describing: error)))
        }
    }

    /// Reported in a turn of its own: whoever sends is in the middle of its own.
    private func unsent(_ bytes: [UInt8], _ flow: Flow, _ failure: SIPTransportFailure) {
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        eventLoop.execute { bound.value.receive?(.unsent(bytes, flow, failure)) }
    }

    private func sendStream(_ bytes: [UInt8], over flow: Flow) {
        if let connection = connections[flow.connection] { return connection.send(bytes) }
        if directory.contains(flow) { return open(flow).send(bytes) }
        // A response whose connection closed goes over a new one (RFC 3261 §18.2.2).
        guard let known = returnAddresses[flow.connection], known.until > .now() else {
            return failed(flow, .connectionGone)
        }
        let fresh = directory.outgoing(to: known.address)
        (connections[fresh.connection] ?? open(fresh)).send(bytes)
    }

    private func open(_ flow: Flow) -> StreamConnection {
        let connection = StreamConnection(core: self, flow: flow)
        connections[flow.connection] = connection
        guard let remote = flow.remote.socketAddress, flow.remote.port > 0 else {
            let bound = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { bound.value.openFailed(flow, .badAddress) }
            return connection
        }
        let bound = NIOLoopBound(self, eventLoop: eventLoop)
        let handler = NIOLoopBound(connection, eventLoop: eventLoop)
        let settings = configuration
        ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(settings.connectTimeout))
            .channelOption(.socketOption(.so_reuseaddr), value: 1)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.configureStream(settings, handler.value)
                }
            }
            .connect(to: remote)
            .whenFailure { error in bound.value.openFailed(flow, .system(String(describing: error))) }
        return connection
    }

    private func openFailed(_ flow: Flow, _ failure: SIPTransportFailure) {
        connections[flow.connection] = nil
        directory.remove(flow)
        failed(flow, failure)
    }

    func failed(_ flow: Flow, _ failure: SIPTransportFailure) {
        receive?(.failed(flow, failure))
    }

    // MARK: Connections

    func mayAccept(from remote: SIPAddress) -> Bool { !isStopped && places.shortage(for: remote.network) == nil }

    func accepted(_ connection: StreamConnection, local: SIPAddress, remote: SIPAddress) -> Flow {
        let flow = Flow(kind: .tcp, local: local, remote: remote, connection: directory.makeConnectionNumber())
        places.take(for: remote.network)
        connections[flow.connection] = connection
        directory.add(flow)
        return flow
    }

    func closed(_ connection: StreamConnection) {
        guard let flow = connection.flow, connections[flow.connection] === connection else { return }
        connections[flow.connection] = nil
        directory.remove(flow)
        if !connection.isOutgoing { places.giveBack(of: flow.remote.network) }
        if let address = connection.returnAddress { remember(address, for: flow.connection) }
        receive?(.closed(flow))
    }

    private func remember(_ address: SIPAddress, for connection: UInt64) {
        let now = NIODeadline.now()
        if returnAddresses.count >= Self.returnAddressLimit {
            returnAddresses = returnAddresses.filter { $0.value.until > now }
            guard returnAddresses.count < Self.returnAddressLimit else { return }
        }
        returnAddresses[connection] = (address, now + Self.returnAddressLife)
    }
}

extension Channel {
    /// The pipeline of a SIP connection. To be called on the channel's event loop.
    func configureStream(_ settings: SIPTransportConfiguration, _ connection: StreamConnection) throws {
        let pipeline = pipeline.syncOperations
        try syncOptions?.setOption(
            .writeBufferWaterMark,
            value: ChannelOptions.Types.WriteBufferWaterMark(
                low: settings.outboundBytes / 2, high: settings.outboundBytes))
        try pipeline.addHandler(IdleStateHandler(allTimeout: TimeAmount(settings.idleTimeout)))
        try pipeline.addHandler(connection)
    }
}
