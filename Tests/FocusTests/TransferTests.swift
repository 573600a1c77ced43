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

        /// RFC 4579 §5.10: a member has somebody called, in place of the call that the two have.
        @Test func whoIsCalledForAMemberIsToldWhichCallItTakesThePlaceOf() async throws {
            let asked: [String: String?] = [
                "?Replaces=a84b%40home%3Bto-tag%3Db7%3Bfrom-tag%3Da1": "a84b@home;to-tag=b7;from-tag=a1",
                "?Subject=hello&replaces=c3%3Bfrom-tag%3Da1%3Bto-tag%3Db7": "c3;from-tag=a1;to-tag=b7",
                // No call, and a line of its own.
                "?Replaces=a84b": nil, "?Replaces=a84b%0D%0AX-Y:%20z%3Bto-tag%3Db7%3Bfrom-tag%3Da1": nil, "": nil,
            ]
            try await withFocus {
                $0.conference.dialOut = .any
            } _: { rig in
                let ann = try await rig.join("team", "ann")
                for (headers, field) in asked {
                    let bob = try WireCall("bob", to: rig.port)
                    let refer: SIPHeaders = ["Refer-To": "<sip:bob@\(bob.socket.address)\(headers)>"]
                    #expect(try await ann.request(.refer, headers: refer).status == 202)
                    let invite = try await bob.receive(.invite)
                    #expect(invite.headers.first("Replaces") == field, "\(headers)")
                    #expect(invite.uri.headers.isEmpty && !invite.headers.contains("X-Y"))
                    try await bob.refuse(invite, status: 486)
                    try await Condition.await("its end") { try await rig.focus.room("team").members.count == 1 }
                }
            }
        }
    }
}
