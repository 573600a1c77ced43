// SPDX-License-Identifier: GPL-3.0-or-later
import SIP
import Testing

@testable import UserAgent

@Suite("Addresses as people type them")
struct AddressTests {
    @Test(
        "read forgivingly",
        arguments: [
            ("demo@host", "sip:demo@host"), (" sip:demo@host:5070 ", "sip:demo@host:5070"),
            ("SIP:demo@Host", "sip:demo@Host"), ("\"Demo\" <sip:demo@host>", "sip:demo@host"),
            ("192.0.2.1", "sip:192.0.2.1"), ("demo@[2001:db8::1]:5070", "sip:demo@[2001:db8::1]:5070"),
            ("sip:demo@host;transport=tcp", "sip:demo@host;transport=tcp"),
            ("große runde@host", "sip:gro%C3%9Fe%20runde@host"),
        ])
    func forgiving(text: String, uri: String) throws {
        #expect(try DialledAddress(parsing: text).uri.description == uri)
    }

    @Test(
        "refused with a word of advice",
        arguments: ["", "   ", "sips:demo@host", "tel:+123", "demo@", "sip:", "a b", "demo@ho st"])
    func refused(text: String) {
        #expect(throws: UserAgentError.self) { try DialledAddress(parsing: text) }
    }

    @Test(
        "what create is given",
        arguments: [
            ("host.example", "sip:conference-factory@host.example"),
            ("127.0.0.1:5070", "sip:conference-factory@127.0.0.1:5070"),
            ("localhost", "sip:conference-factory@localhost"), ("standup@host", "sip:standup@host"),
            ("standup", "sip:standup@127.0.0.1"), ("sip:my-factory@host", "sip:my-factory@host"),
        ])
    func creating(text: String, uri: String) throws {
        #expect(try DialledAddress(creating: text).uri.description == uri)
    }

    @Test(
        "what list is given",
        arguments: [
            ("host", "sip:conferences@host"), ("sip:host:5070", "sip:conferences@host:5070"),
            ("rooms@host", "sip:rooms@host"),
        ])
    func listing(text: String, uri: String) throws {
        #expect(try DialledAddress(listAt: text).uri.description == uri)
    }

    @Test(
        "where to listen",
        arguments: [
            ("5070", nil, 5070), (":5070", nil, 5070), ("192.0.2.1", "192.0.2.1", 0),
            ("192.0.2.1:5060", "192.0.2.1", 5060),
            ("[2001:db8::1]:5060", "2001:db8::1", 5060),
        ] as [(String, String?, Int)])
    func listen(text: String, host: String?, port: Int) throws {
        let parsed = try ListenBindings.parse(text)
        #expect(parsed.host == host)
        #expect(parsed.port == port)
    }

    @Test("one transport alone, as a focus is told it", arguments: ["udp:127.0.0.1:5070", "tcp:127.0.0.1:5070"])
    func listenByOne(text: String) throws {
        let bindings = try ListenBindings.choose(text)
        #expect(bindings.map { "\($0.kind)" } == [String(text.prefix(3))])
        #expect(bindings.map(\.address) == [SIPAddress(host: "127.0.0.1", port: 5070)])
    }

    @Test("where nobody can listen", arguments: ["", "somewhere", "a@192.0.2.1", "70000", "192.0.2.1:70000"])
    func nowhere(text: String) {
        #expect(throws: UserAgentError.self) { try ListenBindings.parse(text) }
    }

    @Test(
        "every refusal that an INVITE gets comes with advice",
        arguments: [300, 401, 403, 404, 408, 410, 480, 484, 486, 488, 500, 503, 600, 603])
    func advice(status: Int) {
        let refusal = Refusal(status: status, reason: "Because", warning: "the room is full", retryAfter: 5)
        #expect(refusal.description.hasPrefix("\(status) Because (the room is full): "))
        #expect(refusal.advice.count > 8)
    }
}
