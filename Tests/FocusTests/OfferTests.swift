// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import RTP
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Offers {
        @Test(arguments: [AudioCodec.pcmu, .opus])
        func aLateOfferIsAnsweredInTheACK(codec: AudioCodec) async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.member("ann", .tone(440, codec))
                try await ann.dial(rig.uri("team"), late: true)
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
            }
        }

        /// Trap 19.
        @Test func aReInviteWithoutOfferGetsOneAndMediaGoesOn() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let audio = try MemberAudio()
                defer { audio.close() }
                let ann = try WireCall("ann", to: rig.port)
                let accepted = try await ann.invite(rig.uri("team"), body: WireCall.description(port: audio.port))
                #expect(accepted.status == 200)
                await ann.ack()
                let answer = try SessionDescription(parsing: accepted.body)
                try Self.play(440, from: audio, as: answer)
                try await bob.audio.hears(440)
                try await audio.hears(1000)

                let mark = audio.mark
                let offered = try await ann.request(.invite)
                #expect(offered.status == 200)
                let offer = try SessionDescription(parsing: offered.body)
                #expect(offer.media[0].port == answer.media[0].port)
                #expect(offer.origin.sessionID == answer.origin.sessionID)
                await ann.ack(body: WireCall.description(port: audio.port))
                let heard = try await audio.listen(500, since: mark)
                #expect(heard.longestBreak(in: 1000) <= 20)
                try await bob.audio.hears(440)
                #expect(try await ann.request(.bye).status == 200)
                try await bob.audio.losesTone(440)
            }
        }

        /// RFC 8866 §5.7 lets `c=` be a name; nobody looks it up.
        @Test func aNameInPlaceOfAnAddressIsTheHostThatCalls() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let audio = try MemberAudio()
                defer { audio.close() }
                let ann = try WireCall("ann", to: rig.port)
                let body = String(decoding: WireCall.description(port: audio.port), as: UTF8.self)
                    .replacing("c=IN IP4 127.0.0.1", with: "c=IN IP4 phone.example.com")
                #expect(body.contains("phone.example.com"))
                let accepted = try await ann.invite(rig.uri("team"), body: Array(body.utf8))
                #expect(accepted.status == 200)
                await ann.ack()
                let answer = try SessionDescription(parsing: accepted.body)
                try Self.play(440, from: audio, as: answer)
                try await bob.audio.hears(440)
                try await audio.hears(1000)
                #expect(try await ann.request(.bye).status == 200)
            }
        }

        @Test func anACKWithoutTheAnswerThatItOwesEndsTheCall() async throws {
            try await withFocus { rig in
                let ann = try WireCall("ann", to: rig.port)
                #expect(try await ann.invite(rig.uri("team"), body: nil).status == 200)
                await ann.ack()
                #expect(try await ann.answersBye().headers.first("Reason")?.contains("488") == true)
                try await Condition.await("no room") { await rig.focus.rooms().isEmpty }
            }
        }

        /// Trap 3.
        @Test func anUpdateWithoutOfferIsAnsweredWithoutOneAndChangesNothing() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.join("team", "ann", .tone(440, .opus))
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                let mark = bob.audio.mark
                let response = try await ann.request(
                    .update, headers: ["Session-Expires": "1800;refresher=uac", "Supported": "timer"])
                #expect(response.status == 200)
                #expect(response.body.isEmpty)
                #expect(response.contentType == nil)
                #expect(response.headers.first("Session-Expires") != nil)
                let heard = try await bob.audio.listen(500, since: mark)
                #expect(heard.longestBreak(in: 440) <= 20)
                let tooShort = try await ann.request(.update, headers: ["Session-Expires": "60", "Supported": "timer"])
                #expect(tooShort.status == 422)
                #expect(tooShort.headers.first("Min-SE") == "90")
            }
        }

        @Test func aNewAddressInAReInviteMovesTheMedia() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.join("team", "ann", .tone(440))
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                try await ann.moveMedia()
                await rig.settles(ann)
                let received = ann.audio.arrivals
                let mark = bob.audio.mark
                try await ann.audio.hears(1000)
                try await bob.audio.passes(500)
                #expect(ann.audio.arrivals.atFormerPort <= received.atFormerPort + 1)
                try await Condition.await("RTP at the new port") {
                    ann.audio.arrivals.packets > received.packets + 15
                }
                #expect(bob.audio.heard(since: mark).longestBreak(in: 440) <= 20)
            }
        }

        @Test func aReInviteMayChangeTheCodec() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.member("ann", .tone(440).with { $0.codecs = [.pcmu, .g722] })
                try await ann.dial(rig.uri("team")) { $0.media[0].formats = ["0"] }
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                #expect(ann.audio.recording?.codec == .pcmu)
                try await ann.reoffer { $0.media[0].formats = ["9"] }
                try await Condition.await("G.722") { ann.audio.recording?.codec == .g722 }
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
            }
        }

        @Test func anUnusableReOfferLeavesTheCallAsItWas() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.join("team", "ann", .tone(440))
                try await ann.audio.hears(1000)
                let mark = ann.audio.mark
                let refused = await #expect(throws: CallRefused.self) {
                    try await ann.reoffer {
                        $0.media[0].formats = ["18"]
                        $0.media[0].attributes = []
                    }
                }
                #expect(refused?.response?.status == 488)
                #expect(try await ann.audio.listen(500, since: mark).longestBreak(in: 1000) <= 20)
                try await bob.audio.hears(440)
            }
        }

        /// Trap 1.
        @Test func videoIsDeclinedInItsPlaceAndAudioGoesOn() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.member("ann", .tone(440))
                let video = MediaDescription(kind: .video, port: 40_000, profile: .avp, formats: ["96"])
                try await ann.dial(rig.uri("team")) { $0.media.append(video) }
                let answer = try #require(await ann.remoteDescription)
                #expect(answer.media.map(\.kind) == [.audio, .video])
                #expect(answer.media[1].port == 0)
                try await ann.audio.hears(1000)
            }
        }

        // MARK: Latching

        @Test func aMemberBehindANATGetsMediaWhereItsOwnComesFrom() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                // Its description names a port where nobody is.
                let ann = try await rig.join("team", "ann", .tone(440).with { $0.portError = 25_000 })
                try await ann.audio.hears(1000, within: .seconds(2))
                try await bob.audio.hears(440)
            }
        }

        /// Trap 8: its description has an address of a network that nobody here reaches.
        @Test func aMemberWithAPrivateAddressHasMediaBothWaysWithin300Milliseconds() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.member("ann", .tone(440))
                try await ann.dial(rig.uri("team")) { $0.connection = ConnectionData(address: "10.99.99.99") }
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let pause = [ann, bob].map { $0.audio.heard(since: 0).longestPause }.max() ?? 0
                let began = try #require(ann.audio.toneBegan)
                let arrived = try #require(ann.audio.firstArrival).milliseconds(since: began)
                let heard = try #require(Self.onset(of: 440, at: bob.audio)).milliseconds(since: began)
                // What the machine did not let the members themselves do in time is no delay of the focus's making.
                let allowed = 300 + max(0, pause - 20)
                #expect(arrived < allowed && heard < allowed, "\(arrived) and \(heard) ms, pause \(pause) ms")
            }
        }

        /// When a tone began to be heard, by the clock of the stream that it came in.
        private static func onset(of frequency: Double, at audio: MemberAudio) -> MediaInstant? {
            let heard = audio.heard(since: 0)
            let detector = ToneDetector(sampleRate: heard.sampleRate)
            let window = heard.sampleRate / 50
            let onset = stride(from: 0, through: heard.samples.count - window, by: window).first { start in
                detector.level(of: frequency, in: heard.samples[start..<start + window]) > -40
            }
            guard let onset, let began = audio.firstArrival else { return nil }
            return began.advanced(byMilliseconds: onset * 1000 / heard.sampleRate)
        }

        /// Trap 8.
        @Test(arguments: [0, 25_000])
        func aThirdSourceCannotTakeALegOver(portError: Int) async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.join("team", "ann", .tone(440).with { $0.portError = portError })
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let thief = try MemberAudio()
                defer { thief.close() }
                thief.play(2200, level: -3)
                let marks = (ann.audio.mark, bob.audio.mark)
                thief.send(.pcmu, as: 0, to: try rig.mediaAddress(of: ann))
                try await bob.audio.passes(1500)
                #expect(thief.arrivals.packets == 0)
                #expect(bob.audio.heard(since: marks.1).peak(of: 2200) < -50)
                #expect(bob.audio.heard(since: marks.1).longestBreak(in: 440) <= 20)
                #expect(ann.audio.heard(since: marks.0).longestBreak(in: 1000) <= 20)
                // A hold and its end let no stranger in either.
                try await ann.hold()
                try await ann.resume()
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                #expect(thief.arrivals.packets == 0)
                #expect(bob.audio.heard(since: marks.1).peak(of: 2200) < -50)
            }
        }

        /// Sends a tone to where an answer says, and records what comes.
        static func play(_ frequency: Double, from audio: MemberAudio, as answer: SessionDescription) throws {
            let port = try #require(answer.media.first).port
            audio.play(frequency)
            audio.expect([0: .pcmu])
            audio.send(.pcmu, as: 0, to: try #require(SocketAddress(host: "127.0.0.1", port: port)))
        }
    }
}
