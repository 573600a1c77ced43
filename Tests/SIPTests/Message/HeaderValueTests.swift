// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("header values")
struct HeaderValueTests {
    @Test(
        "names and addresses",
        arguments: [
            ("<sip:a@b>", nil, "sip:a@b", nil),
            ("\"Zoë \\\"Z\\\" Ω\" <sip:z@b;lr>;tag=1", "Zoë \"Z\" Ω", "sip:z@b;lr", "1"),
            ("Bob the Builder <sip:bob@b> ; tag = xyz;x", "Bob the Builder", "sip:bob@b", "xyz"),
            ("sip:a@b;tag=9", nil, "sip:a@b", "9"),
            ("caller<sip:c@b>;TAG=3", "caller", "sip:c@b", "3"),
            ("\"\" <sip:a@b>", nil, "sip:a@b", nil),
            ("\"a <b>; c\" <sip:a@b>;tag=q", "a <b>; c", "sip:a@b", "q"),
            ("isbn:2983792873", nil, "isbn:2983792873", nil),
        ] as [(String, String?, String, String?)])
    func nameAddresses(text: String, name: String?, uri: String, tag: String?) throws {
        let value = try NameAddress(parsing: text)
        #expect(value.displayName == name && value.uri.description == uri && value.tag == tag)
        #expect(try NameAddress(parsing: value.description) == value)
    }

    @Test(
        "broken ones are refused",
        arguments: [
            "", "\"open <sip:a@b>", "<sip:a@b", "\"n\" sip:a@b", "<sip:a@b> x", "*", "sip:a@b?x=y", "a\"b <sip:a@b>",
        ])
    func broken(text: String) {
        #expect(throws: SIPParseError.nameAddress(text)) { try NameAddress(parsing: text) }
    }

    @Test("Via with white space everywhere, IPv6, rport and received")
    func via() throws {
        var via = try Via(parsing: "SIP / 2.0 / udp  [2001:DB8::9] : 5070 ; branch = z9hG4bKa ;rport")
        #expect(via.transport == "UDP" && via.sentBy == "[2001:db8::9]:5070" && via.branch == "z9hG4bKa")
        #expect(via.asksForRport && via.rport == nil && via.hasMagicCookie)
        via.rport = 40000
        via.received = "192.0.2.7"
        #expect(via.description == "SIP/2.0/UDP [2001:DB8::9]:5070;branch=z9hG4bKa;rport=40000;received=192.0.2.7")
        #expect(try Via(parsing: via.description) == via)
    }

    @Test(
        "broken Vias are refused",
        arguments: [
            "", "SIP/2.0/UDP", "SIP/2.0 UDP h", "SIP/1.0/UDP h", "SIP/2.0/UDP h:x", "SIP/2.0/UDP h:70000",
            "SIP/2.0/UDP h;a=\"x", "SIP/2.0/UDP h,i",
        ])
    func brokenVia(text: String) {
        #expect(throws: SIPParseError.via(text)) { try Via(parsing: text) }
    }

    @Test("CSeq", arguments: [("1 INVITE", 1), ("0009   INVITE", 9), ("2147483647 INVITE", 2_147_483_647)])
    func cSeq(text: String, number: UInt32) throws {
        #expect(try CSeq(parsing: text) == CSeq(number: number, method: .invite))
    }

    @Test(
        "broken CSeqs are refused",
        arguments: ["", "1", "INVITE", "1INVITE", "-1 INVITE", "2147483648 INVITE", "1 IN VITE", "1 "])
    func brokenCSeq(text: String) {
        #expect(throws: SIPParseError.cSeq(text)) { try CSeq(parsing: text) }
    }

    @Test("parameters keep order and quotes, match without case")
    func parameters() throws {
        var parameters = try SIPParameters(parsing: ";A=1;flag;text=\"x;y\\\"z\"")
        #expect(parameters.value("a") == "1" && parameters.contains("FLAG") && parameters.value("flag") == nil)
        #expect(parameters.value("text") == "\"x;y\\\"z\"" && parameters.text("text") == "x;y\"z")
        parameters.set("flag", "2")
        parameters.remove("a")
        #expect(parameters.description == ";flag=2;text=\"x;y\\\"z\"")
    }

    @Test("headers: lists are values, compact forms and case do not matter")
    func headers() {
        var headers: SIPHeaders = ["v": "SIP/2.0/UDP a, SIP/2.0/UDP b", "k": "timer, 100rel", "Subject": "a, b"]
        headers.add("VIA", "SIP/2.0/UDP c")
        #expect(headers.all("via") == ["SIP/2.0/UDP a", "SIP/2.0/UDP b", "SIP/2.0/UDP c"])
        #expect(headers.first("s") == "a, b" && headers.all("Supported") == ["timer", "100rel"])
        #expect(headers.removeFirst("Via") == "SIP/2.0/UDP a" && headers.count("Via") == 2)
        headers.prepend("Via", "SIP/2.0/UDP z")
        #expect(headers.first("Via") == "SIP/2.0/UDP z")
        headers.set("Supported", "replaces")
        #expect(headers.all("k") == ["replaces"])
        headers.add("Contact", "\"a, b\" <sip:a,b@c>, <sip:d@e>")
        #expect(headers.all("m") == ["\"a, b\" <sip:a,b@c>", "<sip:d@e>"])
        headers.set("Allow", "")
        #expect(headers.contains("Allow") && headers.all("Allow").isEmpty)
    }

    @Test("numbers of seconds: capped, parameters ignored, text absent")
    func seconds() {
        var request = Sample.request(.subscribe)
        for (text, value) in [("3600", 3600), ("99999999999999", UInt32.max), ("90;refresher=uac", 90), ("soon", nil)]
            as [(String, UInt32?)]
        {
            request.headers.set("Expires", text)
            #expect(request.expires == value)
        }
    }

    @Test("no value can smuggle a header onto the wire")
    func injection() throws {
        var request = Sample.request(.options)
        request.headers.set("Subject", "x\r\nRoute: <sip:evil>\r\n\r\nbody")
        var from = try #require(request.from)
        from.displayName = "a\r\nRoute: <sip:evil>"
        request.from = from
        guard case .message(.request(let read)) = SIPParser.parse(request.serialized()) else {
            Issue.record("not parsed")
            return
        }
        #expect(!read.headers.contains("Route") && read.body.isEmpty)
    }

    @Test("a response copies what RFC 3261 §8.2.6 says")
    func response() throws {
        var invite = Sample.request(.invite)
        invite.headers.add("Via", "SIP/2.0/UDP second")
        invite.headers.add("Record-Route", "<sip:p1;lr>, <sip:p2;lr>")
        invite.headers.add("Timestamp", "54")
        let ringing = SIPResponse(to: invite, status: 180, toTag: "t")
        #expect(ringing.vias.count == 2 && ringing.to?.tag == "t" && ringing.recordRoutes.count == 2)
        #expect(ringing.headers.first("Timestamp") == nil && ringing.cSeq == invite.cSeq)
        let trying = SIPResponse(to: invite, status: 100, toTag: "t")
        #expect(trying.to?.tag == nil && trying.headers.first("Timestamp") == "54" && trying.recordRoutes.isEmpty)
        #expect(SIPResponse(to: Sample.request(.bye, toTag: "mine"), status: 200, toTag: "t").to?.tag == "mine")
    }
}
