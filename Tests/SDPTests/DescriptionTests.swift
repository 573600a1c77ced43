// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Session descriptions")
struct DescriptionTests {
    private static let example = """
        v=0
        o=jdoe 3724394400 3724394405 IN IP4 198.51.100.1
        s=Call to John Smith
        i=SDP Offer #1
        u=http://www.jdoe.example.com/home.html
        e=Jane Doe <jane@jdoe.example.com>
        p=+1 617 555-6011
        c=IN IP4 198.51.100.1
        t=0 0
        m=audio 49170 RTP/AVP 0
        m=audio 49180 RTP/AVP 0
        m=video 51372 RTP/AVP 99
        c=IN IP6 2001:db8::2
        a=rtpmap:99 h263-1998/90000

        """

    @Test("the example of RFC 8866 §5 reads whole and writes back as it was", arguments: ["\n", "\r\n"])
    func rfc8866Example(lineEnd: String) throws {
        let session = try SessionDescription(parsing: Self.example.replacing("\n", with: lineEnd))
        #expect(session.origin.username == "jdoe")
        #expect(session.origin.sessionVersion == "3724394405")
        #expect(session.name == "Call to John Smith")
        #expect(session.information == "SDP Offer #1")
        #expect(session.uri == "http://www.jdoe.example.com/home.html")
        #expect(session.emails == ["Jane Doe <jane@jdoe.example.com>"])
        #expect(session.phones == ["+1 617 555-6011"])
        #expect(session.media.map(\.port) == [49170, 49180, 51372])
        #expect(session.connection(for: session.media[0])?.address == "198.51.100.1")
        #expect(session.connection(for: session.media[2])?.address == "2001:db8::2")
        #expect(session.connection(for: session.media[2])?.family == .ipv6)
        #expect(session.media[2].rtpMaps == [RTPMap(payloadType: 99, encodingName: "h263-1998", clockRate: 90_000)])
        #expect(String(decoding: session.serialized(), as: UTF8.self) == Self.example.replacing("\n", with: "\r\n"))
    }

    @Test(
        "connection lines of RFC 8866 §5.7",
        arguments: [
            ("IN IP4 233.252.0.1/127", ConnectionData(addressType: "IP4", address: "233.252.0.1", timeToLive: 127)),
            (
                "IN IP4 233.252.0.1/127/3",
                ConnectionData(addressType: "IP4", address: "233.252.0.1", timeToLive: 127, addressCount: 3)
            ),
            (
                "IN IP6 ff00::db8:0:101/3",
                ConnectionData(addressType: "IP6", address: "ff00::db8:0:101", addressCount: 3)
            ),
            ("IN IP6 [2001:db8::7]", ConnectionData(addressType: "IP6", address: "2001:db8::7")),
        ])
    func connections(text: String, expected: ConnectionData) throws {
        let session = try SessionDescription(parsing: "v=0\no=- 1 1 IN IP4 h\ns=-\nc=\(text)\nt=0 0")
        #expect(session.connection == expected)
        #expect(expected.isMulticast == (text.contains("233.") || text.contains("ff00")))
    }

    @Test("times, repeats, zones, bandwidth and keys are kept")
    func everyLine() throws {
        let text = """
            v=0
            o=- 1 1 IN IP4 192.0.2.1
            s= 
            b=AS:128
            t=3724394400 3730536000
            r=604800 3600 0 90000
            z=3730928400 -1h 3749680800 0
            k=prompt
            a=charset:ISO-8859-1
            x=unknown
            m=audio 5000/2 RTP/AVP 0
            i=left
            c=IN IP4 192.0.2.2
            b=TIAS:64000
            k=clear:x
            a=recvonly
            y=also unknown

            """
        let session = try SessionDescription(parsing: text)
        #expect(session.times.first?.lines.count == 2)
        #expect(session.otherLines == [SDPLine("x", "unknown")])
        #expect(session.media[0].otherLines == [SDPLine("y", "also unknown")])
        #expect(session.media[0].portCount == 2)
        #expect(session.bandwidthLimit(for: session.media[0]) == 64_000)
        #expect(String(decoding: session.serialized(), as: UTF8.self) == text.replacing("\n", with: "\r\n"))
    }

    @Test("careless writing is forgiven")
    func tolerance() throws {
        let session = try SessionDescription(
            parsing: "v=0 \r\no=Bob the  Builder 0 99999999999999999999999 IN IP4 192.0.2.1\r\nb=nonsense\r\nt=x\r\n"
                + "m=audio  4000   RTP/AVP 0 \r\na=ptime: 20.0\r\na=\r\nc=IN IP4 192.0.2.9 \r\nm=video 0 RTP/AVP\r\n\r\n"
        )
        #expect(session.origin.username == "Bob the Builder")
        #expect(session.origin.sessionVersion == "99999999999999999999999")
        #expect(session.name == "-")
        #expect(session.times == [TimeDescription()])
        #expect(session.otherLines.map(\.letter) == ["b", "t"])
        #expect(session.media[0].formats == ["0"])
        #expect(session.media[0].ptime == 20)
        #expect(session.media[1].formats.isEmpty)
        #expect(session.media[1].refused.formats == ["0"])
    }

    @Test(
        "what cannot be read is refused with its line",
        arguments: [
            ("", SDPError(line: 0, problem: .missing("v"))),
            ("v=1\n", SDPError(line: 1, problem: .unsupportedVersion)),
            ("o=- 1 1 IN IP4 h\nv=0", SDPError(line: 1, problem: .unsupportedVersion)),
            ("v=0\ns=-\n", SDPError(line: 0, problem: .missing("o"))),
            ("v=0\no=- 1 IN IP4 h\n", SDPError(line: 2, problem: .malformed("o"))),
            ("v=0\n\n<html>\n", SDPError(line: 3, problem: .notALine)),
            ("v=0\n =x\n", SDPError(line: 2, problem: .notALine)),
            ("v=0\nr=1 2 3\n", SDPError(line: 2, problem: .misplaced("r"))),
            ("v=0\nc=IN IP4\n", SDPError(line: 2, problem: .malformed("c"))),
            ("v=0\nc=IN IP4 1.2.3.4/x\n", SDPError(line: 2, problem: .malformed("c"))),
            ("v=0\ns=a\0b\n", SDPError(line: 2, problem: .illegalByte(0))),
            ("v=0\ns=a\rb\n", SDPError(line: 2, problem: .illegalByte(13))),
            ("v=0\nm=audio 65536 RTP/AVP 0\n", SDPError(line: 2, problem: .malformed("m"))),
            ("v=0\nm=audio -1 RTP/AVP 0\n", SDPError(line: 2, problem: .malformed("m"))),
            ("v=0\nm=audio 4000/0 RTP/AVP 0\n", SDPError(line: 2, problem: .malformed("m"))),
            ("v=0\nm=audio 4000\n", SDPError(line: 2, problem: .malformed("m"))),
        ])
    func errors(text: String, expected: SDPError) {
        #expect(throws: expected) { try SessionDescription(parsing: text) }
    }

    @Test("size, lines and media are bounded")
    func limits() {
        let limits = SDPLimits(maximumBytes: 200, maximumLines: 6, maximumMedia: 2)
        let head = "v=0\no=- 1 1 IN IP4 h\n"
        func problem(_ text: String) -> SDPError.Problem? {
            do {
                _ = try SessionDescription(parsing: text, limits: limits)
                return nil
            } catch { return error.problem }
        }
        #expect(problem(head + String(repeating: "a", count: 400)) == .tooLarge(bytes: 421))
        #expect(problem(head + "a=x\na=x\na=x\na=x\na=x\n") == .tooManyLines)
        #expect(problem(head + String(repeating: "m=audio 1 RTP/AVP 0\n", count: 3)) == .tooManyMedia)
    }

    @Test("a value cannot begin a line of its own")
    func injection() throws {
        var session = try SessionDescription(parsing: Offers.pcmu)
        session.name = "x\r\nm=video 1 RTP/AVP 1\0"
        session.append("tool", "y\nc=IN IP4 203.0.113.9")
        let again = try SessionDescription(parsing: session.serialized())
        #expect(again.media.count == 1)
        #expect(again.connection?.address == "192.0.2.10")
        #expect(again.name == "x  m=video 1 RTP/AVP 1 ")
    }

    @Test("attributes read as types")
    func attributes() throws {
        let session = try SessionDescription(
            parsing: Offers.make(
                """
                m=audio 4000 RTP/AVPF 96 0
                a=rtpmap:96 OPUS/48000/2
                a=rtpmap:200 bad/8000
                a=rtpmap:97
                a=fmtp:96  minptime=10; useinbandfec=1 ;; Stereo = 0;flag
                a=rtcp:4100 IN IP6 2001:db8::5
                a=extmap:3/recvonly urn:x some attributes
                a=extmap:4/sideways urn:y
                a=rtcp-fb:* nack pli
                a=rtcp-fb:96 trr-int 100
                a=ssrc:4294967295 cname:a b
                a=ssrc:4294967296 cname:too-big
                a=mid:aud
                a=label:7
                a=content:slides,alt
                a=rtcp-mux
                a=rtcp-rsize
                a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc
                a=ptime:0
                a=maxptime:40
                a=sendonly
                """, before: "a=group:BUNDLE aud\na=inactive"))
        let media = session.media[0]
        #expect(media.rtpMaps == [RTPMap(payloadType: 96, encodingName: "OPUS", clockRate: 48_000, channels: 2)])
        let fmtp = try #require(media.formatParameters["96"])
        #expect(fmtp.number("useinbandfec") == 1)
        #expect(fmtp.number("stereo") == 0)
        #expect(fmtp.value == "minptime=10;useinbandfec=1;Stereo=0;flag")
        #expect(
            media.rtcp
                == RTCPAttribute(port: 4100, connection: ConnectionData(addressType: "IP6", address: "2001:db8::5")))
        #expect(
            media.headerExtensions
                == [HeaderExtensionMap(id: 3, direction: .recvonly, uri: "urn:x", attributes: "some attributes")])
        #expect(media.feedback.map(\.value) == ["* nack pli", "96 trr-int 100"])
        #expect(media.sources == [SourceAttribute(ssrc: .max, name: "cname", value: "a b")])
        #expect(media.mid == "aud")
        #expect(media.label == "7")
        #expect(media.content == ["slides", "alt"])
        #expect(media.rtcpMux && media.rtcpReducedSize)
        #expect(media.crypto == ["1 AES_CM_128_HMAC_SHA1_80 inline:abc"])
        #expect(media.ptime == nil)
        #expect(media.maxptime == 40)
        #expect(session.direction(for: media) == .sendonly)
        #expect(session.direction == .inactive)
        #expect(session.groups == [MediaGroup(semantics: "BUNDLE", mids: ["aud"])])
        #expect(media.audioFormats().map(\.codec.encodingName) == ["opus", "pcmu"])
    }
}
