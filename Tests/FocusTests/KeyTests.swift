// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Keys {
        @Test(arguments: [(AudioCodec.pcmu, 8000), (.g722, 8000), (.opus, 48_000)])
        func starSixByTelephoneEventsTogglesMute(codec: AudioCodec, clockRate: Int) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440, codec))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await bob.audio.hears(440)
                #expect(await ann.negotiation?.audio?.sendTelephoneEvent?.clockRate == clockRate)
                for muted in [true, false] {
                    try await ann.press("*6")
                    try await Condition.await("muted: \(muted)") {
                        try await rig.focus.room("team").members[0].muted == muted
                    }
                    if muted { try await bob.audio.losesTone(440) } else { try await bob.audio.hears(440) }
                }
                #expect(try await rig.focus.room("team").members[0].mutedBy == nil)
            }
        }

        /// A telephone that knows neither telephone events nor INFO; and it is listened to only if asked.
        @Test(arguments: [AudioCodec.pcma, .g722], [true, false])
        func starSixInTheAudioTogglesMute(codec: AudioCodec, listens: Bool) async throws {
            try await withFocus {
                $0.audio.keyTones = listens
            } _: { rig in
                var options = TestMember.Options.tone(440, codec)
                options.sendsKeys = false
                let ann = try await rig.join("team", "ann", options)
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await bob.audio.hears(440)
                for muted in listens ? [true, false] : [] {
                    ann.audio.say(KeySound.samples("*6", sampleRate: codec.sampleRate))
                    try await Condition.await("muted: \(muted)") {
                        try await rig.focus.room("team").members[0].muted == muted
                    }
                    if muted { try await bob.audio.losesTone(440) } else { try await bob.audio.hears(440) }
                }
                guard !listens else { return }
                let mark = bob.audio.mark
                ann.audio.say(KeySound.samples("*6", sampleRate: codec.sampleRate))
                try await Condition.await("the keys in place of the tone") {
                    Self.lacks(440, in: bob.audio.heard(since: mark))
                }
                try await bob.audio.hears(440)
                #expect(try await rig.focus.room("team").members[0].muted == false)
            }
        }

        /// Whether a tone was away for 150 ms: who looks at the newest sound alone may look when it is back.
        private static func lacks(_ tone: Double, in heard: Heard) -> Bool {
            let window = heard.sampleRate * 3 / 20
            let detector = ToneDetector(sampleRate: heard.sampleRate)
            return stride(from: 0, through: heard.samples.count - window, by: window / 15).contains { start in
                detector.level(of: tone, in: heard.samples[start..<start + window]) < -50
            }
        }

        @Test(arguments: [
            ("application/dtmf-relay", ["Signal=*\r\nDuration=160\r\n", "Signal=6\r\nDuration=160\r\n"]),
            ("application/dtmf", ["*", "6"]),
        ])
        func starSixByInfoMutes(type: String, bodies: [String]) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                try await bob.audio.hears(440)
                for body in bodies {
                    let response = try await ann.request(.info, headers: ["Content-Type": type], body: Array(body.utf8))
                    #expect(response.status == 200)
                }
                try await bob.audio.losesTone(440)
                #expect(try await rig.focus.room("team").members[0].mutedBy == "self")
            }
        }

        @Test func aFloodOfInfoIsRefusedAndMakesFewEvents() async throws {
            try await withFocus { rig in
                let events = await rig.focus.events(room: "team")
                let ann = try WireCall("ann", to: rig.port)
                _ = try await ann.invite(rig.uri("team"), body: WireCall.description(port: 40_000))
                await ann.ack()
                @Sendable func press(_ key: String) async throws -> SIPResponse {
                    try await ann.request(
                        .info, body: Array(key.utf8), headers: ["Content-Type": "application/dtmf"])
                }
                let began = ContinuousClock.now
                var answers: [Int: Int] = [:]
                for number in 0..<400 {
                    let response = try await press(number % 2 == 0 ? "*" : "6")
                    answers[response.status, default: 0] += 1
                    if response.status == 503 { #expect(response.headers.first("Retry-After") == "1") }
                }
                let seconds = Int(began.duration(to: .now).components.seconds) + 1
                #expect((answers[200] ?? 0) <= 30 + 30 * seconds && answers[503] ?? 0 > 0, "\(answers) in \(seconds) s")
                #expect(
                    await rig.focus.statistics().sipTransactions.contains {
                        $0.method == "INFO" && $0.status == 503 && $0.count == UInt64(answers[503] ?? 0)
                    })
                #expect(try await rig.focus.room("team").summary.members == 1)
                // And then it keys like anybody else.
                try await Condition.await("a key that is taken") { try await press("1").status == 200 }
                _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                var toggles = 0
                for await event in events {
                    if [.memberMuted, .memberUnmuted].contains(event.kind) { toggles += 1 }
                    if event.kind == .roomEnded { break }
                }
                #expect(toggles <= 15 + 15 * seconds)
            }
        }

        @Test func twentyKeysASecondByInfoAreAllTaken() async throws {
            try await withFocus { rig in
                let clock = try await rig.join("team", "clock")
                let ann = try await rig.join("team", "ann")
                for _ in 0..<60 {
                    let response = try await ann.request(
                        .info, headers: ["Content-Type": "application/dtmf"], body: Array("5".utf8))
                    #expect(response.status == 200)
                    try await clock.audio.passes(45)
                }
            }
        }

        @Test func infoOfAnotherKindIsRefusedByItsType() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let response = try await ann.request(.info, headers: ["Content-Type": "text/plain"], body: [65])
                #expect(response.status == 415)
                #expect(response.headers.first("Accept")?.contains("dtmf-relay") == true)
                #expect(try await ann.request(.info).status == 200)
                #expect(await ann.state == .established)
            }
        }

        @Test func onlyItsOwnRankMayLiftAMute() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                try await bob.audio.hears(440)
                _ = try await rig.focus.command(.mute("ann"), in: "team", by: "op")
                try await bob.audio.losesTone(440)
                let mark = bob.audio.mark
                try await ann.press("*6")
                try await bob.audio.passes(1000)
                #expect(bob.audio.heard(since: mark).peak(of: 440) < -50)
                #expect(try await rig.focus.room("team").members[0].mutedBy == "operator op")
            }
        }
    }
}
