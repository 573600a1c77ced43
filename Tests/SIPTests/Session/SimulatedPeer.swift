// SPDX-License-Identifier: GPL-3.0-or-later

@testable import SIP

/// A `SIPCore` in a `SimulatedNetwork`, with all that it told.
final class SimulatedPeer: SimulatedNode {
    let address: SIPAddress
    var core: SIPCore
    private(set) var events: [(id: SessionID, event: SessionEvent)] = []
    private(set) var requests: [(request: SIPRequest, id: ServerTransactionID, session: SessionID?)] = []
    private(set) var outcomes: [RequestOutcome] = []
    private(set) var lookups = 0
    /// Whether it answers 200 to what comes beside INVITE and BYE.
    var answersRequests = false
    /// Called with each event, after it was noted.
    var onEvent: (SimulatedPeer, SessionID, SessionEvent) -> Void = { _, _, _ in }
    private unowned let network: SimulatedNetwork

    init(address: SIPAddress, core: SIPCore, network: SimulatedNetwork) {
        self.address = address
        self.core = core
        self.network = network
    }

    var now: ContinuousClock.Instant { network.now }

    func receive(_ message: SIPMessage, over flow: Flow) {
        core.receive(message, over: flow, now: now)
    }

    func fire() {
        core.fire(now: now)
    }

    func drain() {
        while let output = core.nextOutput() {
            switch output {
            case .transmit(let bytes, let flow):
                network.transmit(bytes, over: flow)
            case .findFlow(let id, let target) where network.names[target.host] != nil:
                lookups += 1
                core.located(id, network.names[target.host] ?? [], now: now)
            case .findFlow(let id, let target):
                core.found(id, network.makeFlow(from: address, to: target), now: now)
            case .session(let id, let event):
                events.append((id, event))
                onEvent(self, id, event)
            case .request(let request, let id, _, let session):
                requests.append((request, id, session))
                if answersRequests { core.respond(id, SIPResponse(to: request, status: 200), now: now) }
            case .response(_, let outcome), .sessionResponse(_, _, let outcome):
                outcomes.append(outcome)
            }
        }
    }

    /// The last incoming session.
    var incoming: SessionID? {
        events.last { if case .incoming = $0.event { true } else { false } }?.id
    }

    func has(_ id: SessionID?, _ match: (SessionEvent) -> Bool) -> Bool {
        events.contains { $0.id == id && match($0.event) }
    }

    func isEstablished(_ id: SessionID?) -> Bool {
        has(id) { if case .established = $0 { true } else { false } }
    }

    func end(of id: SessionID?) -> SessionEnd? {
        for (session, event) in events where session == id {
            if case .ended(let end) = event { return end }
        }
        return nil
    }

    /// The bodies of all `answer` events of a session.
    func answers(_ id: SessionID?) -> [[UInt8]] {
        events.compactMap { session, event in
            guard session == id, case .answer(let body) = event else { return nil }
            return body
        }
    }

    func invite(
        _ callee: SIPAddress, offer: [UInt8]? = sdp("offer"), _ edit: (inout SessionInvite) -> Void = { _ in }
    ) -> SessionID {
        var invite = SessionInvite(
            target: SIPURI(user: "room", host: callee.host, port: callee.port),
            from: NameAddress(uri: SIPURI(user: "alice", host: address.host)), offer: offer)
        edit(&invite)
        return core.invite(invite, now: now)
    }

    /// Accepts every INVITE and answers every offer.
    func acceptEverything() {
        onEvent = { peer, id, event in
            switch event {
            case .incoming(_, let offer, _):
                peer.core.accept(id, body: sdp(offer == nil ? "late offer" : "answer"), now: peer.now)
            case .offer:
                peer.core.answer(id, body: sdp("answer to change"), now: peer.now)
            case .offerWanted:
                peer.core.answer(id, body: sdp("offer in 200"), now: peer.now)
            default:
                break
            }
        }
    }
}

/// Stands for a session description: the session layer does not look inside.
func sdp(_ text: String) -> [UInt8] {
    Array("v=0 \(text)".utf8)
}
