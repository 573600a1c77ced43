// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Reproducible random numbers.
struct SeededRandom: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(_ seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}

/// Something with an address in a `SimulatedNetwork`.
protocol SimulatedNode: AnyObject {
    var address: SIPAddress { get }
    func receive(_ message: SIPMessage, over flow: Flow)
}

/// A network in simulated time that loses, delays and reorders datagrams by a seed. TCP loses nothing and keeps order.
final class SimulatedNetwork {
    struct Crossing {
        let message: SIPMessage
        let from: SIPAddress
        let to: SIPAddress
        let kind: SIPTransportKind
        let bytes: Int
    }

    private struct InFlight {
        let arrival: ContinuousClock.Instant
        let order: Int
        let bytes: [UInt8]
        let flow: Flow
    }

    private(set) var now = ContinuousClock.now
    let start: ContinuousClock.Instant
    /// Share of datagrams lost.
    var loss = 0.0
    /// Most extra delay of a datagram beyond 5 ms.
    var jitter = Duration.zero
    /// The servers of domains.
    var names: [String: [FlowTarget]] = [:]
    /// Whether anybody takes TCP connections.
    var allowsTCP = true
    /// Decides about a message on its way: true lets it pass.
    var filter: (Crossing) -> Bool = { _ in true }
    /// Every message put on the wire, lost ones too.
    private(set) var wire: [Crossing] = []

    private var random: SeededRandom
    private var nodes: [SIPAddress: any SimulatedNode] = [:]
    private var peers: [SimulatedPeer] = []
    private var inFlight: [InFlight] = []
    private var order = 0
    private var connections: UInt64 = 0
    private var streams: [Flow] = []

    init(seed: UInt64 = 1) {
        random = SeededRandom(seed)
        start = now
    }

    func add(_ node: any SimulatedNode) {
        nodes[node.address] = node
        if let peer = node as? SimulatedPeer { peers.append(peer) }
    }

    func makePeer(_ host: String, _ configure: (inout SIPCoreConfiguration) -> Void = { _ in }) -> SimulatedPeer {
        var configuration = SIPCoreConfiguration(productName: "test")
        let address = SIPAddress(host: host, port: 5060)
        configuration.advertisedAddress = { _ in address }
        configure(&configuration)
        let peer = SimulatedPeer(
            address: address, core: SIPCore(configuration: configuration, random: SeededRandom(random.next())),
            network: self)
        add(peer)
        return peer
    }

    func makeFlow(from address: SIPAddress, to target: FlowTarget) -> Flow? {
        let remote = SIPAddress(host: target.host, port: target.port)
        guard nodes[remote] != nil || target.kind == .udp else { return nil }
        guard target.kind == .tcp else { return Flow(kind: .udp, local: address, remote: remote) }
        guard allowsTCP else { return nil }
        if let open = streams.first(where: { $0.local == address && $0.remote == remote }) { return open }
        connections += 1
        let flow = Flow(kind: .tcp, local: address, remote: remote, connection: connections)
        streams.append(flow)
        return flow
    }

    func transmit(_ bytes: [UInt8], over flow: Flow) {
        guard case .message(let message) = SIPParser.parse(bytes) else {
            Issue.record("unreadable: \(String(decoding: bytes, as: UTF8.self))")
            return
        }
        let crossing = Crossing(
            message: message, from: flow.local, to: flow.remote, kind: flow.kind, bytes: bytes.count)
        wire.append(crossing)
        let isLost = flow.kind == .udp && Double(random.next() % 10_000) / 10_000 < loss
        guard !isLost, filter(crossing) else { return }
        var delay = Duration.milliseconds(5)
        let spread = jitter / .milliseconds(1)
        if flow.kind == .udp, spread >= 1 { delay += .milliseconds(Int64(random.next() % UInt64(spread + 1))) }
        order += 1
        let back = Flow(kind: flow.kind, local: flow.remote, remote: flow.local, connection: flow.connection)
        inFlight.append(InFlight(arrival: now + delay, order: order, bytes: bytes, flow: back))
    }

    /// Runs until nothing is left to happen before `duration` is over, then sets the clock there.
    func run(for duration: Duration) {
        let end = now + duration
        runSteps(until: end) { false }
        now = end
    }

    /// Runs until the condition holds; records an issue when it does not within `limit`.
    func run(
        within limit: Duration = .seconds(60), until condition: () -> Bool,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        runSteps(until: now + limit, condition)
        if !condition() { Issue.record("it did not come true", sourceLocation: sourceLocation) }
    }

    private func runSteps(until end: ContinuousClock.Instant, _ condition: () -> Bool) {
        for peer in peers { peer.drain() }
        while !condition() {
            let arrival = inFlight.min { ($0.arrival, $0.order) < ($1.arrival, $1.order) }
            let deadline = peers.compactMap(\.core.nextDeadline).min()
            guard let next = [arrival?.arrival, deadline].compactMap({ $0 }).min(), next <= end else { return }
            now = max(now, next)
            if let arrival, arrival.arrival <= now {
                inFlight.removeAll { $0.order == arrival.order }
                deliver(arrival)
            } else {
                for peer in peers where peer.core.nextDeadline.map({ $0 <= now }) == true { peer.fire() }
            }
            for peer in peers { peer.drain() }
        }
    }

    private func deliver(_ arrival: InFlight) {
        guard case .message(let message) = SIPParser.parse(arrival.bytes) else { return }
        nodes[arrival.flow.local]?.receive(message, over: arrival.flow)
    }

    // MARK: What crossed

    func requests(_ method: SIPMethod, from address: SIPAddress? = nil) -> [SIPRequest] {
        wire.compactMap { crossing in
            guard case .request(let request) = crossing.message, request.method == method,
                address == nil || crossing.from == address
            else { return nil }
            return request
        }
    }

    func responses(_ status: Int, to method: SIPMethod) -> [SIPResponse] {
        wire.compactMap { crossing in
            guard case .response(let response) = crossing.message, response.status == status,
                response.cSeq?.method == method
            else { return nil }
            return response
        }
    }
}
