// SPDX-License-Identifier: GPL-3.0-or-later

import SIP
import Testing

@Suite("parser and framer")
struct SIPParserTests {
    private func parse(_ lines: [String], body: String = "") -> SIPParseOutcome {
        SIPParser.parse(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    }

    private let head = [
        "OPTIONS sip:a@b SIP/2.0", "Via: SIP/2.0/UDP h;branch=z9hG4bK1", "From: <sip:x@y>;tag=1", "To: <sip:a@b>",
        "Call-ID: c", "CSeq: 1 OPTIONS",
    ]

    @Test(
        "a crooked header that nothing depends on does not cost the call",
        arguments: [
            "Alert-Info: Auto Answer", "Date: yesterday", "Subject:", "Supported:", "Accept:", "Authorization: Magic",
            "X-Empty:", "Call-Info: <sip:x>;answer-after=0", "Warning: 399", "Contact: *",
            "User-Agent: \u{00E9}\u{4E2D}",
            "Session-Expires: x", "Content-Disposition: session;;", "P-Asserted-Identity: broken",
        ])
    func lenient(header: String) {
        guard case .message = parse(head + [header]) else {
            Issue.record("refused: \(header)")
            return
        }
    }

    @Test(
        "faults that matter are named",
        arguments: [
            ("Contact: <sip:open", 400, "Malformed Contact"), ("No colon here", 400, "Header Without Colon"),
            ("Bad Name: x", 400, "Malformed Header Name"),
            ("Content-Length: 5", 400, "Body Shorter Than Content-Length"),
            ("Route: <sip:a", 400, "Malformed Route"), ("Contact: Bell, A <sip:a@b>", 400, "Malformed Contact"),
            ("Via: nonsense", 400, "Malformed Via"),
            ("To: <sip:second@b>", 400, "Multiple To"),
        ])
    func faults(header: String, status: Int, reason: String) {
        guard case .badRequest(let answer) = parse(head + [header]) else {
            Issue.record("not refused: \(header)")
            return
        }
        #expect(answer.status == status && answer.reason == reason && answer.to?.tag != nil)
    }

    @Test("limits: too many headers, a header too long, a URI too long, a message too large")
    func limits() {
        let cases: [([String], Int)] = [
            (head + (0..<300).map { "X-\($0): 1" }, 400), (head + ["X: " + String(repeating: "x", count: 9000)], 400),
            (["OPTIONS sip:" + String(repeating: "a", count: 9000) + "@b SIP/2.0"] + head.dropFirst(), 414),
            (head + (0..<200).map { "X-\($0): " + String(repeating: "x", count: 400) }, 413),
        ]
        for (lines, status) in cases {
            guard case .badRequest(let answer) = parse(lines) else {
                Issue.record("not refused with \(status)")
                continue
            }
            #expect(answer.status == status)
        }
    }

    @Test("a malformed ACK or response and a request without Via are never answered")
    func silence() {
        let ack = head.map { $0.replacing("OPTIONS", with: "ACK") }
        #expect(parse(ack + ["To: <sip:z@b>"]) == .discard(.malformedACK("Multiple To")))
        #expect(parse(["SIP/2.0 200 OK"] + head.dropFirst(2)) == .discard(.malformedResponse("Missing Via")))
        #expect(parse([head[0]] + head.dropFirst(2)) == .discard(.noVia))
        #expect(parse(["SIP/2.0 99 Low"] + head.dropFirst()) == .discard(.malformedResponse("status code")))
    }

    @Test("lines may end with LF alone")
    func bareLineFeeds() {
        guard
            case .message(.request(let request)) = SIPParser.parse(
                Array((head.joined(separator: "\n") + "\n\nbody").utf8))
        else {
            Issue.record("refused")
            return
        }
        #expect(request.body == Array("body".utf8))
    }

    @Test("framer: keep-alives and messages in one stream, cut anywhere", arguments: 1...9)
    func frames(piece: Int) throws {
        let message =
            Array((head + ["Content-Length : 4"]).joined(separator: "\r\n").utf8) + Array("\r\n\r\nv=0\r".utf8)
        let stream =
            [0x0D, 0x0A, 0x0D, 0x0A] + message + [0x0D, 0x0A] + message + [
                0x0D, 0x0A, 0x0D, 0x0A, 0x0D, 0x0A, 0x0D, 0x0A,
            ]
        var framer = StreamFramer()
        var frames: [StreamFramer.Frame] = []
        for start in stride(from: 0, to: stream.count, by: piece) {
            framer.append(stream[start..<min(start + piece, stream.count)])
            while let frame = try framer.next() { frames.append(frame) }
        }
        #expect(frames == [.ping, .message(message), .message(message), .ping, .ping])
        #expect(framer.pendingBytes == 0)
    }

    @Test(
        "framer: a Content-Length that is no number, contradicts itself or is too large ends the stream",
        arguments: [
            "Content-Length: -1", "l: x", "Content-Length: 1\r\nl: 2", "Content-Length:", "Content-Length: 65535",
            "Content-Length: 99999999999999999999",
        ])
    func unframeable(header: String) {
        var framer = StreamFramer()
        framer.append(Array((head + [header]).joined(separator: "\r\n").utf8) + [0x0D, 0x0A, 0x0D, 0x0A])
        #expect(throws: StreamFramingError.self) { try framer.next() }
        framer.append(Array("more".utf8))
        #expect(throws: StreamFramingError.self) { try framer.next() }
    }

    @Test("framer: a folded Content-Length counts")
    func foldedLength() throws {
        var framer = StreamFramer()
        framer.append(
            Array((head + ["Content-Length:", "  3"]).joined(separator: "\r\n").utf8) + Array("\r\n\r\nabcOPT".utf8))
        guard case .message(let bytes) = try framer.next() else {
            Issue.record("no message")
            return
        }
        #expect(bytes.suffix(3) == Array("abc".utf8) && framer.pendingBytes == 3)
    }
}
