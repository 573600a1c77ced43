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

    /// Names cost nothing: who registers a thousand of them must not leave none to others.
    @Test func oneSourceRegistersAFifthOfAllUsers() {
        var registrar = Registrar()
        registrar.limits.users = 10
        func take(
            _ user: String, of sharer: String?, expires: UInt32 = 3600, sequence: UInt32 = 1
        ) -> Registrar.Outcome {
            registrar.receive(
                register(["<sip:\(user)@h>"], expires: expires, sequence: sequence), for: user, over: flow,
                sharer: sharer, now: now)
        }
        registrar.restore(
            [
                Registrar.Binding(
                    contact: NameAddress(uri: SIPURI(user: "old", host: "h")), flow: flow, expires: now + .seconds(60),
                    callID: "a", sequence: 1, path: [])
            ], of: "old", sharer: "eve")
        #expect(places(take("one", of: "eve")) != nil)
        #expect(take("two", of: "eve") == .noPlace(.share))
        // Refreshes, questions and others are no matter of shares.
        #expect(places(take("one", of: "eve", sequence: 2)) != nil)
        #expect(places(registrar.receive(register([]), for: "two", over: flow, sharer: "eve", now: now)) == [])
        #expect(places(take("ann", of: "ann")) != nil)
        #expect(places(take("three", of: nil)) != nil)
        // What ends by itself or is ended makes room.
        registrar.tick(now: now + .seconds(61))
        #expect(registrar.count == 3)
        #expect(places(take("two", of: "eve")) != nil)
        #expect(take("four", of: "eve") == .noPlace(.share))
        #expect(places(take("one", of: "eve", expires: 0, sequence: 3)) == [])
        #expect(places(take("four", of: "eve")) != nil)
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
            switch outcome {
            case .refused, .noPlace(.full): break
            case .registered, .tooBrief, .noPlace(.share): Issue.record("\(contacts): \(outcome)")
            }
        }
        #expect(registrar.count == 1)
        registrar.tick(now: now + .seconds(7201))
        #expect(registrar.count == 0)
    }
}
