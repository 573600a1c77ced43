// SPDX-License-Identifier: GPL-3.0-or-later

@testable import SIP

/// A peer played by the test: it answers nothing by itself.
final class ScriptedPeer: SimulatedNode {
    let address: SIPAddress
    private(set) var received: [(message: SIPMessage, flow: Flow)] = []
    private unowned let network: SimulatedNetwork

    init(_ host: String, _ network: SimulatedNetwork) {
        address = SIPAddress(host: host, port: 5060)
        self.network = network
        network.add(self)
    }

    func receive(_ message: SIPMessage, over flow: Flow) {
        received.append((message, flow))
    }

    func send(_ message: SIPMessage, to remote: SIPAddress) {
        network.transmit(message.serialized(), over: Flow(kind: .udp, local: address, remote: remote))
    }

    func requests(_ method: SIPMethod) -> [SIPRequest] {
        received.compactMap { message, _ in
            guard case .request(let request) = message, request.method == method else { return nil }
            return request
        }
    }

    func responses(_ status: Int? = nil) -> [SIPResponse] {
        received.compactMap { message, _ in
            guard case .response(let response) = message, status == nil || response.status == status else { return nil }
            return response
        }
    }

    /// A request with all that RFC 3261 asks for.
    func makeRequest(
        _ method: SIPMethod, to callee: SIPAddress, callID: String = "script", sequence: UInt32 = 1,
        toTag: String? = nil, branch: String? = nil
    ) -> SIPRequest {
        let tag = toTag.map { ";tag=\($0)" } ?? ""
        return SIPRequest(
            method: method, uri: SIPURI(user: "room", host: callee.host, port: callee.port),
            headers: [
                "Via": "SIP/2.0/UDP \(address);branch=\(branch ?? "z9hG4bK\(callID)\(sequence)\(method)");rport",
                "Max-Forwards": "70", "From": "<sip:script@\(address.host)>;tag=scripted",
                "To": "<sip:room@\(callee.host)>\(tag)", "Call-ID": callID, "CSeq": "\(sequence) \(method)",
                "Contact": "<sip:script@\(address)>",
            ])
    }

    /// A response to a request of a core, with our tag and Contact.
    func makeResponse(_ status: Int, to request: SIPRequest, tag: String, body: [UInt8]? = nil) -> SIPResponse {
        var response = SIPResponse(to: request, status: status, toTag: tag)
        response.headers.set("Contact", "<sip:script@\(address)>")
        response.setDescription(body)
        return response
    }
}
