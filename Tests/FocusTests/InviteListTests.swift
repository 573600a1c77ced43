// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Many who are called by one request, with a list of them.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct InvitingByLists {
        /// Of a REFER with a list (RFC 5368).
        static let headers: SIPHeaders = [
            "Refer-To": "<cid:list@members.test>", "Require": "multiple-refer, norefersub",
            "Content-Type": "application/resource-lists+xml", "Content-Disposition": "recipient-list",
        ]

        static func list(_ addresses: String...) -> [UInt8] {
            let entries = addresses.map { "<entry uri=\"\($0)\"/>" }.joined()
            let list = """
                <?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>
                \(entries)</list></resource-lists>
                """
            return Array(list.utf8)
        }

        /// One INVITE to the factory, with an offer and a list of recipients (RFC 5366).
        private static func call(everybodyOn list: String, _ rig: FocusRig) async throws {
            let description = String(decoding: WireCall.description(port: 40_000), as: UTF8.self)
            let body = [
                "--b", "Content-Type: application/sdp", "", description + "--b",
                "Content-Type: application/resource-lists+xml", "Content-Disposition: recipient-list", "", list,
                "--b--", "",
            ].joined(separator: "\r\n")
            let ann = try WireCall("ann", to: rig.port)
            let response = try await ann.invite(
                "sip:conference-factory@127.0.0.1:\(rig.port)", body: Array(body.utf8),
                headers: ["Content-Type": "multipart/mixed;boundary=b", "Require": "recipient-list-invite"])
            #expect(response.status == 200)
            await ann.ack()
        }

        /// RFC 5366: one INVITE makes the conference and has everybody called.
        @Test func oneINVITECallsEverybodyOnItsList() async throws {
            try await Inviting.withDialOut(.any) { rig in
                let bob = try await rig.member("bob", .tone(1000))
                let cec = try await rig.member("cec", .tone(1600))
                for member in [bob, cec] { await member.answersCalls() }
                let list = """
                    <?xml version="1.0" encoding="UTF-8"?>
                    <resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists" xmlns:cp="urn:ietf:params:xml:ns:copycontrol">
                    <list><entry uri="\(await bob.uri)" cp:copyControl="to"/><entry uri="\(await cec.uri)"/>
                    <entry uri="sip:dan@no.such.host.test"/></list></resource-lists>
                    """
                try await Self.call(everybodyOn: list, rig)
                try await bob.audio.hears(1600)
                try await cec.audio.hears(1000)
                let room = try #require(await rig.focus.rooms().first)
                // Who is nowhere is one of them for as long as his host is looked for.
                try await Condition.await("the two who are called") {
                    try await rig.focus.room(room.name).members.map(\.wasCalled) == [nil, true, true]
                }
            }
        }

        /// RFC 5366 §5, RFC 5364: blind copies and who is not marked are named to nobody.
        @Test func whoIsCalledByAListReadsWhoElseIs() async throws {
            try await Inviting.withDialOut(.any) { rig in
                let (bob, old) = (try WireCall("bob", to: rig.port), try WireCall("old", to: rig.port))
                let addresses = ["sip:bob@\(bob.socket.address)", "sip:old@\(old.socket.address)"]
                let list = """
                    <?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"
                    xmlns:c="urn:ietf:params:xml:ns:copycontrol"><list><entry uri="\(addresses[0])" c:copyControl="to"/>
                    <entry uri="\(addresses[1])" c:copyControl="cc"/><entry uri="sip:eve@127.0.0.1:9" c:copyControl="bcc"/>
                    <entry uri="sip:dan@127.0.0.1:9"/></list></resource-lists>
                    """
                try await Self.call(everybodyOn: list, rig)
                let expected: [ResourceList.Entry] = [.init(addresses[0], .primary), .init(addresses[1], .copy)]
                for phone in [bob, old] {
                    let invite = try await phone.receive(.invite)
                    #expect(invite.contentType?.hasPrefix("multipart/mixed;boundary=") == true)
                    #expect(invite.bodyPart(ResourceList.contentType).flatMap(ResourceList.entries) == expected)
                    let offer = try #require(invite.bodyPart("application/sdp"))
                    #expect(throws: Never.self) { try SessionDescription(parsing: offer) }
                    let text = String(decoding: invite.body, as: UTF8.self)
                    #expect(text.contains("Content-Disposition: recipient-list-history; handling=optional\r\n"))
                    #expect(!text.contains("sip:eve") && !text.contains("sip:dan"))
                    // One that does not take bodies apart is called without the list.
                    guard phone === old else { continue }
                    await phone.socket.send(SIPResponse(to: invite, status: 415, toTag: "old").serialized())
                    _ = try await phone.receive(.ack)
                    let plain = try await phone.receive(.invite) { $0.cSeq != invite.cSeq }
                    #expect(plain.contentType == "application/sdp" && plain.body == offer)
                    #expect(plain.callID == invite.callID)
                }
            }
        }

        @Test func aListsHistoryTellsOfWhoIsMarkedAndHidesWhoWantsIt() throws {
            let entries: [ResourceList.Entry] = [
                .init("sip:a&b@h", .copy), .init("sip:bill@h", .primary), .init("sip:x@h", .primary, isAnonymous: true),
                .init("sip:y@h", .primary, isAnonymous: true), .init("sip:z@h", .copy, isAnonymous: true),
                .init("sip:ted@h", .blind), .init("sip:nobody@h"), .init("sip:w@h", .blind, isAnonymous: true),
            ]
            let text = try #require(ResourceList.history(of: entries).map { String(decoding: $0, as: UTF8.self) })
            #expect(
                text.hasSuffix(
                    """
                    <list><entry uri="sip:bill@h" cp:copyControl="to"/>\
                    <entry uri="sip:anonymous@anonymous.invalid" cp:copyControl="to" cp:count="2"/>\
                    <entry uri="sip:a&amp;b@h" cp:copyControl="cc"/>\
                    <entry uri="sip:anonymous@anonymous.invalid" cp:copyControl="cc" cp:count="1"/></list></resource-lists>
                    """))
            #expect(ResourceList.entries(in: Array(text.utf8))?.count == 3)
            #expect(ResourceList.history(of: [.init("sip:ted@h", .blind), .init("sip:nobody@h")]) == nil)
        }

        /// RFC 5368.
        @Test func aReferWithAListCallsAllOfItAndOneOfAStrangerNobody() async throws {
            try await Inviting.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.member("bob", .tone(1000))
                let cec = try await rig.member("cec", .tone(1600))
                for member in [bob, cec] { await member.answersCalls() }
                let list = Self.list(await bob.uri, await cec.uri)
                let eve = try await rig.member("eve")
                let refused = try await eve.request(
                    outside: .refer, to: rig.uri("team"), headers: Self.headers, body: list)
                #expect(refused.status == 403)
                let nothing = try await ann.request(.refer, headers: Self.headers, body: Array("<x/>".utf8))
                #expect(nothing.status == 400)
                let accepted = try await ann.request(.refer, headers: Self.headers, body: list)
                #expect(accepted.status == 202)
                #expect(accepted.headers.first("Refer-Sub") == "false")
                try await ann.audio.hears(1000)
                try await ann.audio.hears(1600)
                try await bob.audio.hears(1600)
                #expect(try await rig.focus.room("team").members.map(\.wasCalled) == [nil, true, true])
            }
        }

        @Test func whatIsNoListCallsNobody() throws {
            for text in [
                "", "<x/>", "<resource-lists/>", "not xml",
                "<resource-lists xmlns='urn:ietf:params:xml:ns:resource-lists'>",
            ] {
                #expect(ResourceList.addresses(in: Array(text.utf8)) ?? [] == [], "\(text)")
            }
            let many = (0..<200).map { "<entry uri='sip:\($0 % 100)@h'/>" }.joined()
            let list =
                "<resource-lists xmlns='urn:ietf:params:xml:ns:resource-lists'><list>\(many)</list></resource-lists>"
            #expect(ResourceList.addresses(in: Array(list.utf8))?.count == ResourceList.most)
        }
    }
}
