// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import TestSupport
import Testing

/// What RFC 4475 lets an element do with one of its messages, by the choice this stack makes.
enum TortureVerdict: Sendable {
    case request(SIPMethod)
    case response(Int)
    case refused(Int)
    case discarded
}

struct TortureCase: Sendable, CustomTestStringConvertible {
    let name: String
    let section: String
    let verdict: TortureVerdict

    init(_ name: String, _ section: String, _ verdict: TortureVerdict) {
        self.name = name
        self.section = section
        self.verdict = verdict
    }

    var testDescription: String { "\(name) (§\(section))" }

    static let all: [TortureCase] = [
        TortureCase("wsinv", "3.1.1.1", .request(.invite)),
        TortureCase("intmeth", "3.1.1.2", .request(SIPMethod(rawValue: "!interesting-Method0123456789_*+`.%indeed'~"))),
        TortureCase("esc01", "3.1.1.3", .request(.invite)),
        TortureCase("escnull", "3.1.1.4", .request(.register)),
        TortureCase("esc02", "3.1.1.5", .request(SIPMethod(rawValue: "RE%47IST%45R"))),
        TortureCase("lwsdisp", "3.1.1.6", .request(.options)),
        TortureCase("longreq", "3.1.1.7", .request(.invite)),
        TortureCase("dblreq", "3.1.1.8", .request(.register)),
        TortureCase("semiuri", "3.1.1.9", .request(.options)),
        TortureCase("transports", "3.1.1.10", .request(.options)),
        TortureCase("mpart01", "3.1.1.11", .request(.message)),
        TortureCase("unreason", "3.1.1.12", .response(200)),
        TortureCase("noreason", "3.1.1.13", .response(100)),
        TortureCase("badinv01", "3.1.2.1", .refused(400)),
        TortureCase("clerr", "3.1.2.2", .refused(400)),
        TortureCase("ncl", "3.1.2.3", .refused(400)),
        TortureCase("scalar02", "3.1.2.4", .refused(400)),
        TortureCase("scalarlg", "3.1.2.5", .discarded),
        TortureCase("quotbal", "3.1.2.6", .refused(400)),
        TortureCase("ltgtruri", "3.1.2.7", .refused(400)),
        TortureCase("lwsruri", "3.1.2.8", .refused(400)),
        TortureCase("lwsstart", "3.1.2.9", .request(.invite)),
        TortureCase("trws", "3.1.2.10", .request(.options)),
        TortureCase("escruri", "3.1.2.11", .refused(400)),
        TortureCase("baddate", "3.1.2.12", .request(.invite)),
        TortureCase("regbadct", "3.1.2.13", .refused(400)),
        TortureCase("badaspec", "3.1.2.14", .refused(400)),
        TortureCase("baddn", "3.1.2.15", .refused(400)),
        TortureCase("badvers", "3.1.2.16", .refused(505)),
        TortureCase("mismatch01", "3.1.2.17", .refused(400)),
        TortureCase("mismatch02", "3.1.2.18", .refused(400)),
        TortureCase("bigcode", "3.1.2.19", .discarded),
        TortureCase("badbranch", "3.2.1", .request(.options)),
        TortureCase("insuf", "3.3.1", .refused(400)),
        TortureCase("unkscm", "3.3.2", .refused(416)),
        TortureCase("novelsc", "3.3.3", .refused(416)),
        TortureCase("unksm2", "3.3.4", .request(.register)),
        TortureCase("bext01", "3.3.5", .request(.options)),
        TortureCase("invut", "3.3.6", .request(.invite)),
        TortureCase("regaut01", "3.3.7", .request(.register)),
        TortureCase("multi01", "3.3.8", .refused(400)),
        TortureCase("mcl01", "3.3.9", .refused(400)),
        TortureCase("bcast", "3.3.10", .response(200)),
        TortureCase("zeromf", "3.3.11", .request(.options)),
        TortureCase("cparam01", "3.3.12", .request(.register)),
        TortureCase("cparam02", "3.3.13", .request(.register)),
        TortureCase("regescrt", "3.3.14", .request(.register)),
        TortureCase("sdp01", "3.3.15", .request(.invite)),
        TortureCase("inv2543", "3.4.1", .request(.invite)),
        // In the archive, not in the text: a request line without a version.
        TortureCase("test", "A", .discarded),
    ]
}

private func request(_ name: String) throws -> SIPRequest {
    guard case .message(.request(let request)) = SIPParser.parse(try TortureMessages.bytes(name)) else {
        throw SIPParseError.parameters(name)
    }
    return request
}

@Suite("RFC 4475 torture messages")
struct TortureTests {
    @Test("is parsed or refused as the RFC says", arguments: TortureCase.all)
    func verdict(_ torture: TortureCase) throws {
        let outcome = SIPParser.parse(try TortureMessages.bytes(torture.name))
        switch (torture.verdict, outcome) {
        case (.request(let method), .message(.request(let request))): #expect(request.method == method)
        case (.response(let status), .message(.response(let response))): #expect(response.status == status)
        case (.refused(let status), .badRequest(let answer)):
            #expect(answer.status == status)
            #expect(answer.headers.contains("Via"))
        case (.discarded, .discard): break
        default: Issue.record("\(outcome)")
        }
    }

    @Test("every file of the archive has its case")
    func complete() throws {
        #expect(try Set(TortureMessages.names()) == Set(TortureCase.all.map(\.name)))
    }

    @Test("drip-fed through the framer, each message with a Content-Length comes out as it went in")
    func framed() throws {
        for torture in TortureCase.all {
            guard case .request = torture.verdict else { continue }
            let bytes = try TortureMessages.bytes(torture.name)
            var framer = StreamFramer()
            var frames: [StreamFramer.Frame] = []
            for byte in bytes {
                framer.append([byte])
                while let frame = try framer.next() { frames.append(frame) }
            }
            guard case .message(let first) = frames.first else {
                Issue.record("\(torture.name): no frame")
                continue
            }
            guard torture.name != "inv2543" else { continue }
            #expect(SIPParser.parse(first) == SIPParser.parse(bytes), "\(torture.name)")
        }
    }

    @Test("what is parsed survives writing and parsing again")
    func roundTrip() throws {
        for torture in TortureCase.all where torture.name != "intmeth" {
            guard case .message(let message) = SIPParser.parse(try TortureMessages.bytes(torture.name)) else {
                continue
            }
            #expect(SIPParser.parse(message.serialized()) == .message(message), "\(torture.name)")
        }
    }

    @Test("wsinv: white space, folding, compact forms and lists")
    func tortuousInvite() throws {
        let invite = try request("wsinv")
        #expect(invite.to?.tag == "1918181833n")
        #expect(invite.from?.displayName == "J Rosenberg \\\"")
        #expect(invite.from?.tag == "98asjd8")
        #expect(invite.maxForwards == 68)
        #expect(invite.cSeq == CSeq(number: 9, method: .invite))
        #expect(invite.vias.map(\.sentBy) == ["192.0.2.2", "spindle.example.com", "192.168.255.111"])
        #expect(invite.vias.map(\.branch) == ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"])
        #expect(invite.headers.first("Subject")?.isEmpty == true)
        #expect(invite.headers.first("newfangledheader") == "newfangled value continued newfangled value")
        #expect(invite.contacts.first?.parameters.value("q") == "0.33")
        #expect(invite.routes.first?.uri.parameters.contains("lr") == true)
        #expect(invite.body.count == 150)
    }

    @Test("escnull: an escaped NUL does not shorten a user part")
    func escapedNull() throws {
        let register = try request("escnull")
        #expect(register.to?.uri.decodedUser == "null-\0-null")
        #expect(register.contacts.map(\.uri.user) == ["%00", "%00%00"])
        #expect(register.contacts.count == 2)
    }

    @Test("esc01, esc02, semiuri: escapes count where the grammar has them and nowhere else")
    func escapes() throws {
        let invite = try request("esc01")
        #expect(invite.uri.decodedUser == "sips:user@example.com")
        #expect(invite.to?.uri.isEquivalent(to: try SIPURI(parsing: "sip:user@example.com")) == true)
        let register = try request("esc02")
        #expect(register.to?.displayName == "%Z%45")
        #expect(register.contacts.count == 2)
        #expect(try request("semiuri").uri.decodedUser == "user;par=u@example.net")
    }

    @Test("dblreq: octets after the body are noise")
    func trailingOctets() throws {
        let register = try request("dblreq")
        #expect(register.body.isEmpty)
        #expect(register.callID == "dblreq.0ha0isndaksdj99sdfafnl3lk233412")
    }

    @Test("mpart01: a binary body with NUL bytes arrives whole")
    func binaryBody() throws {
        #expect(try request("mpart01").body.count == 553)
    }

    @Test("cparam01, cparam02: a parameter belongs to the header or to the URI")
    func contactParameters() throws {
        let outside = try #require(try request("cparam01").contacts.first)
        #expect(outside.parameters.contains("unknownparam") && outside.uri.parameters.isEmpty)
        let inside = try #require(try request("cparam02").contacts.first)
        #expect(inside.uri.parameters.contains("unknownparam") && inside.parameters.isEmpty)
        #expect(try request("regescrt").contacts.first?.uri.headers.first?.name == "Route")
    }

    @Test("insuf: the answer holds what there was to copy")
    func insufficient() throws {
        guard case .badRequest(let answer) = SIPParser.parse(try TortureMessages.bytes("insuf")) else {
            Issue.record("not refused")
            return
        }
        #expect(answer.topVia?.branch == "z9hG4bKkdj.insuf")
        #expect(answer.reason == "Missing Call-ID")
        #expect(answer.cSeq == CSeq(number: 193_942, method: .invite))
    }

    @Test("badvers: 505 goes out though the Via is of another version")
    func unknownVersion() throws {
        guard case .badRequest(let answer) = SIPParser.parse(try TortureMessages.bytes("badvers")) else {
            Issue.record("not refused")
            return
        }
        #expect(answer.headers.first("Via")?.hasPrefix("SIP/7.0/UDP") == true)
    }
}
