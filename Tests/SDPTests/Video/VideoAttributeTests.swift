// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Attributes of video")
struct VideoAttributeTests {
    private func line(_ attributes: String) throws -> MediaDescription {
        try SessionDescription(parsing: VideoOffers.make("m=video 6000 RTP/AVP 96\n\(attributes)")).media[1]
    }

    @Test("feedback is read by kind, whatever the case and however many words a line has")
    func feedback() throws {
        let media = try line(
            """
            a=rtcp-fb:* nack
            a=rtcp-fb:96 NACK pli
            a=rtcp-fb:* ccm fir tmmbr
            a=rtcp-fb:97 ccm tmmbr smaxpr=120
            a=rtcp-fb:96 goog-remb
            a=rtcp-fb:96 transport-cc
            a=rtcp-fb:96 nack rpsi
            a=rtcp-fb:* trr-int 1000
            a=rtcp-fb:200 nack
            a=rtcp-fb:*
            """)
        #expect(
            media.feedback.map { VideoFeedback($0) } == [
                .negativeAcknowledgement, .pictureLoss, [.fullIntra, .temporaryBitrate], .temporaryBitrate,
                .estimatedBitrate, [], [], [],
            ])
        #expect(
            VideoFeedback.all.attributes(payloadType: 96).map(\.value)
                == ["96 nack", "96 nack pli", "96 ccm fir", "96 ccm tmmbr", "96 goog-remb"])
        #expect(VideoFeedback.pictureLoss.attributes().map(\.value) == ["* nack pli"])
    }

    @Test("frame rate, content, source groups and msid")
    func others() throws {
        let media = try line(
            "a=framerate:29.97\na=content:Slides,alt\na=ssrc-group:FID 1 4294967295\na=ssrc-group:SIM 1 x\na=msid: s t "
                + "\na=rtcp-mux-only\na=bundle-only\na=imageattr:* recv [x=800,y=480,q=0.60]")
        #expect(media.framerate == 29.97)
        #expect(media.isSlides)
        #expect(media.sourceGroups == [SourceGroup(semantics: "FID", ssrcs: [1, .max])])
        #expect(media.sourceGroups.first?.value == "FID 1 4294967295")
        #expect(media.msid == "s t")
        #expect(media.rtcpMuxOnly && media.bundleOnly)
    }

    @Test(
        "frame rates that are none",
        arguments: ["", "0", "-5", "nan", "inf", "1e9", "0x10", "30 fps", "1.2.3", "99999999999999999999"])
    func badFrameRates(text: String) throws {
        #expect(try line("a=framerate:\(text)").framerate == nil)
    }

    @Test("VP8 limits (RFC 7741 §6.1)")
    func vp8() {
        let parameters = VP8Parameters(FormatParameters(parsing: " max-fr=30; max-fs=3600;"))
        #expect(parameters.maxFrameRate == 30 && parameters.maxFrameSize == 3600)
        #expect(VP8Parameters(FormatParameters(parsing: "max-fr=0;max-fs=-1")).maxFrameRate == nil)
    }
}

@Suite("H.264 parameters")
struct H264ParameterTests {
    @Test(
        "profiles of RFC 6184 table 5",
        arguments: [
            ("42e01f", H264Profile.constrainedBaseline), ("42c01e", .constrainedBaseline),
            ("42401f", .constrainedBaseline), ("42F00B", .constrainedBaseline), ("4d801f", .constrainedBaseline),
            ("58c01f", .constrainedBaseline), ("42801F", .baseline), ("42800d", .baseline), ("42001f", .baseline),
            ("58801f", .baseline), ("4d001f", .main), ("4D401F", .main), ("58001f", .extended), ("640028", .high),
            ("640c16", .constrainedHigh), ("640828", .other(idc: 0x64, constraints: 0x08)),
        ])
    func profiles(text: String, profile: H264Profile) throws {
        let level = try #require(H264ProfileLevel(parsing: text))
        #expect(level.profile == profile)
        #expect(level.value == text.lowercased())
    }

    @Test(arguments: ["", "42e01", "42e01f0", "42e01g", "+42e01", "-2e01f", "0x42e0", "４２e01f"])
    func badProfiles(text: String) {
        #expect(H264ProfileLevel(parsing: text) == nil)
        #expect(
            H264Parameters(FormatParameters(parsing: "profile-level-id=\(text)")).profileLevel == .absent)
    }

    @Test("trap 5: profiles are compared by what they mean, not as strings")
    func compatible() {
        func same(_ one: String, _ other: String) -> Bool {
            VideoCodecDescription(encodingName: "h264", fmtp: FormatParameters(parsing: one))
                .isSameFormat(
                    as: VideoCodecDescription(encodingName: "h264", fmtp: FormatParameters(parsing: other)))
        }
        #expect(same("profile-level-id=42e01f", "profile-level-id=42E00D"))
        #expect(same("profile-level-id=42e01f", "PROFILE-LEVEL-ID=42800d"))
        #expect(same("profile-level-id=42e01f", ""), "absent is Baseline at level 1, single NAL units")
        #expect(same("profile-level-id=42e01f", "packetization-mode=0;profile-level-id=58c00b"))
        #expect(!same("profile-level-id=42e01f", "profile-level-id=42e01f;packetization-mode=1"))
        #expect(!same("profile-level-id=42e01f", "profile-level-id=4d001f"))
        #expect(!same("profile-level-id=640c1f", "profile-level-id=64001f"))
    }

    @Test("levels in their order, 1b between 1 and 1.1, unknown ones rounded down")
    func levels() throws {
        let order: [UInt8] = [10, 9, 11, 12, 13, 20, 31, 52, 62]
        #expect(order.map(H264Level.init(idc:)).sorted().map(\.idc) == order)
        #expect(H264Level(idc: 0).idc == 10 && H264Level(idc: 255).idc == 62 && H264Level(idc: 33).idc == 32)
        #expect(H264Level(idc: 31).macroblocksPerPicture == 3600 && H264Level(idc: 31).bitrate == 14_000_000)
        var level = try #require(H264ProfileLevel(parsing: "42f00b"))
        #expect(level.level == .level1b)
        level.level = H264Level(idc: 31)
        #expect(level.value == "42e01f")
        level.level = .level1b
        #expect(level.value == "42f00b")
        var high = try #require(H264ProfileLevel(parsing: "64001f"))
        high.level = .level1b
        #expect(high.value == "640009" && high.level == .level1b)
    }

    @Test(
        "the level to send: with asymmetry the peer's highest, else the lower of both (RFC 6184 §8.2.2)",
        arguments: [
            ("profile-level-id=428028", 31), ("profile-level-id=42800d", 13),
            ("profile-level-id=428028;level-asymmetry-allowed=1", 40),
            ("profile-level-id=42800d;level-asymmetry-allowed=1;max-recv-level=e01f", 31),
            ("profile-level-id=42800d;level-asymmetry-allowed=1;max-recv-level=e00c", 13),
            ("profile-level-id=42800d;level-asymmetry-allowed=1;max-recv-level=+01f", 13),
        ] as [(String, UInt8)])
    func sendLevels(fmtp: String, level: UInt8) {
        let ours = H264Parameters(VideoCodecDescription.h264.fmtp)
        #expect(H264Parameters(FormatParameters(parsing: fmtp)).sendLevel(ours: ours).idc == level)
    }

    @Test("capabilities beyond the level widen the limits, those below it do not narrow them")
    func limits() throws {
        var session = OfferAnswer.video()
        let outcome = session.receive(
            offer: VideoOffers.make(
                "m=video 1 RTP/AVP 96\na=rtpmap:96 H264/90000\na=framerate:25\na=fmtp:96 profile-level-id=42800d;"
                    + "max-mbps=40500;max-fs=100;max-br=99999;max-dpb=5"))
        let limits = try #require(outcome.video).limits
        #expect(
            limits
                == PictureLimits(
                    macroblocksPerPicture: 396, macroblocksPerSecond: 40_500, frameRate: 25, bitrate: 99_999_000))
        #expect(limits.allow(width: 352, height: 288) && !limits.allow(width: 640, height: 480))
        #expect(!limits.allow(width: 16 * 396, height: 16), "no side over √(8 × 396)")
        #expect(!limits.allow(width: 0, height: 16) && PictureLimits().allow(width: 9999, height: 9999))
    }
}
