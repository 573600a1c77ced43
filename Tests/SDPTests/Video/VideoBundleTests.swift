// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Bundles (RFC 9143)")
struct VideoBundleTests {
    @Test("a browser's bundle is joined with the lines that are taken, on the ports of audio")
    func browser() throws {
        var session = OfferAnswer.video(VideoCapabilities(codecs: [.vp8, .h264]), [.main, .slot(0)])
        let outcome = session.receive(offer: VideoOffers.browser.replacing("\n", with: "\r\n"))
        let answer = try #require(outcome.description)
        #expect(answer.groups == [MediaGroup(semantics: "BUNDLE", mids: ["0", "1", "2"])])
        #expect(answer.media.map(\.port) == [20_000, 20_000, 20_000, 0])
        #expect(answer.media.map(\.mid) == ["0", "1", "2", nil])
        #expect(answer.media.prefix(3).allSatisfy { $0.rtcpMux && $0.rtcp == nil && !$0.bundleOnly })
        #expect(outcome.videos.map(\.bundledWith) == [0, 0])
        #expect(outcome.videos.map(\.mid) == ["1", "2"])
        #expect(outcome.videos.allSatisfy { $0.remoteRTP == MediaAddress(host: "192.0.2.70", port: 30_000) })
        #expect(outcome.videos.allSatisfy { $0.remoteRTCP == $0.remoteRTP && $0.rtcpMux })
        #expect(outcome.audio?.remoteRTCP.port == 30_000)

        let (main, slot) = (answer.media[1], answer.media[2])
        #expect(main.formats == ["96", "97"] && main.rtcpReducedSize)
        #expect(main.values("rtcp-fb") == ["96 goog-remb", "96 ccm fir", "96 nack", "96 nack pli"])
        #expect(main.values("extmap") == ["4 \(HeaderExtensionMap.mid)"])
        #expect(main.label == "v22000" && main.sources.first?.ssrc == 22_000)
        #expect(slot.direction == .sendonly && slot.label == "v22020")
        let video = try #require(outcome.video)
        #expect(video.feedback == [.estimatedBitrate, .fullIntra, .negativeAcknowledgement, .pictureLoss])
        #expect(video.receivePayloadTypes.keys.sorted() == [96, 103])
        #expect(video.receiveRetransmissions == [97: 96, 104: 103])
        #expect(video.remoteSSRCs == [0xDEAD_BEEF] && video.remoteRetransmissionSSRCs == [0xCAFE_BABE: 0xDEAD_BEEF])
    }

    @Test("a bundle is never required: without the capability each line has its own ports, bundle-only ones none")
    func notJoined() {
        var session = OfferAnswer.video(
            VideoCapabilities(codecs: [.vp8], bundle: false), [.main, .slot(0)])
        let outcome = session.receive(offer: VideoOffers.browser)
        #expect(outcome.description?.groups.isEmpty == true)
        #expect(outcome.description?.media.map(\.port) == [20_000, 22_000, 0, 0])
        #expect(outcome.media[2] == .refused(.video, .noMultiplexing))
        #expect(outcome.video?.bundledWith == nil)
    }

    private static func offer(group: String, audio: String = "a=mid:a\na=rtcp-mux", video: String) -> String {
        VideoOffers.make(video, session: "a=group:BUNDLE \(group)", audio: audio)
    }

    @Test("lines that do not share their port with RTCP stay outside")
    func withoutMux() {
        var session = OfferAnswer.video()
        let outcome = session.receive(
            offer: Self.offer(group: "a v", video: "\(VideoOffers.vp8)\na=mid:v"))
        #expect(outcome.description?.groups == [MediaGroup(semantics: "BUNDLE", mids: ["a"])])
        #expect(outcome.description?.media.map(\.port) == [20_000, 22_000])
        #expect(outcome.video?.remoteRTCP.port == 6001 && outcome.video?.bundledWith == nil)
    }

    @Test("where the first line named cannot be used, the next lends its address to all")
    func otherTag() {
        let video = "\(VideoOffers.vp8)\na=mid:v\na=rtcp-mux"
        var session = OfferAnswer.video()
        let outcome = session.receive(offer: Self.offer(group: "x v a", video: video))
        #expect(outcome.description?.groups == [MediaGroup(semantics: "BUNDLE", mids: ["v", "a"])])
        #expect(outcome.description?.media.map(\.port) == [20_000, 20_000])
        #expect(outcome.audio?.remoteRTP.port == 6000 && outcome.audio?.remoteRTCP.port == 6000)
        #expect(outcome.video?.bundledWith == 1)
    }

    @Test("video lines alone may be bundled, on the ports of the first")
    func videoOnly() {
        let slot = "m=video 0 RTP/AVP 96\na=rtpmap:96 VP8/90000\na=recvonly\na=bundle-only\na=mid:w"
        let video = "\(VideoOffers.vp8)\na=mid:v\na=rtcp-mux\n\(slot)"
        var session = OfferAnswer.video(.focus, [.main, .slot(0)])
        let outcome = session.receive(offer: Self.offer(group: "v w", audio: "", video: video))
        #expect(outcome.description?.media.map(\.port) == [20_000, 22_000, 22_000])
        #expect(outcome.videos.map(\.bundledWith) == [1, 1])
        #expect(outcome.videos.map(\.remoteRTP.port) == [6000, 6000])
    }

    @Test("a bundle-only line without its bundle, or without a group, is declined")
    func bundleOnlyAlone() {
        let video = "m=video 0 RTP/AVP 96\na=rtpmap:96 VP8/90000\na=bundle-only\na=mid:v\na=rtcp-mux"
        for group in ["v", "a", "", "v x"] {
            var session = OfferAnswer.video()
            let outcome = session.receive(offer: Self.offer(group: group, audio: "a=mid:a", video: video))
            #expect(outcome.media[1] == .refused(.video, .noMultiplexing))
            #expect(outcome.description?.media[1].port == 0)
        }
    }

    @Test("our later offers keep the bundle, and read its answer in either form of the RFC", arguments: [true, false])
    func reoffer(oldForm: Bool) throws {
        var session = OfferAnswer.video(VideoCapabilities(codecs: [.vp8]), [.main, .slot(0)])
        _ = session.receive(offer: VideoOffers.browser)
        let offer = session.makeOffer()
        #expect(offer == session.localDescription, "nothing changed, so nothing differs")
        session.localVideo[.slides] = .at(.slides)
        let more = session.makeOffer()
        #expect(more.groups == [MediaGroup(semantics: "BUNDLE", mids: ["0", "1", "2"])])
        #expect(more.media.map(\.port) == [20_000, 20_000, 20_000, 0, 22_010])
        let line = oldForm ? "m=video 0 RTP/AVPF 96\na=bundle-only" : "m=video 30000 RTP/AVPF 96"
        let answer = """
            v=0
            o=- 1 3 IN IP4 127.0.0.1
            s=-
            c=IN IP4 192.0.2.70
            t=0 0
            a=group:BUNDLE 0 1
            m=audio 30000 RTP/AVPF 111
            a=rtpmap:111 opus/48000/2
            a=mid:0
            a=rtcp-mux
            \(line)
            a=rtpmap:96 VP8/90000
            a=mid:1
            a=rtcp-mux
            m=video 0 RTP/AVPF 96
            m=application 0 UDP/DTLS/SCTP x
            m=video 0 RTP/AVP 96
            """
        let outcome = session.receive(answer: answer)
        #expect(outcome.videos.map(\.role) == [.main])
        #expect(outcome.videos.first?.remoteRTP == MediaAddress(host: "192.0.2.70", port: 30_000))
        #expect(outcome.videos.first?.bundledWith == 0 && outcome.videos.first?.rtcpMux == true)
        #expect(session.makeOffer().media.map(\.port) == [20_000, 20_000, 0, 0, 0], "what was declined stays so")
        #expect(session.makeOffer().groups == [MediaGroup(semantics: "BUNDLE", mids: ["0", "1"])])
    }
}
