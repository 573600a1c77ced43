// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import RTP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Hostile {
        /// What a broken message must come to.
        enum Fate: Sendable {
            case answered(Int)
            case dropped
        }

        struct Broken: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let text: String
            let fate: Fate

            init(_ what: String, _ text: String, _ fate: Fate) {
                testDescription = what
                self.text = text
                self.fate = fate
            }
        }

        /// A sound INVITE to be broken.
        static func invite(_ change: (inout [String]) -> Void) -> String {
            var lines = [
                "INVITE sip:team@127.0.0.1 SIP/2.0", "Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bK-broken",
                "Max-Forwards: 70", "From: <sip:eve@members.test>;tag=eve", "To: <sip:team@127.0.0.1>",
                "Call-ID: broken", "CSeq: 1 INVITE", "Contact: <sip:eve@127.0.0.1:9>", "Content-Length: 0",
            ]
            change(&lines)
            return (lines + ["", ""]).joined(separator: "\n")
        }

        static func replacing(_ name: String, _ value: String?) -> String {
            invite { lines in
                let index = lines.firstIndex { $0.hasPrefix(name + ":") } ?? 0
                if let value { lines[index] = "\(name): \(value)" } else { lines.remove(at: index) }
            }
        }

        static let table: [Broken] = [
            Broken("nothing but line ends", "\n\n\n", .dropped),
            Broken("a word", "hello", .dropped),
            Broken("HTTP", "GET / HTTP/1.1\nHost: a\n\n", .dropped),
            Broken("a null byte in the start line", "INV\0ITE sip:team@127.0.0.1 SIP/2.0\n\n", .dropped),
            Broken("no headers at all", "INVITE sip:team@127.0.0.1 SIP/2.0\n\n", .dropped),
            Broken("no Via", replacing("Via", nil), .dropped),
            Broken("no From", replacing("From", nil), .answered(400)),
            Broken("no To", replacing("To", nil), .answered(400)),
            Broken("no Call-ID", replacing("Call-ID", nil), .answered(400)),
            Broken("no CSeq", replacing("CSeq", nil), .answered(400)),
            Broken("another method in CSeq", replacing("CSeq", "1 OPTIONS"), .answered(400)),
            Broken("a CSeq past 32 bits", replacing("CSeq", "36893488147419103232 INVITE"), .answered(400)),
            Broken("a From that is no address", replacing("From", "\"eve <sip:"), .answered(400)),
            Broken("a To that is no address", replacing("To", "<<>>"), .answered(400)),
            Broken("a negative length", replacing("Content-Length", "-999"), .answered(400)),
            Broken("a length past the datagram", replacing("Content-Length", "9999"), .answered(400)),
            Broken("a version of the future", invite { $0[0] = "INVITE sip:team@127.0.0.1 SIP/7.0" }, .answered(505)),
            Broken("no URI", invite { $0[0] = "INVITE SIP/2.0" }, .dropped),
            Broken("a URI in brackets", invite { $0[0] = "INVITE <sip:team@127.0.0.1> SIP/2.0" }, .answered(400)),
            Broken(
                "Max-Forwards of 0 to an unknown method",
                invite {
                    $0[0] = "NEWMETHOD sip:team@127.0.0.1 SIP/2.0"
                    $0[6] = "CSeq: 1 NEWMETHOD"
                }, .answered(405)),
            Broken(
                "an unknown extension is required", invite { $0.insert("Require: nothing-we-know", at: 3) },
                .answered(420)),
            Broken(
                "a body of another kind",
                invite {
                    $0[8] = "Content-Type: text/plain"
                    $0.append("Content-Length: 4")
                    $0.append("")
                    $0.append("body")
                }, .answered(415)),
            Broken(
                "a description that is none",
                invite {
                    $0[8] = "Content-Type: application/sdp"
                    $0.append("Content-Length: 7")
                    $0.append("")
                    $0.append("v=nosdp")
                }, .answered(400)),
            Broken(
                "BYE for a dialog that is not",
                invite {
                    $0[0] = "BYE sip:team@127.0.0.1 SIP/2.0"
                    $0[4] = "To: <sip:team@127.0.0.1>;tag=nobody"
                    $0[6] = "CSeq: 1 BYE"
                }, .answered(481)),
            Broken(
                "CANCEL of nothing",
                invite {
                    $0[0] = "CANCEL sip:team@127.0.0.1 SIP/2.0"
                    $0[6] = "CSeq: 1 CANCEL"
                }, .answered(481)),
            Broken(
                "ACK of nothing",
                invite {
                    $0[0] = "ACK sip:team@127.0.0.1 SIP/2.0"
                    $0[6] = "CSeq: 1 ACK"
                }, .dropped),
            Broken("a response to nothing", "SIP/2.0 200 OK\n" + invite { $0.remove(at: 0) }, .dropped),
            Broken("a status of four digits", "SIP/2.0 9999 Hm\n" + invite { $0.remove(at: 0) }, .dropped),
            Broken(
                "a header of 60 kB",
                replacing("From", "<sip:eve@members.test>;tag=eve;x=" + String(repeating: "x", count: 60_000)),
                .answered(400)),
        ]

        @Test func brokenMessagesAreRefusedOrDroppedAndNobodyHearsOfIt() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("room", "ann", .tone(440))
                let bob = try await rig.join("room", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                let mark = ann.audio.mark
                for broken in Self.table {
                    let eve = try WireSocket(to: rig.port)
                    let port = "\(eve.address.port)"
                    // Each its own transaction and call, or the second would be taken for a repetition of the first.
                    let text = broken.text.replacing("z9hG4bK-broken", with: "z9hG4bK-\(port)")
                        .replacing("Call-ID: broken", with: "Call-ID: broken-\(port)").replacing(
                            ":9>", with: ":\(port)>")
                    await eve.send(text)
                    switch broken.fate {
                    case .answered(let status):
                        let final = await Self.finalResponse(to: eve)
                        #expect(
                            final?.hasPrefix("SIP/2.0 \(status) ") == true,
                            "\(broken.testDescription): \(final?.prefix(60) ?? "nothing")")
                    case .dropped:
                        // What comes after it is the answer to OPTIONS, and nothing before.
                        await eve.send(Self.options(port))
                        let first = await eve.receive().map { String(decoding: $0, as: UTF8.self) }
                        #expect(
                            first?.contains("Call-ID: ping-\(port)") == true,
                            "\(broken.testDescription): \(first?.prefix(60) ?? "nothing")")
                    }
                }
                let pinger = try WireSocket(to: rig.port)
                await pinger.send(Self.options("\(pinger.address.port)"))
                #expect(await Self.finalResponse(to: pinger)?.hasPrefix("SIP/2.0 200 ") == true)
                let heard = try await ann.audio.listen(300, since: mark)
                #expect(heard.lostPackets == 0)
                #expect(heard.longestBreak(in: 1000) <= 20)
                #expect(await rig.focus.rooms().map(\.name) == ["room"])
                try await bob.audio.hears(440)
            }
        }

        private static func finalResponse(to socket: WireSocket) async -> String? {
            while let text = await socket.receive(beginning: "SIP/2.0 ", within: .seconds(2)) {
                if !text.hasPrefix("SIP/2.0 1") { return text }
            }
            return nil
        }

        static func options(_ port: String) -> String {
            """
            OPTIONS sip:127.0.0.1 SIP/2.0
            Via: SIP/2.0/UDP 127.0.0.1:\(port);branch=z9hG4bK-ping-\(port)
            Max-Forwards: 70
            From: <sip:eve@members.test>;tag=ping
            To: <sip:127.0.0.1>
            Call-ID: ping-\(port)
            CSeq: 1 OPTIONS
            Content-Length: 0


            """
        }

        @Test func randomBytesDoNotStopTheFocus() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("room", "ann", .tone(440))
                let bob = try await rig.join("room", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                let mark = ann.audio.mark
                let media = try rig.mediaAddress(of: ann)
                var random = SeededGenerator(seed: 4475)
                let eve = try MemberAudio()
                defer { eve.close() }
                for number in 0..<3000 {
                    var bytes = (0..<Int.random(in: 0...600, using: &random)).map { _ in
                        UInt8.random(in: 0 ... .max, using: &random)
                    }
                    // A third of it looks like RTP or RTCP at first sight.
                    if number % 3 == 0, !bytes.isEmpty { bytes[0] = 0x80 | bytes[0] & 0x3F }
                    let target = number % 2 == 0 ? media : media.with(port: media.port + 1)
                    if number % 5 == 0 { ann.audio.sendRaw(bytes, to: target) } else { eve.sendRaw(bytes, to: target) }
                    eve.sendRaw(bytes, to: .loopback(port: UInt16(rig.port)))
                    if number % 300 == 0 { try await ann.audio.passes(20) }
                }
                let heard = try await ann.audio.listen(400, since: mark)
                #expect(heard.longestBreak(in: 1000) <= 20)
                try await bob.audio.hears(440)
                try await ann.hangUp()
                try await ann.dial(rig.uri("room"))
                try await bob.audio.hears(440)
            }
        }

        @Test func floodsOfForeignPayloadTypesAndSourcesDoNotReachTheMix() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("room", "ann", .tone(440))
                let bob = try await rig.join("room", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let media = try rig.mediaAddress(of: ann)
                let marks = (ann.audio.mark, bob.audio.mark)
                var random = SeededGenerator(seed: 3550)
                let eve = try MemberAudio()
                defer { eve.close() }
                let loud = [UInt8](repeating: 0x80, count: 80) + [UInt8](repeating: 0x00, count: 80)
                for number in 0..<2000 {
                    let payloadType = UInt8.random(in: 1...127, using: &random)
                    let wrongType = RTPBytes(
                        payloadType: payloadType, sequence: UInt16(number), timestamp: UInt32(number * 160),
                        ssrc: ann.audio.ssrc, payload: loud)
                    if ![101, 72, 73, 74, 75, 76].contains(payloadType) {
                        ann.audio.sendRaw(wrongType.bytes, to: media)
                    }
                    let stranger = RTPBytes(
                        payloadType: 0, sequence: UInt16(number), timestamp: UInt32(number * 160),
                        ssrc: UInt32(random.next() & 0xFFFF_FFFF), payload: loud)
                    eve.sendRaw(stranger.bytes, to: media)
                    if number % 100 == 0 { try await ann.audio.passes(20) }
                }
                let heard = try await bob.audio.listen(500, since: marks.1)
                #expect(heard.longestBreak(in: 440) <= 20)
                #expect(eve.arrivals.packets == 0)
                #expect(ann.audio.heard(since: marks.0).longestBreak(in: 1000) <= 20)
                let dropped = await rig.focus.statistics().packetsDropped
                #expect((dropped["payload-type"] ?? 0) > 500)
                #expect((dropped["foreign-source"] ?? 0) > 500)
            }
        }

        @Test(arguments: [600, 3000])
        func aGiantDescriptionIsAnsweredAndNobodyHearsOfIt(lines: Int) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("room", "ann", .tone(440))
                _ = try await rig.join("room", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                let mark = ann.audio.mark
                let giant =
                    WireCall.description(port: 40_000)
                    + WireSocket.bytes(String(repeating: "a=fmtp:0 whatever=1\n", count: lines))
                let eve = try WireCall("eve", to: rig.port)
                let response = try await eve.invite(rig.uri("giant"), body: Array(giant.prefix(64_000)))
                if response.status == 200 {
                    await eve.ack()
                    #expect(try await eve.request(.bye).status == 200)
                } else {
                    #expect([400, 413, 488, 513].contains(response.status))
                }
                let heard = try await ann.audio.listen(300, since: mark)
                #expect(heard.longestBreak(in: 1000) <= 20)
            }
        }
    }
}
