// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport

/// A message that is wrong in one way, and what RFC 3261 says to do with it.
struct MalformedMessage: Sendable {
    enum Fate: Hashable, Sendable {
        case answered(Int)
        case dropped
        /// Answered so, and the connection closed, because where the next message begins cannot be known.
        case answeredAndClosed(Int)
        /// Not for this transport.
        case notSent
    }

    var name: String
    var udp: Fate
    var tcp: Fate
    /// Lines with `VIA`, `FROM`, `TO`, `CALL`, `CONTACT` to be filled in; the end of headers included.
    private var text: String

    init(_ name: String, _ fate: Fate, tcp: Fate? = nil, _ lines: [String], body: String = "") {
        self.name = name
        udp = fate
        self.tcp = tcp ?? fate
        text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
    }

    func fate(over transport: PhoneTransport) -> Fate { transport == .udp ? udp : tcp }

    /// The message as it goes out from `port`.
    func bytes(over transport: PhoneTransport, from port: Int) -> [UInt8] {
        let id = UUID().uuidString
        let name = transport.rawValue.uppercased()
        var filled = text
        for (mark, value) in [
            ("VIA", "Via: SIP/2.0/\(name) 127.0.0.1:\(port);rport;branch=z9hG4bK\(id)"),
            ("FROM", "From: <sip:odd@127.0.0.1>;tag=odd"), ("TO", "To: <sip:room@127.0.0.1>"),
            ("CALL", "Call-ID: \(id)"), ("CONTACT", "Contact: <sip:odd@127.0.0.1:\(port)>"), ("\u{2400}", "\0"),
        ] { filled = filled.replacingOccurrences(of: mark, with: value) }
        return Array(filled.utf8)
    }

    /// An OPTIONS request that is right in all: whoever answers it is alive, and done with what came before.
    static func probe(over transport: PhoneTransport, from port: Int) -> (bytes: [UInt8], callID: String) {
        let callID = "probe-\(UUID().uuidString)"
        let lines = [
            "OPTIONS sip:room@127.0.0.1 SIP/2.0",
            "Via: SIP/2.0/\(transport.rawValue.uppercased()) 127.0.0.1:\(port);rport;branch=z9hG4bK\(callID)",
            "From: <sip:odd@127.0.0.1>;tag=probe", "To: <sip:room@127.0.0.1>", "Call-ID: \(callID)", "CSeq: 1 OPTIONS",
            "Max-Forwards: 70", "Content-Length: 0", "", "",
        ]
        return (Array(lines.joined(separator: "\r\n").utf8), callID)
    }

    static let all: [MalformedMessage] = [
        .init("bytes that are no SIP", .dropped, tcp: .notSent, ["\u{1}\u{2}\u{3} hello"]),
        .init("an HTTP request", .dropped, ["GET / HTTP/1.1", "Host: 127.0.0.1"]),
        .init("no Via", .dropped, ["OPTIONS sip:room@127.0.0.1 SIP/2.0", "FROM", "TO", "CALL", "CSeq: 1 OPTIONS"]),
        .init("no Call-ID", .answered(400), invite(without: "CALL")),
        .init("no To", .answered(400), invite(without: "TO")),
        .init("two different From", .answered(400), invite(adding: "From: <sip:other@127.0.0.1>;tag=other")),
        .init("CSeq of another method", .answered(400), invite(replacing: "CSeq", by: "CSeq: 1 OPTIONS")),
        .init("CSeq past 32 bits", .answered(400), invite(replacing: "CSeq", by: "CSeq: 36893488147419103232 INVITE")),
        .init("version 7.0", .answered(505), invite(replacing: "INVITE", by: "INVITE sip:room@127.0.0.1 SIP/7.0")),
        .init("unknown scheme", .answered(416), invite(replacing: "INVITE", by: "INVITE soup:room@127.0.0.1 SIP/2.0")),
        .init(
            "angle brackets around the target", .answered(400),
            invite(replacing: "INVITE", by: "INVITE <sip:room@127.0.0.1> SIP/2.0")),
        .init(
            "spaces in the target", .answered(400),
            invite(replacing: "INVITE", by: "INVITE sip:room@127.0.0.1; lr SIP/2.0")),
        .init(
            "a quotation that does not end", .answered(400),
            invite(replacing: "FROM", by: "From: \"odd <sip:odd@127.0.0.1>;tag=odd")),
        .init("a header without colon", .answered(400), invite(adding: "Subject what is this")),
        .init("a NUL in a name", .answered(400), invite(adding: "Sub\u{2400}ject: x")),
        .init(
            "a Contact that breaks off", .answered(400), invite(replacing: "CONTACT", by: "Contact: <sip:odd@127.0.")),
        .init(
            "a header of 20,000 bytes", .answered(400),
            invite(adding: "Subject: \(String(repeating: "x", count: 20_000))")),
        .init("a thousand headers", .answered(400), invite(without: nil) + (0..<1000).map { "X-\($0): x" }),
        .init(
            "two Content-Lengths", .answered(400), tcp: .answeredAndClosed(400),
            invite(adding: "Content-Length: 0", "Content-Length: 5")),
        .init(
            "a Content-Length below zero", .answered(400), tcp: .answeredAndClosed(400),
            invite(adding: "Content-Length: -1")),
        .init("a Content-Length past the end", .answered(400), tcp: .notSent, invite(adding: "Content-Length: 9999")),
        .init(
            "unknown method", .answered(405),
            invite(replacing: "INVITE", by: "SHOUT sip:room@127.0.0.1 SIP/2.0", sequence: "SHOUT")),
        .init("an extension we must know", .answered(420), invite(adding: "Require: teleport")),
        .init(
            "a body nobody asked for", .answered(415), invite(adding: "Content-Type: text/poem", "Content-Length: 4"),
            body: "rose"),
        .init(
            "SDP that is none", .answered(400), invite(adding: "Content-Type: application/sdp", "Content-Length: 6"),
            body: "hello\n"),
        .init(
            "a target without a user", .answered(484), invite(replacing: "INVITE", by: "INVITE sip:127.0.0.1 SIP/2.0")),
        .init(
            "a NUL in the room's name", .answered(404),
            invite(replacing: "INVITE", by: "INVITE sip:ro%00om@127.0.0.1 SIP/2.0")),
        .init(
            "BYE for no call", .answered(481),
            invite(replacing: "INVITE", by: "BYE sip:room@127.0.0.1 SIP/2.0", sequence: "BYE")),
        .init(
            "CANCEL of nothing", .answered(481),
            invite(replacing: "INVITE", by: "CANCEL sip:room@127.0.0.1 SIP/2.0", sequence: "CANCEL")),
        .init(
            "REFER to nowhere", .answered(400),
            invite(replacing: "INVITE", by: "REFER sip:room@127.0.0.1 SIP/2.0", sequence: "REFER")),
        .init(
            "SUBSCRIBE to an unknown event", .answered(489),
            invite(replacing: "INVITE", by: "SUBSCRIBE sip:room@127.0.0.1 SIP/2.0", sequence: "SUBSCRIBE") + [
                "Event: weather"
            ]),
        .init(
            "an ACK that is broken", .dropped,
            invite(replacing: "INVITE", by: "ACK sip:room@127.0.0.1 SIP/2.0", sequence: "ACK 1")),
        .init(
            "an answer to no question", .dropped,
            ["SIP/2.0 200 OK", "VIA", "FROM", "To: <sip:room@127.0.0.1>;tag=x", "CALL", "CSeq: 1 INVITE", "CONTACT"]),
        .init(
            "an answer with status 4294967301", .dropped,
            ["SIP/2.0 4294967301 better not", "VIA", "FROM", "TO", "CALL", "CSeq: 1 INVITE"]),
    ]

    /// An INVITE without a body: right, but for what is asked for.
    private static func invite(
        without missing: String? = nil, replacing start: String? = nil, by line: String = "", sequence: String? = nil
    ) -> [String] {
        var lines = [
            "INVITE sip:room@127.0.0.1 SIP/2.0", "VIA", "FROM", "TO", "CALL", "CSeq: 1 \(sequence ?? "INVITE")",
            "CONTACT",
            "Max-Forwards: 70",
        ]
        if let missing { lines.removeAll { $0 == missing } }
        if let start, let index = lines.firstIndex(where: { $0.hasPrefix(start) }) { lines[index] = line }
        return lines
    }

    private static func invite(adding lines: String...) -> [String] { invite(without: nil) + lines }
}
