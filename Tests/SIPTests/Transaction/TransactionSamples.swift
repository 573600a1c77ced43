// SPDX-License-Identifier: GPL-3.0-or-later

import SIP

/// Messages and moments for the transaction tests.
enum Sample {
    static let start = ContinuousClock.now
    static let timers = SIPTimers()
    static let udp = Flow(
        kind: .udp, local: SIPAddress(host: "192.0.2.1", port: 5060), remote: SIPAddress(host: "192.0.2.2", port: 5060))
    static let tcp = Flow(
        kind: .tcp, local: SIPAddress(host: "192.0.2.1", port: 5060),
        remote: SIPAddress(host: "192.0.2.2", port: 40000),
        connection: 7)

    static func at(_ milliseconds: Int) -> ContinuousClock.Instant {
        start + .milliseconds(milliseconds)
    }

    static func request(
        _ method: SIPMethod, branch: String? = "z9hG4bKone", callID: String = "call", number: UInt32 = 1,
        fromTag: String? = "alice", toTag: String? = nil, transport: String = "UDP"
    ) -> SIPRequest {
        let room = SIPURI(user: "room", host: "focus.example")
        var request = SIPRequest(method: method, uri: room)
        request.headers.add("Via", Via(transport: transport, host: "192.0.2.2", branch: branch).description)
        request.maxForwards = 70
        var from = NameAddress(displayName: "Alice", uri: SIPURI(user: "alice", host: "example.org"))
        from.tag = fromTag
        request.from = from
        var to = NameAddress(uri: room)
        to.tag = toTag
        request.to = to
        request.callID = callID
        request.cSeq = CSeq(number: number, method: method)
        return request
    }

    static func response(_ status: Int, to request: SIPRequest, tag: String = "bob") -> SIPResponse {
        SIPResponse(to: request, status: status, toTag: tag)
    }
}

extension TransactionLayer {
    /// Everything there is to do now.
    mutating func drain() -> [TransactionOutput] {
        var outputs: [TransactionOutput] = []
        while let output = nextOutput() { outputs.append(output) }
        return outputs
    }

    /// Runs the timers up to `end`, each at its moment, and returns what came out with the milliseconds since the start.
    mutating func run(until end: ContinuousClock.Instant) -> [(milliseconds: Int, output: TransactionOutput)] {
        var outputs: [(Int, TransactionOutput)] = []
        while let deadline = nextDeadline, deadline <= end {
            fire(now: deadline)
            let moment = (deadline - Sample.start).milliseconds
            outputs += drain().map { (moment, $0) }
        }
        return outputs
    }
}

extension Duration {
    var milliseconds: Int {
        Int(components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}

extension TransactionOutput {
    /// The method or status of what goes on the wire; nil for anything else.
    var sent: String? {
        switch self {
        case .transmit(.request(let request), _): request.method.rawValue
        case .transmit(.response(let response), _): String(response.status)
        default: nil
        }
    }
}
