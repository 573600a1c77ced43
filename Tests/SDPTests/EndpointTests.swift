// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Offers of known endpoints")
struct EndpointTests {
    struct Expectation: Sendable {
        var name: String
        var offer: String
        var formats: [String]
        var ports: [Int]
        var profile: MediaProfile
        var codec: String
        var ptime = 20
        var remoteRTCP: String
        var bandwidth: Int?
        var levelID: UInt8?
    }

    @Test(
        "answered as they need it",
        arguments: [
            Expectation(
                name: "linphone", offer: Offers.linphone, formats: ["96", "100"], ports: [20_000, 0], profile: .avpf,
                codec: "opus", remoteRTCP: "192.0.2.20:7079"),
            Expectation(
                name: "baresip", offer: Offers.baresip, formats: ["96", "97"], ports: [20_000, 0], profile: .avp,
                codec: "opus", remoteRTCP: "192.0.2.30:23642", bandwidth: 125_000, levelID: 1),
            Expectation(
                name: "pjsip", offer: Offers.pjsip, formats: ["120", "96"], ports: [20_000], profile: .avp,
                codec: "opus", remoteRTCP: "192.0.2.40:4003", bandwidth: 96_000),
            Expectation(
                name: "cisco", offer: Offers.cisco, formats: ["114", "101"], ports: [20_000, 0, 0], profile: .avp,
                codec: "opus", remoteRTCP: "192.0.2.50:19327", bandwidth: 64_000),
            Expectation(
                name: "polycom", offer: Offers.polycom, formats: ["9", "127"], ports: [20_000, 0], profile: .avp,
                codec: "g722", ptime: 30, remoteRTCP: "192.0.2.60:2229"),
            Expectation(
                name: "browser through a gateway", offer: Offers.browserThroughGateway, formats: ["111", "110"],
                ports: [20_000, 0], profile: .avpf, codec: "opus", remoteRTCP: "192.0.2.70:30000", levelID: 1),
        ])
    func answered(expected: Expectation) throws {
        var session = OfferAnswer.focus()
        let outcome = session.receive(offer: expected.offer.replacing("\n", with: "\r\n"))
        let audio = try #require(outcome.audio)
        #expect(outcome.line?.formats == expected.formats)
        #expect(outcome.description?.media.map(\.port) == expected.ports)
        #expect(outcome.line?.profile == expected.profile)
        #expect(audio.codec.encodingName == expected.codec)
        #expect(audio.ptime == expected.ptime)
        #expect(audio.remoteRTCP.description == expected.remoteRTCP)
        #expect(audio.bandwidthLimit == expected.bandwidth)
        #expect(audio.clientToMixerLevelID == expected.levelID)
        #expect((outcome.description?.serialized().count ?? .max) < 600)
    }

    @Test("a browser without gateway is told what we accept")
    func browser() {
        var session = OfferAnswer.focus()
        let rejection = session.receive(offer: Offers.browser).rejection
        #expect(rejection?.warningCode == 302)
        #expect(rejection?.warningText == "Incompatible transport protocol: RTP/AVP, RTP/AVPF are accepted")
    }

    @Test("a Cisco that wants 16 kHz gets it")
    func ciscoOpus() {
        var session = OfferAnswer.focus()
        let opus = session.receive(offer: Offers.cisco).audio?.opus
        #expect(opus == OpusParameters(maxaveragebitrate: 64_000, maxplaybackrate: 16_000))
    }
}

@Suite("RFC 3264 §10")
struct OfferAnswerExamples {
    private static func session(_ version: Int, _ media: String) -> String {
        """
        v=0
        o=alice 2890844526 \(2_890_844_526 + version) IN IP4 host.anywhere.com
        s=
        c=IN IP4 host.anywhere.com
        t=0 0
        \(media)
        """
    }

    @Test("§10.1: audio and two video streams, then another audio stream")
    func basicExchange() throws {
        let first = "m=audio 49170 RTP/AVP 0\na=rtpmap:0 PCMU/8000\n"
        let video =
            "m=video 51372 RTP/AVP 31\na=rtpmap:31 H261/90000\nm=video 53000 RTP/AVP 32\na=rtpmap:32 MPV/90000\n"
        var bob = OfferAnswer.focus()
        let answer = bob.receive(offer: Self.session(0, first + video))
        #expect(
            answer.description?.description
                == """
                v=0
                o=- 77 1 IN IP4 198.51.100.1
                s=-
                c=IN IP4 198.51.100.1
                t=0 0
                m=audio 20000 RTP/AVP 0
                a=rtpmap:0 PCMU/8000
                a=ptime:20
                a=maxptime:60
                a=sendrecv
                m=video 0 RTP/AVP 31
                m=video 0 RTP/AVP 32

                """.replacing("\n", with: "\r\n"))
        #expect(answer.audio?.remoteRTP == MediaAddress(host: "host.anywhere.com", port: 49170))

        // Bob moves his port; then the peer adds a stream of events only, which is a second audio stream.
        bob.local.rtpPort = 65_422
        let moved = bob.makeOffer()
        #expect(moved.media.map(\.port) == [65_422, 0, 0])
        #expect(moved.origin.sessionVersion == "2")
        #expect(bob.receive(answer: Self.session(1, first + video.replacing("51372", with: "0"))).audio != nil)
        let added = "m=audio 51434 RTP/AVP 110\na=rtpmap:110 telephone-events/8000\na=recvonly"
        let last = try #require(bob.receive(offer: Self.session(2, first + video + added)).description)
        #expect(last.media.map(\.port) == [65_422, 0, 0, 0])
        #expect(last.media[3].formats == ["110"])
    }

    @Test("§10.2: one of several codecs, first inactive, then locked")
    func oneOfNCodecs() throws {
        let g723 = AudioCodecDescription(encodingName: "g723", clockRate: 8_000)
        let capabilities = AudioCapabilities(codecs: [.pcmu, g723], answerFormats: .allCommon, telephoneEvent: false)
        var bob = OfferAnswer.focus(capabilities)
        let formats = "a=rtpmap:0 PCMU/8000\na=rtpmap:4 G723/8000\na=rtpmap:18 G729/8000\n"
        let first = bob.receive(offer: Self.session(0, "m=audio 62986 RTP/AVP 0 4 18\n\(formats)a=inactive"))
        #expect(first.line?.formats == ["0", "4"])
        #expect(first.line?.direction == .inactive)
        #expect(first.audio?.sendsMedia == false && first.audio?.sendsRTCP == true)
        let locked = bob.receive(offer: Self.session(1, "m=audio 62986 RTP/AVP 4\na=rtpmap:4 G723/8000\na=sendrecv"))
        #expect(locked.line?.formats == ["4"])
        #expect(locked.audio?.direction == .sendrecv)
        #expect(locked.audio?.codec.encodingName == "g723")
        #expect(locked.description?.origin.sessionVersion == "2")
    }
}
