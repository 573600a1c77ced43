// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Video of known endpoints")
struct VideoEndpointTests {
    struct Expectation: Sendable {
        var name: String
        var offer: String
        var formats: [String]
        var fmtp: String?
        var profile: MediaProfile = .avp
        var direction: MediaDirection = .sendrecv
        var feedback: VideoFeedback
        var bandwidth: Int?
        /// Macroblocks of a picture.
        var size: Int?
        var rtcp: String
    }

    @Test(
        "answered as they need it",
        arguments: [
            // H.264 without a mode is mode 0; the level is the lower one.
            Expectation(
                name: "linphone", offer: Offers.linphone, formats: ["97"], fmtp: "97 profile-level-id=42801f",
                profile: .avpf, feedback: [], size: 3600, rtcp: "192.0.2.20:9079"),
            Expectation(
                name: "baresip", offer: VideoOffers.baresip, formats: ["97"],
                fmtp: "97 profile-level-id=42001f;packetization-mode=0",
                feedback: [.negativeAcknowledgement, .pictureLoss], size: 3600,
                rtcp: "192.0.2.10:23645"),
            Expectation(
                name: "polycom", offer: Offers.polycom, formats: ["109"], fmtp: "109 profile-level-id=42800d",
                feedback: [.fullIntra, .temporaryBitrate], size: 396, rtcp: "192.0.2.60:2231"),
            // Of constrained high in mode 1, baseline in mode 1 and in mode 0 the second; imageattr is not answered.
            Expectation(
                name: "cisco", offer: Offers.cisco, formats: ["126"],
                fmtp: "126 profile-level-id=42801e;packetization-mode=1", direction: .sendonly,
                feedback: [.pictureLoss, .fullIntra, .temporaryBitrate], bandwidth: 4_000_000,
                size: 1620, rtcp: "192.0.2.50:25467"),
            Expectation(
                name: "browser through a gateway", offer: VideoOffers.browser, formats: ["103", "104"],
                fmtp: "103 profile-level-id=42001f;packetization-mode=1;level-asymmetry-allowed=1", profile: .avpf,
                feedback: .pictureLoss, size: 3600, rtcp: "192.0.2.70:30000"),
        ])
    func answered(expected: Expectation) throws {
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: expected.offer.replacing("\n", with: "\r\n"))
        let video = try #require(outcome.video)
        let line = try #require(outcome.videoLines.first)
        #expect(outcome.audio != nil)
        #expect(line.formats == expected.formats)
        #expect(line.value("fmtp") == expected.fmtp)
        #expect(line.profile == expected.profile)
        #expect(line.direction == expected.direction && video.direction == expected.direction)
        #expect(video.feedback == expected.feedback)
        #expect(video.bandwidthLimit == expected.bandwidth)
        #expect(video.limits.macroblocksPerPicture == expected.size)
        #expect(video.remoteRTCP.description == expected.rtcp)
        #expect(line.value("imageattr") == nil)
        #expect((outcome.description?.serialized().count ?? .max) < 1300)
    }

    @Test("Linphone with a conference in VP8 gets VP8 with PLI and FIR")
    func linphoneVP8() throws {
        var session = OfferAnswer.video(VideoCapabilities(codecs: [.vp8, .h264, .h264SingleNALUnit]))
        let outcome = session.receive(offer: Offers.linphone)
        #expect(outcome.video?.sendPayloadType == 96)
        #expect(outcome.videoLines.first?.values("rtcp-fb") == ["96 nack pli", "96 ccm fir"])
    }

    @Test("a Cisco that calls without an offer is offered both modes of H.264 and picks one")
    func ciscoOfferless() throws {
        var session = OfferAnswer.video()
        _ = session.makeOffer()
        let outcome = session.receive(
            answer: """
                v=0
                o=Cisco-SIPUA 26529 0 IN IP4 192.0.2.50
                s=SIP Call
                b=AS:4064
                t=0 0
                m=audio 19326 RTP/AVP 9 101
                c=IN IP4 192.0.2.50
                b=TIAS:64000
                a=rtpmap:9 G722/8000
                a=rtpmap:101 telephone-event/8000
                m=video 25466 RTP/AVP 98
                c=IN IP4 192.0.2.50
                b=TIAS:1500000
                a=rtpmap:98 H264/90000
                a=fmtp:98 profile-level-id=42E01E;packetization-mode=1;level-asymmetry-allowed=1;max-fps=3000
                a=imageattr:* recv [x=640,y=480,q=0.60]
                a=rtcp-fb:* nack pli
                a=rtcp-fb:* ccm fir
                """)
        let video = try #require(outcome.videos.first)
        #expect(video.sendPayloadType == 98 && video.bandwidthLimit == 1_500_000)
        #expect(video.codec.h264Parameters?.packetizationMode == 1)
        #expect(video.limits.macroblocksPerPicture == 1620)
        #expect(video.feedback == [.pictureLoss, .fullIntra] && !video.rtcpMux)
        #expect(video.remoteRTP.description == "192.0.2.50:25466")
    }
}
