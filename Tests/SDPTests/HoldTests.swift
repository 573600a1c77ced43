// SPDX-License-Identifier: GPL-3.0-or-later

import SDP
import Testing

@Suite("Hold, in every form")
struct HoldTests {
    @Test(
        "the peer's hold",
        arguments: [
            ("192.0.2.10", "", MediaDirection.sendrecv, false),
            ("192.0.2.10", "a=sendrecv", .sendrecv, false),
            ("192.0.2.10", "a=sendonly", .recvonly, true),
            ("192.0.2.10", "a=inactive", .inactive, true),
            ("192.0.2.10", "a=recvonly", .sendonly, false),
            ("0.0.0.0", "", .recvonly, true),
            ("0.0.0.0", "a=sendonly", .recvonly, true),
            ("0.0.0.0", "a=recvonly", .inactive, true),
            ("0.0.0.0", "a=inactive", .inactive, true),
            ("::", "", .recvonly, true),
            ("0:0:0:0:0:0:0:0", "", .recvonly, true),
        ])
    func remoteHold(address: String, attribute: String, answered: MediaDirection, holds: Bool) throws {
        var session = OfferAnswer.focus(alternative: "2001:db8::1")
        let type = address.contains(":") ? "IP6" : "IP4"
        let outcome = session.receive(
            offer: Offers.make("m=audio 4000 RTP/AVP 0\n\(attribute)", session: "c=IN \(type) \(address)"))
        let audio = try #require(outcome.audio)
        #expect(outcome.line?.direction == answered)
        #expect(audio.direction == answered)
        #expect(audio.remoteHolds == holds)
        #expect(audio.sendsMedia == answered.sends)
        #expect(audio.sendsRTCP == (address == "192.0.2.10"))
        #expect(outcome.description?.connection?.isUnspecified == false)
    }

    @Test("a direction of the session counts where the line has none")
    func sessionDirection() {
        var session = OfferAnswer.focus()
        #expect(
            session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", before: "a=sendonly")).audio?.remoteHolds
                == true)
        let both = Offers.make("m=audio 4000 RTP/AVP 0\na=sendrecv", before: "a=sendonly")
        #expect(session.receive(offer: both).audio?.remoteHolds == false)
    }

    @Test(
        "a name of the domain \"invalid\" is a hold, another stands for where signalling comes from",
        arguments: [
            ("IP4 phone.example.com", "192.0.2.66", false), ("IP6 phone.example.com", "192.0.2.66", false),
            ("IP4 phone.invalid", "0.0.0.0", true), ("IP6 x.INVALID", "::", true),
            ("IP4 192.0.2.10", "192.0.2.10", false),
        ])
    func names(connection: String, host: String, holds: Bool) throws {
        for place in ["session", "line"] {
            var session = OfferAnswer.focus(alternative: "2001:db8::1")
            session.peerHost = "192.0.2.66"
            let line = place == "line" ? "\nc=IN \(connection)" : ""
            let offer = Offers.make(
                "m=audio 4000 RTP/AVP 0\(line)", session: "c=IN \(place == "line" ? "IP4 192.0.2.9" : connection)")
            guard case .answer(_, let media) = session.receive(offer: Array(offer.utf8)) else {
                Issue.record("refused")
                continue
            }
            let audio = try #require(media.first?.audio)
            #expect(audio.remoteRTP == MediaAddress(host: host, port: 4000))
            #expect(audio.remoteHolds == holds && audio.sendsMedia == !holds)
        }
    }

    @Test("taken back, media goes to the address of the new offer")
    func unhold() {
        var session = OfferAnswer.focus()
        let first = session.receive(offer: Offers.pcmu)
        let held = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0", session: "c=IN IP4 0.0.0.0"))
        #expect(held.audio?.sendsMedia == false)
        let back = session.receive(offer: Offers.make("m=audio 4006 RTP/AVP 0", session: "c=IN IP4 192.0.2.77"))
        #expect(back.audio?.remoteRTP == MediaAddress(host: "192.0.2.77", port: 4006))
        #expect(back.audio?.sendsMedia == true && back.audio?.remoteHolds == false)
        #expect(first.description?.origin.sessionVersion == "1")
        #expect(held.description?.origin.sessionVersion == "2")
        #expect(back.description?.origin.sessionVersion == "3")
        #expect(back.description?.media == first.description?.media)
    }

    @Test("our hold offers sendonly, and sendrecv when it ends")
    func ourHold() throws {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.linphone)
        let agreed = try #require(session.localDescription)
        let hold = session.hold()
        #expect(session.isHeld)
        #expect(hold.media.map(\.port) == [20_000, 0])
        #expect(hold.media[0].direction == .sendonly)
        #expect(hold.media[0].formats == agreed.media[0].formats)
        #expect(hold.origin.sessionVersion == "2")
        #expect(session.audio?.direction == .sendrecv)
        let answer = Offers.make(
            "m=audio 7078 RTP/AVPF 96\na=rtpmap:96 opus/48000/2\na=recvonly", after: "m=video 0 RTP/AVPF 96")
        let held = try #require(session.receive(answer: answer).audio)
        #expect(held.direction == .sendonly && !held.remoteHolds)
        let resume = session.resume()
        #expect(resume.media[0].direction == .sendrecv)
        #expect(resume.media == agreed.media)
        #expect(resume.origin.sessionVersion == "3")
    }

    @Test("while we hold, the peer's offers are answered so, and both holding is inactive")
    func bothHold() {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.pcmu)
        _ = session.hold()
        _ = session.receive(answer: Offers.make("m=audio 4000 RTP/AVP 0\na=recvonly"))
        #expect(session.receive(offer: Offers.pcmu).line?.direction == .sendonly)
        let both = session.receive(offer: Offers.make("m=audio 4000 RTP/AVP 0\na=sendonly"))
        #expect(both.line?.direction == .inactive)
        #expect(both.audio?.remoteHolds == true)
    }

    @Test("a refused hold leaves things as they were")
    func refusedHold() {
        var session = OfferAnswer.focus()
        _ = session.receive(offer: Offers.pcmu)
        let before = session.localDescription
        _ = session.hold()
        session.abandonOffer()
        #expect(!session.isHeld && !session.hasOpenOffer)
        #expect(session.localDescription == before)
        // A version once sent is not used for something else.
        #expect(session.hold().origin.sessionVersion == "3")
    }

    @Test("a peer that answers our offer with less holds us", arguments: MediaDirection.allCases)
    func heldByAnswer(answered: MediaDirection) throws {
        var session = OfferAnswer.focus()
        _ = session.makeOffer()
        let audio = try #require(
            session.receive(answer: Offers.make("m=audio 4000 RTP/AVP 0\na=\(answered.rawValue)")).audio)
        #expect(audio.direction == answered.reversed)
        #expect(audio.remoteHolds == !answered.receives)
    }
}
