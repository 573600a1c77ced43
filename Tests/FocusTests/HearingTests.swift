// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Hearing {
        /// Three members, each with its own tone; each has to hear the other two at their level, and never itself.
        static func check(_ codecs: [AudioCodec], levels: Bool = false) async throws {
            let tones = [440.0, 1000, 1600]
            try await withFocus { rig in
                var members: [TestMember] = []
                for (number, codec) in codecs.enumerated() {
                    members.append(
                        try await rig.join(
                            "team", "m\(number)",
                            .tone(tones[number], codec).with {
                                $0.sendsLevels = levels
                                $0.multiplexes = levels
                            }))
                }
                for (number, member) in members.enumerated() {
                    for other in tones.indices where other != number { try await member.audio.hears(tones[other]) }
                }
                for (number, member) in members.enumerated() {
                    let heard = try await member.audio.listen(400)
                    #expect(heard.lostPackets == 0)
                    for (other, tone) in tones.enumerated() {
                        let level = heard.level(of: tone)
                        if other == number {
                            #expect(level < -55, "\(codecs[number]) hears itself at \(level) dBFS")
                        } else {
                            #expect(abs(level + 20) < 2, "\(codecs[number]) hears \(codecs[other]) at \(level) dBFS")
                        }
                    }
                }
            }
        }

        @Test func eachOfThreeCodecsHearsTheOtherTwoAndNotItself() async throws {
            try await Self.check([.pcmu, .g722, .opus])
        }

        @Test(arguments: AudioCodec.allCases)
        func membersWithOneCodecHearEachOther(codec: AudioCodec) async throws {
            try await Self.check([codec, codec, codec])
        }

        @Test func membersThatSendLevelsAndMultiplexHearEachOther() async throws {
            try await Self.check([.pcma, .opus, .opus], levels: true)
        }

        @Test func threeTalkersAndAListenerEachHearAllOthers() async throws {
            try await withFocus { rig in
                let tones = [440.0, 1000, 1600]
                for (number, tone) in tones.enumerated() {
                    _ = try await rig.join("team", "t\(number)", .tone(tone, .opus))
                }
                let listener = try await rig.join("team", "listener", .init(.g722))
                for tone in tones { try await listener.audio.hears(tone) }
                let heard = try await listener.audio.listen(400)
                for tone in tones { #expect(abs(heard.level(of: tone) + 20) < 2) }
            }
        }

        @Test func aLoneMemberHearsMusicUntilSomebodyComes() async throws {
            try await withFocus {
                $0.audio.loneMemberMusic = true
            } _: { rig in
                let ann = try await rig.join("team", "ann")
                try await Condition.await("music", within: .seconds(6)) {
                    levelInDBov(ann.audio.recent().samples) > -60
                }
                let bob = try await rig.join("team", "bob")
                try await Condition.await("silence") { levelInDBov(ann.audio.recent().samples) < -80 }
                #expect(levelInDBov(try await bob.audio.listen(2000).samples) < -80)
                try await bob.hangUp()
                try await Condition.await("music again", within: .seconds(6)) {
                    levelInDBov(ann.audio.recent().samples) > -60
                }
            }
        }

        /// The loudest 200 ms since then, dBov: who looks at the newest alone may look when a chime is over.
        private static func loudest(_ audio: MemberAudio, since mark: Int) -> Double {
            let samples = audio.heard(since: mark).samples
            return stride(from: 0, through: samples.count - 1600, by: 400).map { start in
                levelInDBov(samples[start..<start + 1600])
            }.max() ?? -127
        }

        @Test func joiningAndLeavingAreChimed() async throws {
            try await withFocus {
                $0.audio.chimes = true
            } _: { rig in
                let ann = try await rig.join("team", "ann")
                try await ann.audio.passes(400)
                #expect(levelInDBov(ann.audio.recent().samples) < -80)
                let before = ann.audio.mark
                let bob = try await rig.join("team", "bob")
                try await Condition.await("a chime") { Self.loudest(ann.audio, since: before) > -60 }
                try await Condition.await("its end") { levelInDBov(ann.audio.recent().samples) < -80 }
                let between = ann.audio.mark
                try await bob.hangUp()
                try await Condition.await("another chime") { Self.loudest(ann.audio, since: between) > -60 }
            }
        }

        /// Ways of telling the other side to wait.
        enum HoldForm: CaseIterable, Sendable {
            case sendonly
            case inactive
            case unspecifiedAddress
            case inactiveAndUnspecified

            func apply(to offer: inout SessionDescription) {
                switch self {
                case .sendonly: offer.media[0].direction = .sendonly
                case .inactive: offer.media[0].direction = .inactive
                case .unspecifiedAddress:
                    offer.media[0].direction = .sendrecv
                    offer.connection = ConnectionData(address: "0.0.0.0")
                case .inactiveAndUnspecified:
                    offer.media[0].direction = .inactive
                    offer.connection = ConnectionData(address: "0.0.0.0")
                }
            }
        }

        /// Trap 18.
        @Test(arguments: HoldForm.allCases)
        func musicOnHoldDoesNotReachTheRoom(form: HoldForm) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440, level: -6))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let cec = try await rig.join("team", "cec", .tone(1600))
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                let answer = try await ann.hold { form.apply(to: &$0) }
                #expect(answer.media[0].direction?.sends == false)
                #expect(try await rig.focus.room("team").members[0].held)
                try await bob.audio.losesTone(440)
                await rig.settles(ann)
                let received = ann.audio.arrivals.packets
                let heard = try await bob.audio.listen(500)
                #expect(heard.peak(of: 440) < -50)
                #expect(heard.longestBreak(in: 1600) <= 20)
                #expect(ann.audio.arrivals.packets <= received + 1, "a held member is sent media")
                try await cec.audio.hears(1000)

                try await ann.resume()
                #expect(try await rig.focus.room("team").members[0].held == false)
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
            }
        }

        @Test func aListenOnlyMemberHearsAndIsNotHeard() async throws {
            try await withFocus { rig in
                let bob = try await rig.join("team", "bob", .tone(1000))
                let ann = try await rig.member("ann", .tone(440))
                try await ann.dial(rig.uri("team")) { $0.media[0].direction = .recvonly }
                try await ann.audio.hears(1000)
                #expect(try await bob.audio.listen(500).peak(of: 440) < -50)
                #expect(try await rig.focus.room("team").members[1].held == false)
                try await ann.reoffer { $0.media[0].direction = .sendrecv }
                try await bob.audio.hears(440)
            }
        }

        @Test func holdAndMuteAreLiftedEachByItself() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await bob.audio.hears(440)
                _ = try await rig.focus.command(.mute("ann"), in: "team", by: "op")
                try await ann.hold()
                try await bob.audio.losesTone(440)
                try await ann.resume()
                try await ann.audio.hears(1000)
                #expect(try await bob.audio.listen(400).peak(of: 440) < -50)
                _ = try await rig.focus.command(.unmute("ann"), in: "team", by: "op")
                try await bob.audio.hears(440)
            }
        }
    }
}
