// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite struct RegistrarTests {
    private let now = ContinuousClock.now
    private let flow = Flow(
        kind: .udp, local: SIPAddress(host: "127.0.0.1", port: 5060), remote: SIPAddress(host: "127.0.0.1", port: 5099))

    private func register(
        _ contacts: [String], expires: UInt32? = nil, callID: String = "a", sequence: UInt32 = 1
    ) -> SIPRequest {
        var request = SIPRequest(method: .register, uri: SIPURI(host: "example.org"))
        for contact in contacts { request.headers.add("Contact", contact) }
        request.headers.set("Call-ID", callID)
        request.headers.set("CSeq", "\(sequence) REGISTER")
        request.expires = expires
        return request
    }

    private func places(_ outcome: Registrar.Outcome) -> [String]? {
        guard case .registered(let bindings) = outcome else { return nil }
        return bindings.map(\.contact.uri.description)
    }

    @Test func bindingsComeAndGo() {
        var registrar = Registrar()
        let first = register(["<sip:ann@10.0.0.1>;expires=100"])
        #expect(places(registrar.receive(first, for: "ann", over: flow, now: now)) == ["sip:ann@10.0.0.1"])
        let second = register(["<sip:ann@10.0.0.2>"], expires: 200, callID: "b")
        #expect(places(registrar.receive(second, for: "ann", over: flow, now: now))?.count == 2)
        // Asked without a Contact: only told.
        #expect(places(registrar.receive(register([], callID: "c"), for: "ann", over: flow, now: now))?.count == 2)
        #expect(registrar.bindings(of: "ann", now: now + .seconds(150)).map(\.contact.uri.host) == ["10.0.0.2"])
        let gone = register(["<sip:ann@10.0.0.2>;expires=0"], callID: "b", sequence: 2)
        #expect(places(registrar.receive(gone, for: "ann", over: flow, now: now)) == ["sip:ann@10.0.0.1"])
        let all = register(["*"], expires: 0, sequence: 2)
        #expect(places(registrar.receive(all, for: "ann", over: flow, now: now)) == [])
        #expect(registrar.count == 0)
    }

    @Test func anOlderRequestChangesNothing() {
        var registrar = Registrar()
        _ = registrar.receive(register(["<sip:ann@10.0.0.1>"], sequence: 5), for: "ann", over: flow, now: now)
        let old = register(["<sip:ann@10.0.0.1>;expires=0"], sequence: 4)
        guard case .refused(500, _) = registrar.receive(old, for: "ann", over: flow, now: now) else {
            Issue.record("taken")
            return
        }
        #expect(registrar.bindings(of: "ann", now: now).count == 1)
    }

    @Test func limitsHold() {
        var registrar = Registrar()
        #expect(
            registrar.receive(register(["<sip:a@h>"], expires: 5), for: "a", over: flow, now: now) == .tooBrief(60))
        registrar.limits.perUser = 1
        registrar.limits.users = 1
        _ = registrar.receive(register(["<sip:a@h1>"]), for: "a", over: flow, now: now)
        for (user, contacts) in [("a", ["<sip:a@h2>"]), ("b", ["<sip:b@h>"]), ("a", ["<sip:a@h2>", "<sip:a@h3>"])] {
            let outcome = registrar.receive(register(contacts, callID: "x"), for: user, over: flow, now: now)
            guard case .refused = outcome else {
                Issue.record("\(contacts) taken")
                continue
            }
        }
        #expect(registrar.count == 1)
        registrar.tick(now: now + .seconds(7201))
        #expect(registrar.count == 0)
    }
}
