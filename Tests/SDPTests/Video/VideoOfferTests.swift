// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Offering video")
struct VideoOfferTests {
    @Test("a late offer has H.264 in both modes and VP8, with feedback under AVP, and is small enough for UDP")
    func lateOffer() throws {
        var session = OfferAnswer.video()
        let offer = session.makeOffer()
        #expect(offer.media.map(\.kind) == [.audio, .video] && offer.groups.isEmpty)
        let line = offer.media[1]
        #expect(line.profile == .avp && line.port == 22_000 && line.direction == .sendrecv)
        #expect(
            line.values("rtpmap") == [
                "98 H264/90000", "99 H264/90000", "100 VP8/90000", "102 rtx/90000", "103 rtx/90000", "104 rtx/90000",
            ])
        #expect(
            line.values("fmtp") == [
                "98 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1",
                "99 profile-level-id=42e01f;level-asymmetry-allowed=1", "100 max-fr=30;max-fs=3600", "102 apt=98",
                "103 apt=99", "104 apt=100",
            ])
        #expect(
            line.values("rtcp-fb")
                == ["* nack", "* nack pli", "* ccm fir", "* ccm tmmbr", "* goog-remb"])
        #expect(!line.rtcpMux && line.values("extmap").isEmpty && line.label == "v22000")
        #expect(try SessionDescription(parsing: offer.serialized()) == offer)
        #expect(offer.serialized().count < 1300)
        var avpf = OfferAnswer.video(VideoCapabilities(retransmission: false, offeredProfile: .avpf))
        #expect(avpf.makeOffer().media[1].profile == .avpf)
        #expect(avpf.makeOffer().media[1].formats == ["98", "99", "100"])
    }

    @Test("the user agent offers camera, screen and slots in that order, numbers meaning the same in each")
    func userAgent() throws {
        var session = OfferAnswer.video(.userAgent, [.slot(1), .slides, .main, .slot(0)])
        let lines = session.makeOffer().videoLines
        #expect(lines.map(\.port) == [22_000, 22_010, 22_020, 22_022])
        #expect(lines.map(\.direction) == [.sendrecv, .sendrecv, .recvonly, .recvonly])
        #expect(lines.map(\.content) == [["main"], ["slides"], [], []])
        // Only screens may be larger than 1280 x 720; a number means the same codec in all lines.
        let levels = lines.map { line in line.videoFormats().compactMap(\.codec.h264Parameters?.profileLevel.levelIDC) }
        #expect(levels == [[31, 31], [40, 40], [31, 31], [31, 31]])
        let sizes = lines.map { line in line.videoFormats().compactMap { VP8Parameters($0.codec.fmtp).maxFrameSize } }
        #expect(sizes == [[3600], [8160], [3600], [3600]])
        #expect(Set(lines.map { $0.videoFormats().map(\.payloadType) }).count == 1)
        #expect(lines.allSatisfy { $0.formats == lines[0].formats && $0.rtcpMux })
    }

    @Test("our user agent and our focus agree on everything between them")
    func both() throws {
        var caller = OfferAnswer.video(.userAgent, OfferAnswer.everyRole, audio: .userAgent)
        let offer = caller.makeOffer()
        var focus = OfferAnswer.video(.focus, [])
        for role in focus.videoRoles(in: offer) { focus.localVideo[role] = .at(role) }
        let outcome = focus.receive(offer: offer.serialized())
        let answer = try #require(outcome.description)
        let read = caller.receive(answer: answer.serialized())
        #expect(outcome.videos.map(\.role) == OfferAnswer.everyRole)
        #expect(read.videos.map(\.role) == OfferAnswer.everyRole)
        for (theirs, ours) in zip(outcome.videos, read.videos) {
            #expect(theirs.direction == ours.direction.reversed && theirs.mediaIndex == ours.mediaIndex)
            #expect(theirs.codec.isSameFormat(as: ours.codec) && theirs.codec.isH264)
            #expect(theirs.feedback == .all && ours.feedback == .all)
            #expect(theirs.rtcpMux && ours.rtcpMux && ours.bundledWith == nil)
            #expect(theirs.receivePayloadTypes[ours.sendPayloadType] == ours.codec)
            #expect(ours.receivePayloadTypes[theirs.sendPayloadType] != nil)
            #expect(theirs.receiveRetransmissions[ours.sendRetransmissions[ours.sendPayloadType] ?? 0] != nil)
            #expect(ours.remoteRetransmissionSSRCs.count == 1)
        }
        // The focus offers anew: nothing moves.
        let again = focus.makeOffer()
        #expect(again == answer)
        #expect(caller.receive(offer: again.serialized()).videos.map(\.role) == OfferAnswer.everyRole)
    }

    @Test("an answer without video leaves the audio, and video is not brought up again before a full offer")
    func declined() {
        var session = OfferAnswer.video()
        _ = session.makeOffer()
        let outcome = session.receive(answer: VideoOffers.make("m=video 0 RTP/AVP 98"))
        #expect(outcome.audio != nil && outcome.videos.isEmpty)
        #expect(session.media[1] == .refused(.video, .disabledByPeer))
        #expect(session.hold().media.map(\.port) == [20_000, 0])
        session.abandonOffer()
        #expect(session.makeOffer(.full).media.map(\.port) == [20_000, 22_000])
        // A line that a broken peer left out counts as refused.
        #expect(session.receive(answer: Offers.pcmu).videos.isEmpty)
    }

    @Test("trap 10: a line added to a session and refused with 488 leaves everything as it was")
    func addedLine() throws {
        var session = OfferAnswer.video()
        _ = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        let before = session.localDescription
        session.localVideo[.slides] = .at(.slides)
        let offer = session.makeOffer()
        #expect(offer.media.map(\.port) == [20_000, 22_000, 22_010])
        #expect(offer.media[1].formats == before?.media[1].formats, "what stands is not touched")
        #expect(offer.media[2].content == ["slides"])
        #expect(offer.media[2].formats.contains("96"), "the number that VP8 has already")
        session.abandonOffer()
        session.localVideo[.slides] = nil
        #expect(session.makeOffer() == before)
        #expect(session.videos.count == 1 && session.audio != nil)
    }

    @Test(
        "answers are read by meaning",
        arguments: [
            // Our number, nothing repeated.
            ("98", "98", 98, 1, 31), ("98\na=rtpmap:98 H264/90000", "98", 98, 1, 31),
            // The peer's own number, a baseline profile, a lower level.
            (
                "126\na=rtpmap:126 H264/90000\na=fmtp:126 profile-level-id=42800d;packetization-mode=1",
                "126", 126, 1, 13
            ),
            // Our number in mode 1, answered in mode 0: what is sent follows the answer.
            ("98\na=rtpmap:98 H264/90000\na=fmtp:98 profile-level-id=42801f", "98", 98, 0, 31),
        ] as [(String, String, UInt8, Int, UInt8)])
    func read(answer: String, name: String, number: UInt8, mode: Int, level: UInt8) throws {
        var session = OfferAnswer.video()
        _ = session.makeOffer()
        let outcome = session.receive(answer: VideoOffers.make("m=video 6000 RTP/AVP \(answer)"))
        let video = try #require(outcome.videos.first)
        #expect(video.sendPayloadType == number)
        let parameters = try #require(video.codec.h264Parameters)
        #expect(parameters.packetizationMode == mode)
        #expect(video.limits.macroblocksPerPicture == H264Level(idc: level).macroblocksPerPicture)
        #expect(video.receivePayloadTypes.keys.sorted() == (number == 126 ? [98, 99, 100, 126] : [98, 99, 100]))
        #expect(video.sendRetransmissions.isEmpty && video.feedback.isEmpty)
    }

    @Test(
        "answers that bring no video",
        arguments: [
            ("6000 RTP/AVP 34", MediaRefusal.noCommonFormat), ("6000 RTP/SAVP 98", .profile(.savp)),
            ("0 RTP/AVP 98", .disabledByPeer),
            ("6000 RTP/AVP 98\na=rtpmap:98 H264/90000\na=fmtp:98 profile-level-id=640028", .noCommonFormat),
            ("6000 RTP/AVP 102\na=rtpmap:102 rtx/90000\na=fmtp:102 apt=98", .noCommonFormat),
        ])
    func unusable(line: String, reason: MediaRefusal) {
        var session = OfferAnswer.video()
        _ = session.makeOffer()
        #expect(session.receive(answer: VideoOffers.make("m=video \(line)")).audio != nil)
        #expect(session.media[1] == .refused(.video, reason))
    }

    @Test("what we can do is told with port 0, video too")
    func capabilities() {
        let description = OfferAnswer.capabilities(
            policy: MediaPolicy(audio: .focus, video: .accept(.focus)), address: "198.51.100.1", sessionID: 5)
        #expect(description.media.map(\.port) == [0, 0])
        #expect(description.media[1].rtpMaps.count == 6)
    }
}
