// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Transferring {
        /// An attended transfer: who was asked elsewhere takes the place of who asked, past a lock, but not past a
        /// mute.
        @Test func aTransferredCallTakesTheTransferrersPlace() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let body = WireCall.description(port: 40_000)
                let bob = try WireCall("bob", to: rig.port)
                _ = try await bob.invite(rig.uri("team"), body: body)
                await bob.ack()
                let dialog = try #require(await bob.dialog?.id)
                _ = try await rig.focus.command(.mute("bob"), in: "team", by: "op")
                _ = try await rig.focus.command(.lock, in: "team", by: "op")
                let replaces = "\(dialog.callID);to-tag=\(dialog.remoteTag);from-tag=\(dialog.localTag)"
                let cec = try await rig.member("cec", .tone(1600))
                try await cec.dial(rig.uri("team"), headers: ["Replaces": replaces, "Require": "replaces"])
                #expect(try await bob.answersBye().reasons.first?.cause == 200)
                try await cec.audio.hears(440)
                let members = try await rig.focus.room("team").members
                #expect(members.map(\.uri).map { $0.prefix(7) } == ["sip:ann", "sip:cec"])
                #expect(members[1].mutedBy == "operator op")
                #expect(ann.audio.heard(since: 0).peak(of: 1600) < -50)
                // A call that is gone, or in another room, is nobody's to replace.
                for (room, field) in [("team", replaces), ("other", replaces), ("team", "nonsense")] {
                    let eve = try WireCall("eve", to: rig.port)
                    #expect(try await eve.invite(rig.uri(room), body: body, headers: ["Replaces": field]).status == 481)
                }
            }
        }
    }
}
