// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Answering video")
struct VideoAnswerTests {
    // MARK: Lines and roles

    @Test("without video capabilities, or without sockets, video is declined as ever, audio untouched")
    func declined() {
        var plain = OfferAnswer.focus()
        var empty = OfferAnswer.video(.focus, [])
        for offer in VideoOffers.all {
            let (before, after) = (plain.receive(offer: offer), empty.receive(offer: offer))
            #expect(before.audio == after.audio && before.videos.isEmpty && after.videos.isEmpty)
            #expect(before.videoLines == after.videoLines)
            #expect(before.videoLines.allSatisfy { $0.port == 0 && $0.attributes.isEmpty })
        }
        #expect(empty.receive(offer: VideoOffers.baresip).media[1] == .refused(.video, .noLocalMedia))
    }

    @Test("trap 1: every offered line is answered in its place, refused ones with port 0")
    func linesInOrder() throws {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        let outcome = session.receive(
            offer: Offers.make(
                "m=audio 4000 RTP/AVP 0", before: "m=application 5000 UDP/BFCP *\n\(VideoOffers.vp8)",
                after: """
                    m=video 0 RTP/AVP 97
                    m=video 7000 RTP/SAVP 96
                    a=rtpmap:96 VP8/90000
                    m=text 7000 RTP/AVP 99
                    m=video 7002 RTP/AVP 96
                    a=rtpmap:96 VP8/90000
                    m=video 7004 RTP/AVP 34
                    a=recvonly
                    """))
        let answer = try #require(outcome.description)
        #expect(answer.media.map(\.port) == [0, 22_000, 20_000, 0, 0, 0, 0, 0])
        let kinds: [MediaKind] = [.application, .video, .audio, .video, .video, .text, .video, .video]
        #expect(answer.media.map(\.kind) == kinds)
        #expect(answer.media.map(\.formats) == [["*"], ["96"], ["0"], ["97"], ["96"], ["99"], ["96"], ["34"]])
        #expect(outcome.media[3] == .refused(.video, .disabledByPeer))
        #expect(outcome.media[4] == .refused(.video, .profile(.savp)))
        #expect(outcome.media[6] == .refused(.video, .notWanted), "a second camera is no slot")
        #expect(outcome.media[7] == .refused(.video, .noCommonFormat))
        #expect(outcome.video?.mediaIndex == 1 && outcome.video?.role == .main)
    }

    @Test("trap 10: video without a common codec is declined, the audio stays")
    func noCommonCodec() {
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: VideoOffers.make("m=video 6000 RTP/AVP 34\na=rtpmap:34 H263/90000"))
        #expect(outcome.description?.media.map(\.port) == [20_000, 0])
        #expect(outcome.audio != nil)
        #expect(outcome.media[1] == .refused(.video, .noCommonFormat))
    }

    @Test("the first line is the main picture, content:slides the screen, recvonly lines are slots")
    func slots() throws {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        let offer = try SessionDescription(parsing: VideoOffers.slots)
        #expect(session.videoRoles(in: offer) == OfferAnswer.everyRole)
        let outcome = session.receive(offer: offer)
        #expect(outcome.videos.map(\.role) == OfferAnswer.everyRole)
        #expect(outcome.videoLines.map(\.port) == [22_000, 22_010, 22_020, 22_022, 22_024])
        #expect(outcome.videoLines.map(\.direction) == [.sendrecv, .sendrecv, .sendonly, .sendonly, .sendonly])
        #expect(outcome.videoLines.map(\.label) == ["v22000", "v22010", "v22020", "v22022", "v22024"])
        #expect(outcome.videoLines[3].sources == [SourceAttribute(ssrc: 22_022, name: "cname", value: "focus")])
        #expect(outcome.videoLines.map(\.content) == [[], ["slides"], [], [], []])
        #expect(outcome.videos.map(\.remoteRTP.port) == [6000, 6002, 6004, 6006, 6008])
        #expect(outcome.videos.map(\.sendPayloadType) == [96, 96, 96, 97, 96])
        #expect(session.video(.slot(1))?.mediaIndex == 4)
        #expect(session.videos.count == 5)
    }

    @Test("slots that we have no sockets for are declined, those before them not")
    func fewerSlots() {
        var session = OfferAnswer.video(.focus, [.main, .slot(0)])
        let outcome = session.receive(offer: VideoOffers.slots)
        #expect(outcome.videoLines.map(\.port) == [22_000, 0, 22_020, 0, 0])
        #expect(outcome.media[2] == .refused(.video, .noLocalMedia))
    }

    @Test("without sockets for the main picture a slot does not become one")
    func noMain() {
        var session = OfferAnswer.video(.focus, [.slot(0)])
        let outcome = session.receive(offer: VideoOffers.slots)
        #expect(outcome.videoLines.map(\.port) == [0, 0, 22_020, 0, 0])
        #expect(outcome.video?.role == .slot(0))
    }

    @Test("trap 9: a recvonly main line is answered sendonly, a sendonly one recvonly")
    func oneWay() {
        for offered in [MediaDirection.recvonly, .sendonly, .inactive] {
            var session = OfferAnswer.video()
            let outcome = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\na=\(offered.rawValue)"))
            #expect(outcome.video?.role == .main)
            #expect(outcome.video?.direction == offered.reversed)
            #expect(outcome.videoLines.first?.direction == offered.reversed)
        }
    }

    @Test("of a secure and a plain camera line the plain one is the main picture")
    func bestEffortSRTP() {
        var session = OfferAnswer.video()
        let secure = "m=video 6002 RTP/SAVP 96\na=rtpmap:96 VP8/90000"
        #expect(
            session.receive(offer: VideoOffers.make("\(secure)\n\(VideoOffers.vp8)")).videoLines.map(\.port)
                == [0, 22_000])
    }

    @Test("each line is answered in the profile it was offered in", arguments: [MediaProfile.avp, .avpf, .savp])
    func profiles(profile: MediaProfile) {
        var session = OfferAnswer.video(VideoCapabilities(profiles: [.avp, .avpf, .savp]))
        let outcome = session.receive(
            offer: VideoOffers.make(
                "m=video 6000 \(profile.rawValue) 96\na=rtpmap:96 VP8/90000\na=rtcp-fb:96 nack pli"))
        #expect(outcome.videoLines.first?.profile == profile)
        #expect(outcome.video?.profile == profile)
        #expect(outcome.line?.profile == .avp, "audio keeps its own")
        #expect(outcome.video?.feedback == .pictureLoss)
    }

    // MARK: Codecs

    private static let h264 = """
        m=video 6000 RTP/AVP 102 103 104
        a=rtpmap:102 H264/90000
        a=rtpmap:103 H264/90000
        a=fmtp:103 profile-level-id=42801E;packetization-mode=1
        a=rtpmap:104 VP8/90000
        """

    @Test("trap 5: packetization-mode left out is mode 0, and stays left out")
    func modeAbsent() throws {
        var session = OfferAnswer.video()
        let line = "m=video 6000 RTP/AVP 109\na=rtpmap:109 H264/90000"
        let outcome = session.receive(offer: VideoOffers.make("\(line)\na=fmtp:109 profile-level-id=42800d"))
        #expect(outcome.videoLines.first?.value("fmtp") == "109 profile-level-id=42800d")
        #expect(outcome.video?.codec.h264Parameters?.packetizationMode == 0)
        var modeOne = OfferAnswer.video(VideoCapabilities(codecs: [.h264]))
        #expect(modeOne.receive(offer: VideoOffers.make(line)).videos.isEmpty)
    }

    @Test("of several H.264 payload types the one in mode 1 is chosen, our codec order first")
    func modeOnePreferred() {
        var ours = OfferAnswer.video()
        let outcome = ours.receive(offer: VideoOffers.make(Self.h264))
        #expect(outcome.videoLines.first?.formats == ["103"])
        #expect(outcome.video?.receivePayloadTypes.keys.sorted() == [102, 103, 104])
        #expect(outcome.videoLines.first?.value("fmtp") == "103 profile-level-id=42801e;packetization-mode=1")
        var theirs = OfferAnswer.video(VideoCapabilities(codecOrder: .offerers))
        #expect(theirs.receive(offer: VideoOffers.make(Self.h264)).video?.sendPayloadType == 102)
        var all = OfferAnswer.video(VideoCapabilities(codecs: [.vp8, .h264], answerFormats: .allCommon))
        let several = all.receive(offer: VideoOffers.make(Self.h264))
        #expect(several.videoLines.first?.formats == ["104", "103"])
        #expect(several.video?.sendFormats.map(\.payloadType) == [104, 103])
    }

    @Test(
        "the answer keeps profile and constraint bits and lowers the level unless asymmetry is allowed",
        arguments: [
            ("profile-level-id=42801e;packetization-mode=1", "profile-level-id=42801e;packetization-mode=1"),
            ("packetization-mode=1;profile-level-id=4D8028", "profile-level-id=4d801f;packetization-mode=1"),
            (
                "profile-level-id=42c00d;packetization-mode=1;level-asymmetry-allowed=1",
                "profile-level-id=42c01f;packetization-mode=1;level-asymmetry-allowed=1"
            ),
            (
                "profile-level-id=42f00b;packetization-mode=1;max-fs=99999;sprop-parameter-sets=Z0,aA==",
                "profile-level-id=42f00b;packetization-mode=1"
            ),
            ("profile-level-id=42801e; packetization-mode=01", "profile-level-id=42801e;packetization-mode=01"),
        ])
    func answeredParameters(offered: String, answered: String) {
        var session = OfferAnswer.video()
        let outcome = session.receive(
            offer: VideoOffers.make("m=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 \(offered)"))
        #expect(outcome.videoLines.first?.value("fmtp") == "96 \(answered)")
    }

    @Test("receiver's parameters are not written where nothing is received (RFC 6184 §8.2.2)")
    func sendOnlyParameters() {
        var capabilities = VideoCapabilities.focus
        capabilities.codecs = [
            VideoCodecDescription(
                encodingName: "h264",
                fmtp: FormatParameters(parsing: "profile-level-id=42e01f;max-fs=8160;MAX-MBPS=244800;x=1"))
        ]
        capabilities.bandwidthLimit = 2_000_500
        let line = "m=video 6000 RTP/AVP 96\na=rtpmap:96 H264/90000"
        var session = OfferAnswer.video(capabilities)
        let both = session.receive(offer: VideoOffers.make(line)).videoLines.first
        #expect(both?.value("fmtp") == "96 profile-level-id=42000a;max-fs=8160;MAX-MBPS=244800;x=1")
        #expect(both?.bandwidths == [Bandwidth(type: "AS", value: 2_001), Bandwidth(type: "TIAS", value: 2_000_500)])
        let oneWay = session.receive(offer: VideoOffers.make("\(line)\na=recvonly")).videoLines.first
        #expect(oneWay?.value("fmtp") == "96 profile-level-id=42000a;x=1")
        #expect(oneWay?.bandwidths == [])
    }

    @Test(
        "VP9 and AV1 go by their profile, 0 where none is named",
        arguments: [
            ("VP9", "", true), ("VP9", "profile-id=0", true), ("vp9", "Profile-ID=2", false), ("AV1", "", true),
            ("VP9", "max-fr=30;max-fs=3600;profile-id=0", true), ("AV1", "level-idx=8;tier=1", true),
            ("AV1", "tier=0;level-idx=5;profile=0", true), ("AV1", "profile=1", false), ("H265", "", false),
            ("VP8", "max-fs=1;nonsense", true),
        ])
    func otherCodecs(name: String, fmtp: String, taken: Bool) {
        var session = OfferAnswer.video(VideoCapabilities(codecs: [.vp9, .av1, .vp8]))
        let parameters = fmtp.isEmpty ? "" : "a=fmtp:96 \(fmtp)"
        let outcome = session.receive(
            offer: VideoOffers.make("m=video 6000 RTP/AVP 96\na=rtpmap:96 \(name)/90000\n\(parameters)"))
        #expect((outcome.video != nil) == taken)
        if name != "VP8", taken {
            #expect(outcome.videoLines.first?.formatParameters["96"]?.value == (fmtp.isEmpty ? nil : fmtp))
        }
    }

    @Test("a clock that is not 90 kHz, a static number, or repair alone is no video of ours")
    func strangeFormats() {
        var session = OfferAnswer.video()
        for line in ["96\na=rtpmap:96 VP8/48000", "31 34", "96\na=rtpmap:96 rtx/90000\na=fmtp:96 apt=96", ""] {
            #expect(
                session.receive(offer: VideoOffers.make("m=video 6000 RTP/AVP \(line)")).media[1]
                    == .refused(.video, .noCommonFormat))
        }
    }

    // MARK: Feedback, retransmission, RTCP

    @Test("feedback counts under AVP, by number and by wildcard, as far as we know it")
    func feedback() {
        var session = OfferAnswer.video()
        let outcome = session.receive(
            offer: VideoOffers.make(
                """
                \(VideoOffers.vp8)
                a=rtcp-fb:* nack
                a=rtcp-fb:96 ccm fir
                a=rtcp-fb:97 nack pli
                a=rtcp-fb:96 transport-cc
                a=rtcp-fb:* ccm fir tmmbr
                a=rtcp-fb:* ccm fir
                """))
        #expect(
            outcome.videoLines.first?.values("rtcp-fb") == ["* nack", "96 ccm fir", "* ccm fir", "* ccm tmmbr"])
        #expect(outcome.video?.feedback == [.negativeAcknowledgement, .fullIntra, .temporaryBitrate])
    }

    @Test(
        "trap 6: how each peer is to be asked for key frames",
        arguments: [
            ("a=rtcp-fb:* nack pli\na=rtcp-fb:* ccm fir", [.pictureLoss, .fullIntra]),
            ("a=rtcp-fb:96 ccm fir", .fullIntra), ("a=rtcp-fb:* nack", .negativeAcknowledgement), ("", []),
        ] as [(String, VideoFeedback)])
    func keyFrames(attributes: String, feedback: VideoFeedback) {
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\n\(attributes)"))
        #expect(outcome.video?.feedback == feedback)
    }

    @Test("retransmission is taken for the formats answered, with an SSRC of its own")
    func retransmission() {
        let offer = VideoOffers.make(
            """
            m=video 6000 RTP/AVP 96 97 98 99
            a=rtpmap:96 VP8/90000
            a=rtpmap:97 rtx/90000
            a=fmtp:97 apt=96;rtx-time=3000
            a=rtpmap:98 rtx/90000
            a=fmtp:98 apt=100
            a=rtpmap:99 rtx/90000
            a=ssrc-group:FID 1 2
            a=ssrc:1 cname:x
            a=ssrc:2 cname:x
            """)
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: offer)
        #expect(outcome.video?.sendRetransmissions == [96: 97])
        #expect(outcome.video?.receiveRetransmissions == [97: 96])
        #expect(outcome.video?.remoteSSRCs == [1])
        #expect(outcome.video?.remoteRetransmissionSSRCs == [2: 1])
        #expect(outcome.videoLines.first?.formats == ["96", "97"])
        #expect(outcome.videoLines.first?.formatParameters["97"]?.value == "apt=96")
        #expect(outcome.videoLines.first?.sourceGroups == [SourceGroup(semantics: "FID", ssrcs: [22_000, 22_001])])
        #expect(outcome.videoLines.first?.sources.map(\.ssrc) == [22_000, 22_001])
        var without = OfferAnswer.video(VideoCapabilities(retransmission: false))
        #expect(without.receive(offer: offer).videoLines.first?.formats == ["96"])
        #expect(without.videos.first?.receiveRetransmissions == [:])
    }

    @Test(
        "RTCP goes where the offer says",
        arguments: [
            ("", "192.0.2.10:6001", false), ("a=rtcp:6100 IN IP4 192.0.2.11", "192.0.2.11:6100", false),
            ("a=rtcp-mux\na=rtcp:6100", "192.0.2.10:6000", true),
            ("a=rtcp-mux\na=rtcp-mux-only", "192.0.2.10:6000", true),
        ])
    func rtcp(attributes: String, address: String, mux: Bool) {
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\n\(attributes)"))
        #expect(outcome.video?.remoteRTCP.description == address)
        #expect(outcome.video?.rtcpMux == mux && outcome.videoLines.first?.rtcpMux == mux)
    }

    @Test("who insists on one port and does not get it is declined")
    func muxOnly() {
        var never = OfferAnswer.video(VideoCapabilities(rtcpMux: .never))
        let offer = VideoOffers.make("\(VideoOffers.vp8)\na=rtcp-mux\na=rtcp-mux-only")
        #expect(never.receive(offer: offer).media[1] == .refused(.video, .noMultiplexing))
        var clash = OfferAnswer.video()
        let number = VideoOffers.make("m=video 1 RTP/AVP 72\na=rtpmap:72 VP8/90000\na=rtcp-mux")
        #expect(clash.receive(offer: number).video?.rtcpMux == false)
    }

    @Test("what the peer says of itself is handed on")
    func remote() throws {
        var session = OfferAnswer.video(
            VideoCapabilities(headerExtensions: [ExtensionWish(HeaderExtensionMap.videoOrientation, .recvonly)]))
        let outcome = session.receive(
            offer: VideoOffers.make(
                """
                \(VideoOffers.vp8)
                b=AS:1500
                b=TIAS:1200000
                a=fmtp:96 max-fr=15;max-fs=1200
                a=framerate:30
                a=content:main
                a=label:cam
                a=msid:s t
                a=mid:v
                a=extmap:3 urn:3gpp:video-orientation
                a=rtcp-rsize
                a=ssrc:7 cname:a
                """))
        let video = try #require(outcome.video)
        #expect(video.bandwidthLimit == 1_200_000)
        #expect(video.limits == PictureLimits(macroblocksPerPicture: 1200, frameRate: 15))
        #expect(video.remoteContent == ["main"] && video.remoteLabel == "cam" && video.remoteMSID == "s t")
        #expect(video.mid == "v" && video.rtcpReducedSize && video.remoteSSRCs == [7] && video.bundledWith == nil)
        #expect(
            video.extensions == [
                HeaderExtensionMap.videoOrientation: NegotiatedExtension(id: 3, direction: .recvonly)
            ])
        let line = try #require(outcome.videoLines.first)
        #expect(line.values("extmap") == ["3/recvonly urn:3gpp:video-orientation"])
        #expect(line.mid == "v" && line.content == ["main"] && line.rtcpReducedSize)
        #expect(line.value("fmtp") == "96 max-fr=30;max-fs=3600")
    }

    @Test("an address of the line's own, and one of the other family")
    func addresses() {
        var session = OfferAnswer.video(.focus, [])
        session.localVideo[.main] = LocalVideo(
            LocalMedia(address: "198.51.100.9", alternativeAddress: "2001:db8::9", rtpPort: 22_000))
        let outcome = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\nc=IN IP6 2001:db8::5"))
        #expect(outcome.videoLines.first?.connections == [ConnectionData(address: "2001:db8::9")])
        #expect(outcome.video?.remoteRTP.description == "[2001:db8::5]:6000")
        #expect(outcome.description?.connection?.address == "198.51.100.1")
        session.localVideo[.main]?.media.alternativeAddress = nil
        let none = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\nc=IN IP6 2001:db8::5"))
        #expect(none.media[1] == .refused(.video, .addressFamily))
    }
}
