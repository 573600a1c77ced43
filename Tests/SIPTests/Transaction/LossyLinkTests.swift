// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

/// Two transaction layers with a link between them that delays and loses messages, in simulated time.
private struct LossyPair {
    private enum Event {
        case toServer(SIPMessage)
        case toClient(SIPMessage)
    }

    var client = TransactionLayer()
    var server = TransactionLayer()
    var now = Sample.start
    let loss: Double
    let flow: Flow
    private var random: FuzzTests.Seeded
    private var inFlight: [(ContinuousClock.Instant, Int, Event)] = []
    private var order = 0
    private(set) var clientOutputs: [TransactionOutput] = []
    private(set) var requestsShown = 0
    private(set) var ended: [ServerTransactionEnd] = []
    /// The status the server answers each INVITE or other request with, after this delay.
    let status: Int
    let thinking: Duration
    private var toAnswer: [(ContinuousClock.Instant, SIPRequest, ServerTransactionID)] = []

    init(loss: Double, seed: UInt64, flow: Flow, status: Int, thinking: Duration) {
        self.loss = loss
        self.flow = flow
        self.status = status
        self.thinking = thinking
        random = FuzzTests.Seeded(state: seed)
    }

    private mutating func carry(_ event: Event) {
        guard Double.random(in: 0..<1, using: &random) >= loss else { return }
        order += 1
        let delay = Duration.milliseconds(Int.random(in: 5...120, using: &random))
        inFlight.append((now + delay, order, event))
    }

    mutating func settle() {
        while let output = client.nextOutput() {
            if case .transmit(let message, _) = output {
                carry(.toServer(message))
            } else {
                clientOutputs.append(output)
            }
        }
        while let output = server.nextOutput() {
            switch output {
            case .transmit(let message, _): carry(.toClient(message))
            case .request(let request, let id, _):
                requestsShown += 1
                toAnswer.append((now + thinking, request, id))
            case .ended(_, let end): ended.append(end)
            default: break
            }
        }
    }

    mutating func run(until end: ContinuousClock.Instant) {
        settle()
        while let next = [
            inFlight.map(\.0).min(), toAnswer.map(\.0).min(), client.nextDeadline, server.nextDeadline,
        ].compactMap({ $0 }).min(), next <= end {
            now = max(now, next)
            if let index = inFlight.indices.filter({ inFlight[$0].0 <= now }).min(by: {
                inFlight[$0].1 < inFlight[$1].1
            }) {
                switch inFlight.remove(at: index).2 {
                case .toServer(let message): server.receive(message, over: flow, now: now)
                case .toClient(let message): client.receive(message, over: flow, now: now)
                }
            }
            if let index = toAnswer.firstIndex(where: { $0.0 <= now }) {
                let (_, request, id) = toAnswer.remove(at: index)
                server.respond(Sample.response(status, to: request), to: id, now: now)
            }
            client.fire(now: now)
            server.fire(now: now)
            settle()
        }
    }

    var responses: [Int] {
        clientOutputs.compactMap { if case .response(let response, _, _) = $0 { response.status } else { nil } }
    }
}

@Suite("machine against machine over a lossy link")
struct LossyLinkTests {
    @Test("a failed INVITE is shown once, answered once and acknowledged, whatever is lost", arguments: 1...40)
    func failedInvite(seed: Int) {
        var pair = LossyPair(loss: 0.3, seed: UInt64(seed), flow: Sample.udp, status: 486, thinking: .milliseconds(300))
        _ = pair.client.send(Sample.request(.invite), over: Sample.udp, now: Sample.start)
        pair.run(until: Sample.at(120_000))
        #expect(pair.requestsShown == 1)
        #expect(pair.responses.filter { $0 >= 200 } == [486])
        #expect(pair.ended == [.completed])
        #expect(pair.client.liveCount == 0 && pair.server.liveCount == 0)
    }

    @Test("a non-INVITE is shown once and answered once, whatever is lost", arguments: 1...40)
    func nonInvite(seed: Int) {
        var pair = LossyPair(
            loss: 0.3, seed: UInt64(seed), flow: Sample.udp, status: 200, thinking: .milliseconds(seed * 100))
        _ = pair.client.send(Sample.request(.options), over: Sample.udp, now: Sample.start)
        pair.run(until: Sample.at(120_000))
        #expect(pair.requestsShown == 1)
        #expect(pair.responses.filter { $0 >= 200 } == [200])
        #expect(pair.client.liveCount == 0 && pair.server.liveCount == 0)
    }

    @Test("a dead link ends in one timeout and no leftovers", arguments: [SIPMethod.invite, .options])
    func deadLink(method: SIPMethod) {
        var pair = LossyPair(loss: 1, seed: 1, flow: Sample.udp, status: 200, thinking: .zero)
        let id = pair.client.send(Sample.request(method), over: Sample.udp, now: Sample.start)
        pair.run(until: Sample.at(120_000))
        #expect(pair.clientOutputs == [.timeout(id)])
        #expect(pair.client.liveCount == 0)
    }

    @Test("over a reliable link nothing is sent twice", arguments: [SIPMethod.invite, .options])
    func reliable(method: SIPMethod) {
        var pair = LossyPair(loss: 0, seed: 1, flow: Sample.tcp, status: 404, thinking: .milliseconds(100))
        _ = pair.client.send(Sample.request(method), over: Sample.tcp, now: Sample.start)
        pair.run(until: Sample.at(120_000))
        #expect(pair.responses == [404] && pair.requestsShown == 1)
        #expect(pair.client.liveCount == 0 && pair.server.liveCount == 0)
    }
}
