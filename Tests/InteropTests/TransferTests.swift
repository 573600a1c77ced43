// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// Attended transfer into a room by real telephones: linphonec talks to another, holds that call, dials the room
    /// and brings the two together.
    @Suite(
        .serialized, .enabled(if: Program.linphonec.isInstalled), .timeLimit(.minutes(Condition.minutes(2))))
    struct TransferTests {
        private static let (partnerTone, memberTone, transferrerTone) = (440.0, 700.0, 930.0)
        private static let tones = [partnerTone, memberTone, transferrerTone]
        /// The calls of who transfers, as it counts them.
        private static let (consultation, conference) = (1, 2)

        /// A room with a member, and linphonec, which is in it and has the partner on hold.
        private struct Meeting {
            let focus: FocusProcess
            let member: ConfabAgent
            let partner: Linphone
            let transferrer: Linphone

            static func begin() async throws -> Meeting {
                // Both are named without a port, at hosts that nobody else uses.
                let network = "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255))"
                var options = FocusProcess.Options()
                (options.hosts, options.port) = (["\(network).1"], 5060)
                options.settings["conference"] = ["dial-out": "any"]
                let focus = try await FocusProcess.start(options)
                let room = focus.uri("meeting", host: "\(network).1")
                let member = try await ConfabAgent.call(room, .init(name: "con", tone: memberTone, codecs: [.pcmu]))
                var partnerOptions = Linphone.Options(name: "two", tone: partnerTone, codecs: [.pcmu])
                (partnerOptions.host, partnerOptions.port) = ("\(network).2", 5060)
                let partner = try await Linphone.start(partnerOptions)
                let transferrer = try await Linphone.start(.init(name: "lin", tone: transferrerTone, codecs: [.pcmu]))
                try await transferrer.dial(partner.uri)
                try await partner.ears.awaitExactly([transferrerTone], of: tones)
                // It calls nobody while it talks.
                try await transferrer.hold()
                try await transferrer.dial(room)
                try await member.ears.awaitExactly([transferrerTone], of: tones)
                return Meeting(focus: focus, member: member, partner: partner, transferrer: transferrer)
            }

            func partnerIsInThePlaceOfTheTransferrer() async throws {
                try await member.ears.awaitExactly([partnerTone], of: tones)
                let members = try await focus.members(of: "meeting").compactMap { $0["uri"] as? String }
                #expect(members.map { $0.prefix { $0 != "@" } }.last == "sip:two" && members.count == 2, "\(members)")
            }

            func end() async {
                await member.hangUp()
                for phone in [transferrer, partner] { await phone.stop() }
                await focus.stop()
            }
        }

        /// The partner dials the room with a Replaces that names linphonec's call there (RFC 3891), past a lock.
        @Test func thePartnerIsAskedToDialTheRoom() async throws {
            let meeting = try await Meeting.begin()
            #expect(try await meeting.focus.ctl("lock", "meeting").status == 0)
            try await meeting.transferrer.transfer(Self.consultation, to: Self.conference)
            try await meeting.partnerIsInThePlaceOfTheTransferrer()
            try await meeting.partner.ears.awaitExactly([Self.memberTone], of: Self.tones)
            await meeting.end()
        }

        /// The room calls the partner with a Replaces that names the call between the two (RFC 4579 §5.10). Without it
        /// linphonec does not answer while somebody has it on hold. Asking takes a moderator.
        @Test func theRoomIsAskedToCallThePartner() async throws {
            let meeting = try await Meeting.begin()
            #expect(try await meeting.focus.ctl("role", "meeting", "lin", "moderator").status == 0)
            try await meeting.transferrer.transfer(Self.conference, to: Self.consultation)
            // What the partner hears then is not known: linphonec goes on recording the call that was replaced.
            try await meeting.partnerIsInThePlaceOfTheTransferrer()
            await meeting.end()
        }
    }
}
