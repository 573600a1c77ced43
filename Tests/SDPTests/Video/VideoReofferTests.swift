// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Video within a session")
struct VideoReofferTests {
    @Test(
        "the same offer gets the same answer with the same version, and our own says the same",
        arguments: VideoOffers.all)
    func identical(offer: String) throws {
        var session = OfferAnswer.video(.focus, [])
        for role in session.videoRoles(in: try SessionDescription(parsing: offer)) {
            session.localVideo[role] = .at(role)
        }
        let first = session.receive(offer: offer)
        #expect(session.receive(offer: offer) == first)
        #expect(!first.videos.isEmpty)
        for (ours, answered) in zip(session.makeOffer().videoLines, first.videoLines) {
            var same = ours
            // What the peer does not want now we offer again, as with audio.
            if answered.port != 0 { same.direction = answered.direction }
            #expect(Set(same.attributes) == Set(answered.attributes) && same.port == answered.port)
            #expect(same.formats == answered.formats)
        }
    }

    @Test("trap 2: the peer's hold is answered recvonly, and media comes back to where the next offer says")
    func remoteHold() throws {
        var session = OfferAnswer.video()
        let before = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        let held = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\na=sendonly"))
        #expect(held.video?.direction == .recvonly && held.video?.remoteHolds == true)
        #expect(held.videoLines.first?.direction == .recvonly)
        let zero = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0", session: "c=IN IP4 0.0.0.0", after: VideoOffers.vp8))
        #expect(zero.video?.direction == .recvonly && zero.video?.sendsMedia == false && zero.video?.sendsRTCP == false)
        let inactive = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\na=inactive"))
        #expect(inactive.video?.direction == .inactive)
        let back = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\nc=IN IP4 192.0.2.77"))
        #expect(back.video?.remoteRTP == MediaAddress(host: "192.0.2.77", port: 6000))
        #expect(back.video?.sendsMedia == true && back.video?.remoteHolds == false)
        #expect(back.videoLines == before.videoLines)
    }

    @Test("a hold of all lines keeps slots slots")
    func heldSlots() {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        _ = session.receive(offer: VideoOffers.slots)
        let held = VideoOffers.slots.replacing("a=recvonly", with: "a=inactive")
            .replacing("t=0 0", with: "t=0 0\na=sendonly")
        let outcome = session.receive(offer: held)
        #expect(outcome.videos.map(\.role) == OfferAnswer.everyRole)
        #expect(outcome.videos.map(\.direction) == [.recvonly, .recvonly, .inactive, .inactive, .inactive])
        #expect(session.receive(offer: VideoOffers.slots).videos.last?.direction == .sendonly)
    }

    @Test("our hold stops what we receive on every line")
    func ourHold() {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        _ = session.receive(offer: VideoOffers.slots)
        let hold = session.hold()
        #expect(hold.videoLines.map(\.direction) == Array(repeating: .sendonly, count: 5))
        session.abandonOffer()
        #expect(session.videos.first?.direction == .sendrecv)
        _ = session.hold()
        let resumed = session.resume()
        #expect(resumed.videoLines.map(\.direction) == [.sendrecv, .sendrecv, .sendonly, .sendonly, .sendonly])
    }

    @Test("a camera switched off makes the line recvonly, and sendrecv when it comes back")
    func camera() {
        var session = OfferAnswer.video(.userAgent)
        _ = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        session.localVideo[.main]?.direction = .recvonly
        #expect(session.makeOffer().videoLines.first?.direction == .recvonly)
        session.abandonOffer()
        #expect(session.receive(offer: VideoOffers.make(VideoOffers.vp8)).video?.direction == .recvonly)
        session.localVideo[.main]?.direction = nil
        #expect(session.makeOffer().videoLines.first?.direction == .sendrecv)
    }

    @Test("lines that the peer switches off keep their places, and roles stay where they were")
    func switchedOff() {
        var session = OfferAnswer.video(.focus, OfferAnswer.everyRole)
        _ = session.receive(offer: VideoOffers.slots)
        let outcome = session.receive(offer: VideoOffers.slots.replacing("m=video 6000", with: "m=video 0"))
        #expect(outcome.videoLines.map(\.port) == [0, 22_010, 22_020, 22_022, 22_024])
        #expect(outcome.videos.map(\.role) == [.slides, .slot(0), .slot(1), .slot(2)])
        // Not brought up again in passing, as a hold would.
        #expect(session.makeOffer().videoLines.map(\.port) == [0, 22_010, 22_020, 22_022, 22_024])
        #expect(session.makeOffer(.full).videoLines.map(\.port) == [22_000, 22_010, 22_020, 22_022, 22_024])
        session.abandonOffer()
        let back = session.receive(offer: VideoOffers.slots)
        #expect(back.videos.map(\.role) == OfferAnswer.everyRole)
    }

    @Test("a screen shared on a new line, and on a line that was a camera")
    func screen() {
        var session = OfferAnswer.video(.focus, [.main, .slides])
        _ = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        let shared = "m=video 6002 RTP/AVP 96\na=rtpmap:96 VP8/90000\na=content:slides\na=sendonly"
        let outcome = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\n\(shared)"))
        #expect(outcome.videos.map(\.role) == [.main, .slides])
        #expect(outcome.videos.last?.direction == .recvonly)
        #expect(outcome.videoLines.last?.content == ["slides"])
        let only = session.receive(offer: VideoOffers.make("\(VideoOffers.vp8)\na=content:slides"))
        #expect(only.videos.map(\.role) == [.slides])
        #expect(only.videoLines.map(\.port) == [22_010])
    }

    @Test("a codec in use stays while it is offered")
    func codecStays() {
        var session = OfferAnswer.video()
        _ = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        let both = VideoOffers.make(
            "m=video 6000 RTP/AVP 97 96\na=rtpmap:96 VP8/90000\na=rtpmap:97 H264/90000\na=fmtp:97 packetization-mode=1")
        #expect(session.receive(offer: both).video?.sendPayloadType == 96)
        let changed = VideoOffers.make(
            "m=video 6000 RTP/AVP 97\na=rtpmap:97 H264/90000\na=fmtp:97 packetization-mode=1")
        let outcome = session.receive(offer: changed)
        #expect(outcome.video?.codec.isH264 == true)
        #expect(outcome.video?.receivePayloadTypes[96]?.encodingName == "vp8", "still on its way")
    }

    @Test("video added to an audio call, and taken away")
    func added() {
        var session = OfferAnswer.video()
        let before = session.receive(offer: Offers.pcmu)
        let after = session.receive(offer: VideoOffers.make(VideoOffers.vp8))
        #expect(after.audio == before.audio && after.videos.count == 1)
        session.localVideo[.main] = nil
        let without = session.makeOffer()
        #expect(without.media.map(\.port) == [20_000, 0])
        #expect(session.receive(answer: VideoOffers.make("m=video 0 RTP/AVP 96")).videos.isEmpty)
        session.localVideo[.main] = .at(.main)
        #expect(session.makeOffer().media.map(\.port) == [20_000, 22_000], "in its old place")
    }
}
