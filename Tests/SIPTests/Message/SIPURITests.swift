// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("URIs")
struct SIPURITests {
    @Test(
        "parts are found, and written as they were",
        arguments: [
            ("sip:room@focus.example", "room", "focus.example", nil),
            ("sip:room@focus.example:5070;transport=tcp;lr", "room", "focus.example", 5070),
            ("sips:focus.example", nil, "focus.example", nil),
            ("sip:a:secret@[2001:db8::1]:5061?Subject=hi&X=", "a", "2001:db8::1", 5061),
            ("sip:user;par=u%40x@h_1.example", "user;par=u%40x", "h_1.example", nil),
            ("sip:+1-212-555@gw;user=phone", "+1-212-555", "gw", nil),
            ("sip:192.0.2.1:0", nil, "192.0.2.1", 0),
        ] as [(String, String?, String, Int?)])
    func parts(text: String, user: String?, host: String, port: Int?) throws {
        let uri = try SIPURI(parsing: text)
        #expect(uri.user == user && uri.host == host && uri.port == port)
        #expect(uri.description == text)
    }

    @Test(
        "other schemes are kept whole",
        arguments: ["tel:+15551234;phone-context=x", "urn:service:sos", "isbn:1", "http://a/b?c"])
    func otherSchemes(text: String) throws {
        #expect(try SIPURI(parsing: text).description == text)
    }

    @Test(
        "what is no URI is refused",
        arguments: [
            "", "sip", "sip:", "sip:@host", "sip:a@", "sip:a@host:", "sip:a@host:99999", "sip:a b@host", "<sip:a@host>",
            "sip:a%4@host", "sip:[::1", "sip:[1.2.3.4]", "1sip:a", "sip:host extra", "sip:h\u{0}", "tel:",
            "sip:a@b@c",
        ])
    func refused(text: String) {
        #expect(throws: SIPParseError.uri(text)) { try SIPURI(parsing: text) }
    }

    /// RFC 3261 §19.1.4, its own examples.
    @Test(
        "equivalence",
        arguments: [
            ("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtLanTa.CoM;Transport=tcp", true),
            ("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5", true),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5", true),
            (
                "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
                "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com", true
            ),
            (
                "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
                "sip:alice@atlanta.com?priority=urgent&subject=project%20x", true
            ),
            ("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp", false),
            ("sip:bob@biloxi.com", "sip:bob@biloxi.com:6000;transport=tcp", false),
            ("sip:carol@chicago.com", "sip:carol@chicago.com?Subject=next%20meeting", false),
            ("sip:bob@phone21.boxesbybob.com", "sip:bob@192.0.2.4", false),
            ("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off", false),
            ("sip:a@b.c", "sips:a@b.c", false),
        ])
    func equivalence(left: String, right: String, equal: Bool) throws {
        let (one, other) = (try SIPURI(parsing: left), try SIPURI(parsing: right))
        #expect(one.isEquivalent(to: other) == equal && other.isEquivalent(to: one) == equal)
    }
}
