// SPDX-License-Identifier: GPL-3.0-or-later
package import NIOCore

/// The actor that owns a `SIPEndpoint`: isolated to the endpoint's event loop.
package protocol SIPEndpointOwner: Actor {
    var endpoint: SIPEndpoint { get }
    /// Something came, or time has passed: `endpoint.drain` is to be called, and what it hands over to be handled.
    func settle()
}

/// `SIPCore` on the wire: a transport, a timer and a resolver around it.
///
/// Belongs to an actor whose executor is the event loop; every method is called from there. Messages reach the core in the turn in which
/// they were read, and what the core answers leaves in the same turn.
package final class SIPEndpoint {
    package var core: SIPCore
    private let eventLoop: any EventLoop
    private let transport: SIPTransport
    package let resolver: SIPResolver
    private var timer: (deadline: ContinuousClock.Instant, task: Scheduled<Void>)?
    private var isDraining = false
    private var wake: (@Sendable () -> Void)?
    private var located: (@Sendable (FlowRequestID, [FlowTarget]) -> Void)?
    /// Sees the first line of each message and whose call it is, in the turn in which it comes or goes; nil: nobody looks.
    package var tap: ((_ isIncoming: Bool, _ callID: String, _ line: String) -> Void)?
    /// Malformed requests refused and bytes thrown away, for metrics.
    package private(set) var malformed: UInt64 = 0

    /// - Parameter longestMessage: Bytes of a message that is taken over TCP; nil for the default, which serves all but long rosters.
    package init(
        _ core: SIPCore, on eventLoop: any EventLoop, longestMessage: Int? = nil, resolver: SIPResolver = SIPResolver()
    ) {
        self.core = core
        self.resolver = resolver
        self.eventLoop = eventLoop
        var configuration = SIPTransportConfiguration()
        if let longestMessage { configuration.limits.messageBytes = longestMessage }
        transport = SIPTransport(eventLoop: eventLoop, configuration: configuration)
    }

    /// Binds, and delivers what comes to `owner`, which the endpoint does not keep alive.
    ///
    /// - Throws: `SIPTransportError`, naming the address.
    package func start<Owner: SIPEndpointOwner>(
        _ bindings: [SIPBinding], for owner: Owner, isolation: isolated (any Actor)? = #isolation
    ) async throws(SIPTransportError) {
        wake = { [weak owner] in
            owner?.assumeIsolated {
                $0.endpoint.timerFired(); $0.settle()
            }
        }
        located = { [weak owner, eventLoop] id, targets in
            eventLoop.execute { [weak owner] in
                owner?.assumeIsolated {
                    $0.endpoint.core.located(id, targets, now: .now)
                    $0.settle()
                }
            }
        }
        try await transport.start(bindings: bindings) { [weak owner] event in
            owner?.assumeIsolated {
                $0.endpoint.receive(event)
                $0.settle()
            }
        }
    }

    /// Closes every socket; nothing comes afterwards.
    package func stop(isolation: isolated (any Actor)? = #isolation) async {
        timer?.task.cancel()
        timer = nil
        wake = nil
        located = nil
        await transport.stop()
    }

    /// What is bound, the ports filled in.
    package var addresses: [SIPBinding] { transport.bindings }

    /// The address of ours that the peer of `flow` reaches.
    package func localAddress(for flow: Flow) -> SIPAddress {
        guard flow.local.isWildcard else { return flow.local }
        return transport.localAddress(for: flow.remote, flow.kind) ?? flow.local
    }

    /// The numeric address of ours that packets to `host`, a numeric address, leave from; nil where there is no route.
    package static func sourceHost(toward host: String) -> String? {
        SourceAddress.toward(SIPAddress(host: host, port: 9))
    }

    // MARK: In

    private func receive(_ event: SIPTransportEvent) {
        let now = ContinuousClock.now
        switch event {
        case .message(let message, let flow):
            if let tap { tap(true, message.callID ?? "", message.summary) }
            core.receive(message, over: flow, now: now)
        case .refused, .discarded: malformed += 1
        case .failed(let flow, _), .closed(let flow): core.closed(flow, now: now)
        case .unsent(let bytes, _, _): core.unsent(bytes, now: now)
        }
    }

    private func timerFired() {
        timer = nil
        core.fire(now: .now)
    }

    // MARK: Out

    /// Takes every output of the core: sends and resolves by itself, hands the rest to `handle`, whose own use of the core is served in
    /// the same loop, in order. Then sets the timer.
    package func drain(_ handle: (SIPCoreOutput) -> Void) {
        guard !isDraining else { return }
        isDraining = true
        while let output = core.nextOutput() {
            switch output {
            case .transmit(let bytes, let flow):
                if let tap, let (line, callID) = Self.head(of: bytes) { tap(false, callID, line) }
                transport.send(bytes, over: flow)
            case .findFlow(let id, let target): find(target, for: id)
            case .session, .request, .response, .sessionResponse: handle(output)
            }
        }
        isDraining = false
        arm()
    }

    /// First line and Call-ID of a message of ours, which begins a line each.
    private static func head(of bytes: [UInt8]) -> (line: String, callID: String)? {
        let name = Array("\r\nCall-ID: ".utf8)
        guard let end = bytes.firstIndex(of: 13) else { return nil }
        var start = end
        while start + name.count < bytes.count {
            if bytes[start] == 13, bytes[start..<(start + name.count)].elementsEqual(name) {
                let value = bytes[(start + name.count)...].prefix { $0 != 13 }
                return (String(decoding: bytes[..<end], as: UTF8.self), String(decoding: value, as: UTF8.self))
            }
            // An empty line: the head is over.
            if bytes[start] == 13, start + 2 < bytes.count, bytes[start + 2] == 13 { return nil }
            start += 1
        }
        return nil
    }

    private func find(_ target: FlowTarget, for id: FlowRequestID) {
        if let address = SIPResolver.numeric(target.host, port: target.port) {
            return core.found(id, transport.connect(to: address, target.kind), now: .now)
        }
        guard let located else { return core.located(id, [], now: .now) }
        let resolver = resolver
        Task { located(id, (try? await resolver.locate(target)) ?? []) }
    }

    private func arm() {
        guard let deadline = core.nextDeadline else { return }
        // A timer that fires early only looks again.
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        guard let wake else { return }
        let delay = max(.zero, ContinuousClock.now.duration(to: deadline)).components
        let nanoseconds = delay.seconds * 1_000_000_000 + delay.attoseconds / 1_000_000_000
        timer = (deadline, eventLoop.scheduleTask(in: .nanoseconds(nanoseconds)) { wake() })
    }
}
