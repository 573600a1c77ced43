// SPDX-License-Identifier: GPL-3.0-or-later

import Synchronization

/// What any thread may ask about flows: which one leads where, and under which local address.
final class FlowDirectory: Sendable {
    private struct State {
        var bound: [SIPBinding] = []
        var nextConnection: UInt64 = 1
        /// TCP flows that can be sent over: open, opening, or promised by `outgoing` and opened with the first message.
        var streams: [SIPAddress: Flow] = [:]
    }

    private let state = Mutex(State())

    func setBound(_ bindings: [SIPBinding]) {
        state.withLock { $0.bound = bindings }
    }

    var bound: [SIPBinding] { state.withLock { $0.bound } }

    func makeConnectionNumber() -> UInt64 {
        state.withLock { state in
            defer { state.nextConnection += 1 }
            return state.nextConnection
        }
    }

    /// The flow to `remote` that is there, else a new one.
    func outgoing(to remote: SIPAddress) -> Flow {
        let local = localAddress(for: remote, .tcp) ?? SIPAddress(host: remote.isIPv6 ? "::" : "0.0.0.0", port: 5060)
        return state.withLock { state in
            if let flow = state.streams[remote] { return flow }
            let flow = Flow(kind: .tcp, local: local, remote: remote, connection: state.nextConnection)
            state.nextConnection += 1
            state.streams[remote] = flow
            return flow
        }
    }

    func add(_ flow: Flow) {
        state.withLock { state in
            if state.streams[flow.remote] == nil { state.streams[flow.remote] = flow }
        }
    }

    func remove(_ flow: Flow) {
        state.withLock { state in
            if state.streams[flow.remote] == flow { state.streams[flow.remote] = nil }
        }
    }

    func contains(_ flow: Flow) -> Bool {
        state.withLock { $0.streams[flow.remote] == flow }
    }

    /// The address of ours that `remote` can reach us at, for Via and Contact: a binding of that transport and family, with
    /// the address of the route where the binding is for all addresses. A transport without a binding borrows the port
    /// of the other. nil where nothing is bound for the family or no route leads there.
    func localAddress(for remote: SIPAddress, _ kind: SIPTransportKind) -> SIPAddress? {
        let family = bound.filter { $0.address.isIPv6 == remote.isIPv6 }
        let candidates = family.filter { $0.kind == kind }
        let usable = candidates.isEmpty ? family : candidates
        guard let first = usable.first else { return nil }
        if usable.count == 1, !first.address.isWildcard { return first.address }
        guard let source = SourceAddress.toward(remote) else {
            return usable.first { !$0.address.isWildcard }?.address
        }
        if let exact = usable.first(where: { $0.address.host == source }) { return exact.address }
        if let wildcard = usable.first(where: { $0.address.isWildcard }) {
            return SIPAddress(host: source, port: wildcard.address.port)
        }
        return first.address
    }
}
