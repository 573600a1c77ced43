// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Making an offer and reading its answer")
struct OfferTests {
    @Test("a late offer lists all we have, dynamic numbers first, DTMF on both clocks")
    func lateOffer() throws {
        var session = OfferAnswer.focus()
        let offer = session.makeOffer()
        let line = try #require(offer.media.first)
        #expect(offer.media.count == 1)
        #expect(line.formats == ["96", "9", "8", "0", "97", "101"])
        #expect(
            line.values("rtpmap") == [
                "96 opus/48000/2", "9 G722/8000", "8 PCMA/8000", "0 PCMU/8000", "97 telephone-event/48000",
                "101 telephone-event/8000",
            ])
        #expect(line.profile == .avp)
        #expect(line.ptime == 20 && line.maxptime == 60)
        #expect(line.direction == .sendrecv)
        #expect(!line.rtcpMux)
        #expect(
            line.values("extmap") == [
                "1/recvonly \(HeaderExtensionMap.clientToMixerLevel)",
                "2/sendonly \(HeaderExtensionMap.mixerToClientLevel)",
            ])
        #expect(try SessionDescription(parsing: offer.serialized()) == offer)
        #expect(offer.serialized().count < 700)
    }

    @Test("the answer's first codec and its numbers are sent, ours may arrive")
    func readAnswer() throws {
        var session = OfferAnswer.focus()
        _ = session.makeOffer()
        let audio = try #require(
            session.receive(
                answer: Offers.make(
                    """
                    m=audio 4000 RTP/AVP 110 8 102
                    a=rtpmap:110 opus/48000/2
                    a=fmtp:110 maxaveragebitrate=20000
                    a=rtpmap:102 telephone-event/48000
                    a=ptime:40
                    a=maxptime:40
                    """)
            ).audio)
        #expect(audio.codec.encodingName == "opus")
        #expect(audio.sendPayloadType == 110)
        #expect(audio.receivePayloadTypes.keys.sorted() == [0, 8, 9, 96, 110])
        #expect(audio.telephoneEvents == [97: 48_000, 101: 8_000, 102: 48_000])
        #expect(audio.sendTelephoneEvent == TelephoneEventFormat(payloadType: 102, clockRate: 48_000))
        #expect(audio.opus.maxaveragebitrate == 20_000)
        #expect(audio.ptime == 40)
        #expect(audio.maxptime == 40)
    }

    @Test("a number of ours without its map is understood")
    func missingMap() {
        var session = OfferAnswer.focus()
        _ = session.makeOffer()
        let audio = session.receive(answer: Offers.make("m=audio 4000 RTP/AVP 96 101")).audio
        #expect(audio?.codec.encodingName == "opus")
        #expect(audio?.sendTelephoneEvent?.payloadType == 101)
    }

    @Test(
        "answers that bring no audio are told apart",
        arguments: [
            ("m=audio 0 RTP/AVP 0", MediaRefusal.disabledByPeer),
            ("", .disabledByPeer),
            ("m=audio 4000 RTP/AVP 18", .noCommonFormat),
            ("m=audio 4000 RTP/AVP 97\na=rtpmap:97 telephone-event/48000", .noCommonFormat),
            ("m=audio 4000 RTP/SAVP 0", .profile(.savp)),
        ])
    func unusable(audio: String, reason: MediaRefusal) {
        var session = OfferAnswer.focus()
        let first = session.makeOffer()
        #expect(session.receive(answer: Offers.make(audio)) == .unusable(.audioRefused(reason)))
        #expect(session.hasOpenOffer)
        session.abandonOffer()
        #expect(session.audio == nil)
        // Sent anew it has a version of its own: the first was never agreed.
        #expect(session.makeOffer().media == first.media)
    }

    @Test("an answer nobody asked for is refused, a repeated one counts again")
    func repeatedAnswer() {
        var session = OfferAnswer.focus()
        #expect(session.receive(answer: Offers.pcmu) == .unusable(.noOffer))
        _ = session.makeOffer()
        #expect(session.receive(answer: Offers.make("m=audio 4000 RTP/AVP 8")).audio?.codec.encodingName == "pcma")
        #expect(session.receive(answer: Offers.pcmu).audio?.codec.encodingName == "pcmu")
        #expect(session.receive(answer: "rubbish") == .unusable(.malformed(SDPError(line: 1, problem: .notALine))))
        #expect(session.audio?.codec.encodingName == "pcmu")
    }

    @Test("rtcp-mux holds only when both said it")
    func mux() {
        var capabilities = AudioCapabilities.userAgent
        capabilities.rtcpMux = .offered
        var session = OfferAnswer.focus(capabilities)
        #expect(session.makeOffer().media[0].rtcpMux)
        #expect(session.receive(answer: Offers.pcmu).audio?.remoteRTCP.port == 4001)
        // Not agreed, so not asked again.
        #expect(!session.makeOffer().media[0].rtcpMux)
        #expect(session.receive(answer: Offers.make("m=audio 4000 RTP/AVP 0\na=rtcp-mux")).audio?.rtcpMux == false)
    }

    @Test("our user agent and our focus agree on everything between them")
    func both() throws {
        var caller = OfferAnswer(
            policy: MediaPolicy(audio: .userAgent),
            local: LocalMedia(address: "192.0.2.1", rtpPort: 5000, ssrc: 1, cname: "u", label: "1"), sessionID: 1)
        var focus = OfferAnswer.focus()
        let outcome = focus.receive(offer: caller.makeOffer().serialized())
        let answer = try #require(outcome.description)
        let atFocus = try #require(outcome.audio)
        let atCaller = try #require(caller.receive(answer: answer.serialized()).audio)
        #expect(atFocus.codec.encodingName == "opus" && atCaller.codec.encodingName == "opus")
        #expect(atFocus.rtcpMux && atCaller.rtcpMux)
        #expect(atFocus.clientToMixerLevel?.direction == .recvonly)
        #expect(atCaller.clientToMixerLevel?.direction == .sendonly)
        #expect(atFocus.clientToMixerLevelID == atCaller.clientToMixerLevelID)
        #expect(atFocus.mixerToClientLevel?.direction == .sendonly)
        #expect(atCaller.mixerToClientLevel?.direction == .recvonly)
        #expect(atFocus.remoteSSRCs == [1] && atFocus.remoteLabel == "1")
        #expect(atCaller.receivePayloadTypes[atFocus.sendPayloadType]?.encodingName == "opus")
        #expect(atFocus.receivePayloadTypes[atCaller.sendPayloadType]?.encodingName == "opus")
        #expect(atFocus.opus.useinbandfec && atCaller.opus.useinbandfec)
    }

    @Test("a late offer over IPv6, and its answer")
    func ipv6() {
        var session = OfferAnswer.focus(address: "2001:db8::1")
        let offer = session.makeOffer()
        #expect(offer.connection?.addressType == "IP6")
        #expect(offer.origin.addressType == "IP6")
        let answer = Offers.make("m=audio 4000 RTP/AVP 0", session: "c=IN IP6 2001:db8::2")
        #expect(session.receive(answer: answer).audio?.remoteRTP.description == "[2001:db8::2]:4000")
    }

    @Test("what we can do is told with port 0")
    func capabilities() {
        let description = OfferAnswer.capabilities(
            policy: MediaPolicy(audio: .focus), address: "198.51.100.1", sessionID: 5)
        #expect(description.media.map(\.port) == [0])
        #expect(description.media[0].rtpMaps.count == 6)
        #expect(description.media[0].rtcp == nil)
    }
}
