// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(1))) struct Keys {
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
                _ = try await rig.focus.mute("ann", in: "team", by: "op")
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
