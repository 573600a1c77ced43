// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
package import NIOCore
import NIOPosix

/// SIP over UDP and TCP, IPv4 and IPv6, on one event loop (RFC 3261 §18, RFC 3581, RFC 5626 §3.5.1).
///
/// Every method may be called from any thread. Events come on the event loop, one after the other.
package final class SIPTransport: Sendable {
    /// The loop everything happens on; an actor that serves this transport may use it as its executor.
    package let eventLoop: any EventLoop
    private let ownGroup: MultiThreadedEventLoopGroup?
    private let configuration: SIPTransportConfiguration
    private let directory = FlowDirectory()
    private let core: NIOLoopBoundBox<TransportCore>

    /// Works on `eventLoop`, or on a thread of its own where that is nil.
    package init(
        eventLoop: (any EventLoop)? = nil, configuration: SIPTransportConfiguration = SIPTransportConfiguration()
    ) {
        ownGroup = eventLoop == nil ? MultiThreadedEventLoopGroup(numberOfThreads: 1) : nil
        guard let loop = eventLoop ?? ownGroup?.next() else {
            preconditionFailure("a group of one thread has an event loop")
        }
        self.eventLoop = loop
        self.configuration = configuration
        core = NIOLoopBoundBox.makeBoxSendingValue(
            TransportCore(eventLoop: loop, configuration: configuration, directory: directory), eventLoop: loop)
    }

    /// Binds every address and begins to receive. With no bindings it can only open TCP connections.
    /// - Parameter receive: called on the event loop for each event, also before this method returns.
    /// - Returns: the bindings with the ports they got.
    /// - Throws: `SIPTransportError`, naming the address; nothing stays bound then.
    @discardableResult
    package func start(
        bindings: [SIPBinding], receive: @escaping @Sendable (SIPTransportEvent) -> Void
    ) async throws(SIPTransportError) -> [SIPBinding] {
        guard await onLoop({ $0.start(receive: receive) }) else { throw .alreadyStarted }
        var bound: [SIPBinding] = []
        for binding in bindings {
            do { bound.append(try await bind(binding)) } catch {
                for channel in await onLoop({ $0.stop() }) { try? await channel.close() }
                throw Self.bindError(binding, error)
            }
        }
        directory.setBound(bound)
        return bound
    }

    /// Sends over a flow. A TCP flow from `connect` is opened by its first message; for a response whose connection has
    /// closed a new one is opened. What cannot be sent becomes a `.failed` event.
    package func send(_ bytes: [UInt8], over flow: Flow) {
        guard !eventLoop.inEventLoop else { return core.value.send(bytes, over: flow) }
        let core = core
        eventLoop.execute { core.value.send(bytes, over: flow) }
    }

    /// The flow to a numeric address: over TCP the open connection to it, or a new one that its first message opens; over
    /// UDP none is needed. nil where nothing is bound for UDP and that address family.
    package func connect(to remote: SIPAddress, _ kind: SIPTransportKind) -> Flow? {
        switch kind {
        case .tcp:
            return directory.outgoing(to: remote)
        case .udp:
            guard let local = directory.localAddress(for: remote, .udp) else { return nil }
            return Flow(kind: .udp, local: local, remote: remote)
        }
    }

    /// The address of ours that `remote` can reach, for Via and Contact. nil where nothing is bound for its family.
    package func localAddress(for remote: SIPAddress, _ kind: SIPTransportKind) -> SIPAddress? {
        directory.localAddress(for: remote, kind)
    }

    /// What is bound, with the ports that were got.
    package var bindings: [SIPBinding] { directory.bound }

    /// Closes everything; no event comes after it. Its own thread ends too.
    package func stop() async {
        for channel in await onLoop({ $0.stop() }) {
            // A channel that is closed already is as good.
            try? await channel.close()
        }
        try? await ownGroup?.shutdownGracefully()
    }

    // MARK: Binding

    private func onLoop<Value: Sendable>(_ body: @escaping @Sendable (TransportCore) -> Value) async -> Value {
        let core = core
        return await withCheckedContinuation { continuation in
            eventLoop.execute { continuation.resume(returning: body(core.value)) }
        }
    }

    private func bind(_ binding: SIPBinding) async throws -> SIPBinding {
        guard let address = binding.address.socketAddress else {
            throw SIPTransportError.cannotBind(binding, SIPTransportFailure.badAddress.description)
        }
        let core = core
        let settings = configuration
        let channel: any Channel
        var sender: DatagramSender?
        switch binding.kind {
        case .udp:
            let socket = try DatagramSender.bound(to: address)
            do { sender = try DatagramSender(sharing: socket) } catch {
                close(socket)
                throw error
            }
            channel = try await DatagramBootstrap.sip(on: eventLoop, binding)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.pipeline.syncOperations.addHandler(DatagramHandler(core: core.value))
                    }
                }
                .withBoundSocket(socket).get()
            await DatagramBootstrap.raiseBuffers(of: channel, to: settings.socketBufferBytes)
        case .tcp:
            var bootstrap = ServerBootstrap(group: eventLoop)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .serverChannelOption(.backlog, value: 1024)
                .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try channel.configureStream(settings, StreamConnection(accepting: core.value))
                    }
                }
            if binding.address.isIPv6 {
                bootstrap = bootstrap.serverChannelOption(
                    ChannelOptions.Types.SocketOption(level: .ipv6, name: .ipv6_v6only), value: 1)
            }
            channel = try await bootstrap.bind(to: address).get()
        }
        let local = SIPAddress(channel.localAddress) ?? binding.address
        let bound = SIPBinding(binding.kind, local)
        await onLoop { [sender] core in
            if let sender {
                core.add(DatagramEndpoint(local: local, channel: channel, sender: sender))
            } else {
                core.add(listener: channel)
            }
        }
        return bound
    }

    private static func bindError(_ binding: SIPBinding, _ error: any Error) -> SIPTransportError {
        switch error {
        case let error as SIPTransportError: error
        // EADDRINUSE
        case let error as IOError where error.errnoCode == 98: .addressInUse(binding)
        case let error as IOError:
            .cannotBind(binding, unsafe strerror(error.errnoCode).map { unsafe String(cString: $0) } ?? "\(error)")
        default: .cannotBind(binding, String(describing: error))
        }
    }
}
