// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Answering an offer")
struct AnswerTests {
    // MARK: Lines

    @Test("every offered line is answered in its place, refused ones with port 0, protocol and formats kept")
    func linesInOrder() throws {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make(
                "m=audio 4000 RTP/AVP 0", before: "m=application 5000 UDP/BFCP *\nm=video 6000 RTP/AVPF 97 98",
                after: "m=text 7000 RTP/AVP 99\nm=audio 8000 RTP/AVP 8\nm=audio 0 RTP/AVP 8\nm=strange 1 a/b/c d e"))
        let answer = try #require(outcome.description)
        #expect(answer.media.map(\.port) == [0, 0, 20_000, 0, 0, 0, 0])
        #expect(
            answer.media.map(\.kind.rawValue)
                == ["application", "video", "audio", "text", "audio", "audio", "strange"])
        #expect(answer.media.map(\.profile.rawValue).last == "a/b/c")
        #expect(answer.media.map(\.formats) == [["*"], ["97", "98"], ["0"], ["99"], ["8"], ["8"], ["d", "e"]])
        #expect(outcome.audio?.mediaIndex == 2)
        #expect(outcome.media[1] == .refused(.video, .notWanted))
        #expect(outcome.media[4] == .refused(.audio, .alreadyHaveAudio))
        #expect(outcome.media[5] == .refused(.audio, .disabledByPeer))
    }

    @Test("of a secure and a plain line the plain one is taken, until SRTP is there")
    func bestEffortSRTP() {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/SAVP 0\na=crypto:1 X inline:y", after: "m=audio 4000 RTP/AVP 0"))
        #expect(outcome.description?.media.map(\.port) == [0, 20_000])
        #expect(outcome.media[0] == .refused(.audio, .profile(.savp)))
    }

    @Test("AVP is answered with AVP and AVPF with AVPF", arguments: [MediaProfile.avp, .avpf])
    func profiles(profile: MediaProfile) {
        var session = OfferAnswer.focus()
        let outcome = session.receive(offer: Offers.make("m=audio 4000 \(profile.rawValue) 0"))
        #expect(outcome.line?.profile == profile)
        #expect(outcome.audio?.profile == profile)
    }

    @Test(
        "an offer without usable audio is refused with a Warning",
        arguments: [
            ("m=video 4000 RTP/AVP 96", 488, 304),
            ("m=audio 0 RTP/AVP 0", 488, 304),
            ("", 488, 304),
            ("m=audio 4000 RTP/AVP 18 97\na=rtpmap:97 speex/8000", 488, 305),
            ("m=audio 4000 RTP/AVP 96", 488, 305),
            ("m=audio 4000 RTP/AVP", 488, 305),
            ("m=audio 4000 RTP/SAVP 0", 488, 302),
            ("m=audio 4000 UDP/TLS/RTP/SAVPF 0", 488, 302),
            ("m=audio 4000 RTP/AVP 0\nc=IN IP6 2001:db8::1", 488, 301),
            ("m=audio 4000 RTP/AVP 0\nc=ATM NSAP x", 488, 301),
            ("m=audio 4000 RTP/AVP 0\nc=IN IP4 233.252.0.1/127", 488, 330),
            ("m=audio nonsense", 400, 399),
        ])
    func rejections(audio: String, status: Int, warning: Int) throws {
        var session = OfferAnswer.focus()
        let rejection = try #require(session.receive(offer: Offers.make(audio)).rejection)
        #expect(rejection.status == status)
        #expect(rejection.warningCode == warning)
        #expect(!rejection.warningText.contains("\"") && !rejection.warningText.isEmpty)
        #expect(session.audio == nil && session.localDescription == nil)
        #expect(session.receive(offer: Offers.pcmu).audio != nil)
    }

    @Test("no c= at all is refused, c= of the line is enough")
    func connectionLevels() {
        var session = OfferAnswer.focus()
        #expect(session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", session: "a=x")).rejection != nil)
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0\nc=IN IP4 192.0.2.99", session: "c=IN IP4 192.0.2.1"))
        #expect(outcome.audio?.remoteRTP == MediaAddress(host: "192.0.2.99", port: 4000))
    }

    @Test("IPv6 is answered with IPv6 where the socket has both")
    func ipv6() {
        var session = OfferAnswer.focus(alternative: "2001:db8::1")
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0", session: "c=IN IP6 2001:db8::99"))
        #expect(outcome.description?.connection == ConnectionData(addressType: "IP6", address: "2001:db8::1"))
        #expect(outcome.audio?.remoteRTCP == MediaAddress(host: "2001:db8::99", port: 4001))
        #expect(session.makeOffer().connection?.address == "2001:db8::1")
    }

    // MARK: Formats

    @Test("static payload types need no rtpmap", arguments: [("0", "pcmu"), ("8", "pcma"), ("9", "g722")])
    func staticTypes(format: String, codec: String) throws {
        var session = OfferAnswer.focus()
        let outcome = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 18 \(format)"))
        let audio = try #require(outcome.audio)
        #expect(audio.codec.encodingName == codec)
        #expect(audio.codec.clockRate == 8_000)
        #expect(audio.receivePayloadTypes[audio.sendPayloadType]?.encodingName == codec)
        #expect(outcome.line?.value("rtpmap") == "\(format) \(codec.uppercased())/8000")
    }

    @Test(
        "the offerer's payload type is used for Opus, which is always written opus/48000/2",
        arguments: ["opus/48000/2", "OPUS/48000/2", "opus/48000"])
    func opusNames(name: String) throws {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0 121\na=rtpmap:121 \(name)\na=fmtp:121 unknown=3; useinbandfec"))
        #expect(outcome.line?.formats == ["121"])
        #expect(outcome.line?.value("rtpmap") == "121 opus/48000/2")
        #expect(outcome.line?.value("fmtp") == "121 useinbandfec=1")
        #expect(outcome.audio?.sendPayloadType == 121)
        #expect(outcome.audio?.opus == OpusParameters())
    }

    @Test("Opus parameters are obeyed, those out of range brought into it")
    func opusParameters() {
        var session = OfferAnswer.focus()
        let fmtp = "maxplaybackrate=16000; maxaveragebitrate=99999999;stereo=1; useinbandfec=1;usedtx=1;cbr=1"
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2\na=fmtp:96 \(fmtp)"))
        #expect(
            outcome.audio?.opus
                == OpusParameters(
                    maxaveragebitrate: 510_000, maxplaybackrate: 16_000, useinbandfec: true, usedtx: true, cbr: true,
                    stereo: true))
    }

    private static let many = Offers.make(
        """
        m=audio 4000 RTP/AVP 8 0 9 100 101 102
        a=rtpmap:100 opus/48000/2
        a=rtpmap:101 telephone-event/8000
        a=rtpmap:102 telephone-event/48000
        """)

    @Test("our order chooses, or the offerer's, as configured")
    func codecOrder() {
        var ours = OfferAnswer.focus()
        #expect(ours.receive(offer: Self.many).line?.formats == ["100", "102"])
        var theirs = OfferAnswer.focus(AudioCapabilities(codecOrder: .offerers))
        #expect(theirs.receive(offer: Self.many).line?.formats == ["8", "101"])
        var all = OfferAnswer.focus(AudioCapabilities(answerFormats: .allCommon))
        #expect(all.receive(offer: Self.many).line?.formats == ["100", "9", "8", "0", "102", "101"])
        var allTheirs = OfferAnswer.focus(AudioCapabilities(codecOrder: .offerers, answerFormats: .allCommon))
        #expect(allTheirs.receive(offer: Self.many).line?.formats == ["8", "0", "9", "100", "101", "102"])
    }

    @Test("whatever we share may arrive, whichever was answered")
    func lenientReceiving() {
        var session = OfferAnswer.focus()
        let audio = session.receive(offer: Self.many).audio
        #expect(audio?.receivePayloadTypes.keys.sorted() == [0, 8, 9, 100])
        #expect(audio?.telephoneEvents == [101: 8_000, 102: 48_000])
        #expect(audio?.sendTelephoneEvent == TelephoneEventFormat(payloadType: 102, clockRate: 48_000))
    }

    @Test(
        "DTMF goes with the clock of the codec, else 8000",
        arguments: [
            ("100 102 101", "100", "102"), ("100 101", "100", "101"), ("0 101 102", "0", "101"), ("0 102", "0", "102"),
        ])
    func telephoneEvents(formats: String, codec: String, event: String) {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make(
                """
                m=audio 4000 RTP/AVP \(formats)
                a=rtpmap:100 opus/48000/2
                a=rtpmap:101 telephone-event/8000
                a=fmtp:101 0-16
                a=rtpmap:102 telephone-event/48000
                """))
        #expect(outcome.line?.formats == [codec, event])
        #expect(outcome.line?.formatParameters[event]?.value == "0-15")
        #expect(outcome.audio?.sendTelephoneEvent.map { "\($0.payloadType)" } == event)
    }

    @Test(
        "packet times are respected within 10 and 60 ms",
        arguments: [
            ("", "0", 20), ("a=ptime:30", "0", 30), ("a=ptime:30", "96", 20), ("a=ptime:40", "96", 40),
            ("a=ptime:10", "0", 10), ("a=ptime:5", "0", 10), ("a=ptime:200", "0", 60), ("a=ptime:0", "0", 20),
            ("a=maxptime:10", "0", 10), ("a=ptime:60\na=maxptime:40", "0", 40), ("a=maxptime:150", "0", 20),
            ("a=ptime:rubbish", "0", 20),
        ])
    func packetTimes(attributes: String, format: String, expected: Int) {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP \(format)\na=rtpmap:96 opus/48000/2\n\(attributes)"))
        #expect(outcome.audio?.ptime == expected)
        #expect(outcome.line?.ptime == expected)
    }

    // MARK: RTCP and extensions

    @Test(
        "RTCP goes where the offer says",
        arguments: [
            ("", "192.0.2.10:4001", false),
            ("a=rtcp:4100", "192.0.2.10:4100", false),
            ("a=rtcp:4100 IN IP4 192.0.2.11", "192.0.2.11:4100", false),
            ("a=rtcp:0", "192.0.2.10:4001", false),
            ("a=rtcp-mux\na=rtcp:4100", "192.0.2.10:4000", true),
        ])
    func rtcp(attributes: String, address: String, mux: Bool) {
        var session = OfferAnswer.focus()
        let outcome = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\n\(attributes)"))
        #expect(outcome.audio?.remoteRTCP.description == address)
        #expect(outcome.audio?.rtcpMux == mux)
        #expect(outcome.line?.rtcpMux == mux)
    }

    @Test("the last port has no next one")
    func lastPort() {
        var session = OfferAnswer.focus()
        #expect(session.receive(offer: Offers.make("m=audio 65535 RTP/AVP 0")).audio?.remoteRTCP.port == 65_535)
    }

    @Test("rtcp-mux is not shared with payload types that look like RTCP, nor where it is switched off")
    func noMux() {
        var session = OfferAnswer.focus()
        let clash = Offers.make("m=audio 4000 RTP/AVP 72\na=rtpmap:72 opus/48000/2\na=rtcp-mux")
        #expect(session.receive(offer: clash).line?.rtcpMux == false)
        var never = OfferAnswer.focus(AudioCapabilities(rtcpMux: .never))
        #expect(never.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\na=rtcp-mux")).line?.rtcpMux == false)
    }

    @Test("our own RTCP port, SSRC and label are told")
    func localLines() {
        var session = OfferAnswer(
            policy: MediaPolicy(audio: .focus),
            local: LocalMedia(
                address: "198.51.100.1", rtpPort: 20_000, rtcpPort: 20_007, ssrc: 99, cname: "room@focus", label: "3"),
            sessionID: .max)
        let outcome = session.receive(offer: Offers.pcmu)
        #expect(outcome.line?.rtcp == RTCPAttribute(port: 20_007))
        #expect(outcome.line?.sources == [SourceAttribute(ssrc: 99, name: "cname", value: "room@focus")])
        #expect(outcome.line?.label == "3")
        #expect(outcome.description?.origin.sessionID == "9223372036854775807")
    }

    @Test("feedback is understood under AVP as well")
    func feedback() {
        var capabilities = AudioCapabilities.focus
        capabilities.feedback = [RTCPFeedback(kind: "ccm", parameter: "tmmbr")]
        var session = OfferAnswer.focus(capabilities)
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0\na=rtcp-fb:* nack\na=rtcp-fb:* ccm tmmbr\na=rtcp-fb:9 ccm tmmbr")
        )
        #expect(outcome.line?.values("rtcp-fb") == ["* ccm tmmbr"])
        #expect(outcome.line?.profile == .avp)
    }

    @Test(
        "audio levels keep their ids and take the right direction",
        arguments: [
            ("a=extmap:5 \(c2m) vad=on", ["5/recvonly \(c2m) vad=on"], 5, nil),
            ("a=extmap:5/sendonly \(c2m)", ["5/recvonly \(c2m)"], 5, nil),
            ("a=extmap:5/recvonly \(c2m)", [], nil, nil),
            ("a=extmap:2 \(m2c)\na=extmap:1 \(c2m)", ["1/recvonly \(c2m)", "2/sendonly \(m2c)"], 1, 2),
            ("a=extmap:2/recvonly \(m2c)", ["2/sendonly \(m2c)"], nil, 2),
            ("a=extmap:4096 \(c2m)\na=extmap:15 \(m2c)", [], nil, nil),
            ("a=extmap:3 urn:other", [], nil, nil),
            ("a=sendonly\na=extmap:1 \(c2m)\na=extmap:2 \(m2c)", ["1 \(c2m)"], 1, nil),
            ("a=inactive\na=extmap:1 \(c2m)", ["1/recvonly \(c2m)"], 1, nil),
        ] as [(String, [String], UInt8?, UInt8?)])
    func levels(attributes: String, answered: [String], client: UInt8?, mixer: UInt8?) {
        var session = OfferAnswer.focus()
        let outcome = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\n\(attributes)"))
        #expect(outcome.line?.values("extmap") == answered)
        #expect(outcome.audio?.clientToMixerLevelID == client)
        #expect(outcome.audio?.mixerToClientLevelID == mixer)
    }

    static let c2m = HeaderExtensionMap.clientToMixerLevel
    static let m2c = HeaderExtensionMap.mixerToClientLevel

    @Test("extensions at the session level count")
    func sessionExtensions() {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0", before: "a=extmap:7 \(Self.c2m)"))
        #expect(outcome.audio?.clientToMixerLevelID == 7)
    }

    @Test("a bundle is not joined, mid is echoed, bundle-only lines are refused")
    func bundle() {
        var session = OfferAnswer.focus()
        let outcome = session.receive(
            offer: Offers.make(
                "m=audio 4000 RTP/AVP 0\na=mid:a1", before: "a=group:BUNDLE a1 v1",
                after: "m=video 0 RTP/AVP 96\na=bundle-only\na=mid:v1"))
        #expect(outcome.description?.groups.isEmpty == true)
        #expect(outcome.line?.mid == "a1")
        #expect(outcome.description?.media.last?.attributes.isEmpty == true)
    }
}
