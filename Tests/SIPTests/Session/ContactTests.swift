// SPDX-License-Identifier: GPL-3.0-or-later

import Testing

@testable import SIP

/// The Contact that peers reach us by.
@Suite struct ContactTests {
    private let local = SIPAddress(host: "192.0.2.1", port: 5070)

    private func contact(over kind: SIPTransportKind, listensBy: Set<SIPTransportKind>) -> String {
        var configuration = SIPCoreConfiguration(productName: "")
        configuration.listensBy = listensBy
        let flow = Flow(kind: kind, local: local, remote: SIPAddress(host: "192.0.2.2", port: 5060))
        return configuration.contact(ContactIdentity(user: "team", isFocus: true), over: flow).description
    }

    @Test func namesItsPortAndTheTransportOfTheFlow() {
        #expect(contact(over: .udp, listensBy: [.udp, .tcp]) == "<sip:team@192.0.2.1:5070>;isfocus")
        #expect(contact(over: .tcp, listensBy: [.udp, .tcp]) == "<sip:team@192.0.2.1:5070;transport=tcp>;isfocus")
        #expect(contact(over: .tcp, listensBy: [.tcp]) == "<sip:team@192.0.2.1:5070;transport=tcp>;isfocus")
    }

    /// A long NOTIFY goes over a connection that we open (RFC 3261 §18.1.1); the next SUBSCRIBE could not come that way.
    @Test func namesNoTransportThatNobodyListensBy() {
        #expect(contact(over: .tcp, listensBy: [.udp]) == "<sip:team@192.0.2.1:5070>;isfocus")
    }
}
