// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// Requests that are too long for a datagram (RFC 3261 §18.1.1), and peers without TCP.
@Suite("Long requests to a peer over UDP") struct LongRequestTests {
    private static let now = ContinuousClock.now

    /// What a core wants done, sorted.
    private struct Wants {
        var sent: [(request: SIPRequest, bytes: [UInt8], flow: Flow)] = []
        var flows: [(id: FlowRequestID, target: FlowTarget)] = []
        var outcomes: [RequestOutcome] = []
    }

    private static func drain(_ core: inout SIPCore) -> Wants {
        var wants = Wants()
        var limits = SIPMessageLimits()
        limits.messageBytes = 1 << 20
        while let output = core.nextOutput() {
            switch output {
            case .transmit(let bytes, let flow):
                if case .message(.request(let request)) = SIPParser.parse(bytes, limits: limits) {
                    wants.sent.append((request, bytes, flow))
                }
            case .findFlow(let id, let target): wants.flows.append((id, target))
            case .response(_, let outcome): wants.outcomes.append(outcome)
            default: break
            }
        }
        return wants
    }

    private static func notify(_ size: Int, _ callID: String = "call") -> OutOfDialogRequest {
        var request = SIPRequest(method: .notify, uri: SIPURI(user: "ann", host: "192.0.2.2"))
        request.callID = callID
        request.body = [UInt8](repeating: 0x61, count: size)
        return OutOfDialogRequest(request, route: .flow(Sample.udp, otherwise: nil))
    }

    @Test func aDatagramThatTheSystemRefusesFailsItsOwnTransactionAndNoOther() {
        var core = SIPCore(configuration: SIPCoreConfiguration(productName: "test"))
        _ = core.request(outOfDialog: Self.notify(10, "short"), now: Self.now)
        _ = core.request(outOfDialog: Self.notify(70_000, "long"), now: Self.now)
        var wants = Self.drain(&core)
        #expect(wants.sent.map(\.request.callID) == ["short"])
        core.found(wants.flows[0].id, nil, now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.sent.map(\.request.callID) == ["long"])
        core.receive(.unsent(wants.sent[0].bytes, Sample.udp, .system("too long")), now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.outcomes == [.transportError])
        #expect(core.transactionCount == 1)
    }

    @Test func aPeerThatTookNoTCPIsSentDatagramsAtOnceForAWhile() {
        var core = SIPCore(configuration: SIPCoreConfiguration(productName: "test"))
        _ = core.request(outOfDialog: Self.notify(3000), now: Self.now)
        var wants = Self.drain(&core)
        #expect(wants.sent.isEmpty)
        #expect(wants.flows.map(\.target.kind) == [.tcp])
        // The connection is promised, and then does not come about.
        core.found(wants.flows[0].id, Sample.tcp, now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.sent.map(\.flow.kind) == [.tcp])
        core.receive(.failed(Sample.tcp, .system("timed out")), now: Self.now + .seconds(5))
        wants = Self.drain(&core)
        #expect(wants.sent.map(\.flow) == [Sample.udp])
        _ = core.request(outOfDialog: Self.notify(3000, "second"), now: Self.now + .seconds(6))
        wants = Self.drain(&core)
        #expect(wants.sent.map(\.flow) == [Sample.udp])
        #expect(wants.flows.isEmpty)
        _ = core.request(outOfDialog: Self.notify(3000, "third"), now: Self.now + .seconds(5) + AvoidedPeers.memory)
        wants = Self.drain(&core)
        #expect(wants.flows.map(\.target.kind) == [.tcp])
    }

    @Test func whatMayBeNoLongDatagramIsNotSentToAPeerWithoutTCP() {
        var core = SIPCore(configuration: SIPCoreConfiguration(productName: "test"))
        func request(_ size: Int, _ callID: String) -> OutOfDialogRequest {
            var request = Self.notify(size, callID)
            request.mayBeLongDatagram = false
            return request
        }
        _ = core.request(outOfDialog: request(3000, "first"), now: Self.now)
        var wants = Self.drain(&core)
        #expect(wants.sent.isEmpty && wants.flows.map(\.target.kind) == [.tcp])
        core.found(wants.flows[0].id, nil, now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.sent.isEmpty && wants.outcomes == [.transportError])
        // By now it is known to take none.
        _ = core.request(outOfDialog: request(3000, "second"), now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.sent.isEmpty && wants.flows.isEmpty && wants.outcomes == [.transportError])
        _ = core.request(outOfDialog: request(10, "short"), now: Self.now)
        wants = Self.drain(&core)
        #expect(wants.sent.map(\.flow) == [Sample.udp])
    }
}
