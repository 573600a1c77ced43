// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import RTP
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Trap 20: both sides want something of the call at the same moment.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Glare {
        /// Whoever has called waits longer (RFC 3261 §14.1): the focus comes again first, or the telephone does.
        @Test(arguments: [false, true])
        func bothChangeTheCallAtOnceAndItGoesOn(isCalled: Bool) async throws {
            try await withFocus {
                $0.conference.dialOut = .any
                $0.video.enabled = false
            } _: { rig in
                let cec = try await rig.join("team", "cec")
                let bob = try await rig.join("board", "bob", .tone(1000))
                let audio = try MemberAudio()
                defer { audio.close() }
                let body = WireCall.description(port: audio.port)
                let ann = try WireCall("ann", to: rig.port)
                try Offers.play(440, from: audio, as: try await Self.connect(ann, body, isCalled: isCalled, rig))
                try await cec.audio.hears(440)

                // The focus tells of the other room by a re-INVITE, which crosses one of the telephone's.
                _ = try await rig.focus.command(.move(to: "board", "ann"), in: "team", by: "op")
                let offered = try await Self.offer(to: ann)
                #expect(try await ann.request(.invite, body: body).status == 491)
                try await ann.refuse(offered, status: 491)
                if isCalled { try await Self.change(ann, body) }
                let again = try await Self.offer(to: ann, after: offered)
                try await ann.answer(again, body: body)
                if !isCalled { try await Self.change(ann, body) }

                try await audio.hears(1000)
                try await bob.audio.hears(440)
                #expect(try await rig.focus.room("board").members.map(\.state) == [.connected, .connected])
                #expect(try await ann.request(.bye).status == 200)
            }
        }

        /// - Returns: what the focus says of its media.
        private static func connect(
            _ phone: WireCall, _ body: [UInt8], isCalled: Bool, _ rig: FocusRig
        ) async throws -> SessionDescription {
            guard isCalled else {
                let accepted = try await phone.invite(rig.uri("team"), body: body)
                await phone.ack()
                return try SessionDescription(parsing: accepted.body)
            }
            _ = try await rig.focus.command(.invite("sip:ann@\(phone.socket.address)"), in: "team", by: "op")
            let invite = try await phone.receive(.invite)
            try await phone.accept(invite, body: body)
            return try SessionDescription(parsing: invite.body)
        }

        /// Waits for the re-INVITE of the other room, or for another one after that.
        private static func offer(to phone: WireCall, after first: SIPRequest? = nil) async throws -> SIPRequest {
            try await phone.receive(.invite) { request in
                request.contacts.first?.uri.user == "board" && request.cSeq != first?.cSeq
            }
        }

        private static func change(_ phone: WireCall, _ body: [UInt8]) async throws {
            #expect(try await phone.request(.invite, body: body).status == 200)
            await phone.ack()
        }

        /// The camera, which does as it is told by INFO alone, has something else to do at first.
        @Test func anINFOThatIsAnswered491IsSentAgain() async throws {
            try await withFocus { rig in
                let options = TestMember.Options.camera(.red) { options in
                    options.feedback = []
                    options.takesINFO = true
                }
                let ann = try await rig.join("team", "ann", options)
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await bob.screen.sees(.red)
                // The focus asks a camera once a second at most.
                try await bob.audio.passes(1100)
                await ann.answersINFO(with: [491])
                let before = try ann.screen.sights.keyframesSent
                try bob.screen.ask(by: .pictureLoss)
                try await Condition.await("a key frame", within: .seconds(3)) {
                    try ann.screen.sights.keyframesSent > before
                }
                #expect(await ann.statusesOfINFO.isEmpty)
            }
        }
    }
}
