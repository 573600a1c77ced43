// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Offers within a session")
struct ReofferTests {
    @Test("the same offer gets the same answer with the same version", arguments: Offers.all)
    func identical(offer: String) {
        var session = OfferAnswer.focus()
        let first = session.receive(offer: offer)
        #expect(session.receive(offer: offer) == first)
        // Only its own version differs, as some phones do on a refresh.
        let bumped = offer.replacing(" IN IP4 192", with: "1 IN IP4 192", maxReplacements: 1)
        #expect(session.receive(offer: bumped).description == first.description)
    }

    @Test("a change raises the version by one and leaves the rest of o= alone")
    func versions() throws {
        var session = OfferAnswer.focus()
        let first = try #require(session.receive(offer: Offers.pcmu).description)
        session.local.rtpPort = 20_020
        session.local.rtcpPort = 20_021
        let second = try #require(session.receive(offer: Offers.pcmu).description)
        #expect(second.media[0].port == 20_020)
        var origin = first.origin
        origin.sessionVersion = "2"
        #expect(second.origin == origin)
        #expect(session.localDescription == second)
    }

    @Test("an offer sent again before its answer is the same, another one has its own version")
    func resent() {
        var session = OfferAnswer.focus()
        let first = session.makeOffer()
        #expect(session.makeOffer() == first)
        session.local.rtpPort = 30_000
        #expect(session.makeOffer().origin.sessionVersion == "2")
    }

    @Test("while our offer is open the peer's is refused with 491")
    func glare() {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.pcmu)
        _ = session.hold()
        #expect(session.receive(offer: Offers.pcmu).rejection?.status == 491)
        session.abandonOffer()
        #expect(session.receive(offer: Offers.pcmu).audio != nil)
    }

    @Test("our later offers keep lines, places and payload types")
    func stableNumbers() throws {
        var session = OfferAnswer.focus()
        _ = session.receive(
            offer: Offers.make(
                """
                m=audio 4000 RTP/AVP 97 96 98 101
                a=rtpmap:97 opus/48000/2
                a=rtpmap:96 speex/8000
                a=rtpmap:98 telephone-event/8000
                a=rtpmap:101 iLBC/8000
                a=extmap:2 \(HeaderExtensionMap.clientToMixerLevel)
                a=extmap:1 urn:something
                a=mid:x
                """, before: "m=video 6000 RTP/AVP 99"))
        let offer = session.makeOffer(.full)
        #expect(offer.media.map(\.kind) == [.video, .audio])
        #expect(offer.media.map(\.port) == [0, 20_000])
        let line = offer.media[1]
        let numbers = Dictionary(
            line.audioFormats().map { ("\($0.codec.encodingName)/\($0.codec.clockRate)", $0.payloadType) },
            uniquingKeysWith: { first, _ in first })
        #expect(numbers["opus/48000"] == 97)
        #expect(numbers["telephone-event/8000"] == 98)
        let fresh = try #require(numbers["telephone-event/48000"])
        #expect(![96, 97, 98, 101].contains(fresh))
        #expect(line.mid == "x")
        let levels = line.headerExtensions
        #expect(levels.first { $0.uri == HeaderExtensionMap.clientToMixerLevel }?.id == 2)
        #expect(levels.first { $0.uri == HeaderExtensionMap.mixerToClientLevel }?.id == 3)
        #expect(session.makeOffer().media[1].formats == ["97", "98"])
    }

    @Test("a codec in use stays while it is offered, whoever offers")
    func codecStays() {
        var session = OfferAnswer.focus()
        _ = session.makeOffer()
        let theirs = "m=audio 4000 RTP/AVP 8 96 101\na=rtpmap:96 opus/48000/2\na=rtpmap:101 telephone-event/8000"
        #expect(session.receive(answer: Offers.make(theirs)).audio?.codec.encodingName == "pcma")
        let again = session.receive(offer: Offers.make(theirs))
        #expect(again.audio?.codec.encodingName == "pcma")
        #expect(again.line?.formats == ["8", "101"])
        let changed = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 96 0\na=rtpmap:96 opus/48000/2"))
        #expect(changed.audio?.codec.encodingName == "opus")
        #expect(changed.audio?.receivePayloadTypes[8]?.encodingName == "pcma", "still on its way")
    }

    @Test("the line in use stays in use when an earlier one becomes usable")
    func lineStays() {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.make("m=audio 4000 RTP/SAVP 0", after: "m=audio 4002 RTP/AVP 0"))
        let outcome = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", after: "m=audio 4002 RTP/AVP 0"))
        #expect(outcome.description?.media.map(\.port) == [0, 20_000])
        let swapped = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", after: "m=audio 0 RTP/AVP 0"))
        #expect(swapped.description?.media.map(\.port) == [20_000, 0])
    }

    @Test("within a session audio may be switched off and comes back in its place")
    func audioRemoved() {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 96\na=rtpmap:96 opus/48000/2"))
        let off = session.receive(offer: Offers.make("m=audio 0 RTP/AVP 96"))
        #expect(off.description?.media.map(\.port) == [0])
        #expect(off.audio == nil && off.rejection == nil && session.audio == nil)
        let offer = session.makeOffer()
        #expect(offer.media.map(\.port) == [20_000])
        #expect(offer.media[0].formats.first == "96")
    }

    @Test("a refused re-offer leaves the session as it was")
    func refusedReoffer() {
        var session = OfferAnswer.focus()
        let first = session.receive(offer: Offers.pcmu)
        #expect(session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 18")).rejection?.warningCode == 305)
        #expect(session.receive(offer: "v=0\n").rejection?.status == 400)
        #expect(session.audio == first.audio)
        #expect(session.receive(offer: Offers.pcmu) == first)
    }

    @Test("an extension that a hold left out comes back with its number, a packet time stays")
    func extensionComesBack() {
        let level = "a=ptime:40\na=extmap:4 \(HeaderExtensionMap.mixerToClientLevel)"
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\n\(level)"))
        let held = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\n\(level)\na=sendonly"))
        #expect(held.audio?.mixerToClientLevelID == nil)
        let offer = session.makeOffer()
        #expect(offer.media[0].values("extmap") == ["4/sendonly \(HeaderExtensionMap.mixerToClientLevel)"])
        #expect(offer.media[0].ptime == 40)
    }

    @Test("video added to an audio call is refused, the audio untouched")
    func videoAdded() {
        var session = OfferAnswer.focus()
        let before = session.receive(offer: Offers.pcmu)
        let after = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", after: "m=video 4002 RTP/AVP 96"))
        #expect(after.audio == before.audio)
        #expect(after.description?.media.map(\.port) == [20_000, 0])
        #expect(session.hold().media.map(\.port) == [20_000, 0])
    }
}
