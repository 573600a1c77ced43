// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct OptionsTests {
        @Test func aConferenceSaysThatItIsOneAndWhatItTakes() async throws {
            try await withFocus { rig in
                let asking = try await rig.member("asking")
                let response = try await asking.request(outside: .options, to: rig.uri("team"))
                #expect(response.status == 200)
                let contact = try #require(response.contacts.first)
                #expect(contact.uri.user == "team" && contact.parameters.contains("isfocus"))
                for name in ["Accept", "Accept-Encoding", "Accept-Language", "Allow", "Supported", "Allow-Events"] {
                    #expect(response.headers.first(name)?.isEmpty == false, "\(name)")
                }
                // Asking opens nothing.
                #expect(await rig.focus.rooms().isEmpty)
            }
        }

        /// RFC 3261 §11.2: the status that an INVITE would get.
        @Test func theAnswerIsThatOfAnINVITE() async throws {
            try await withFocus {
                $0.conference.adhoc = false
                $0.conference.maxMembers = 1
            } _: { rig in
                let asking = try await rig.member("asking")
                func status(_ room: String) async throws -> Int {
                    try await asking.request(outside: .options, to: rig.uri(room)).status
                }
                #expect(try await status("nowhere") == 404)
                _ = try await rig.focus.create("team", by: "op")
                #expect(try await status("team") == 200)
                _ = try await rig.focus.command(.lock, in: "team", by: "op")
                #expect(try await status("team") == 480)
                _ = try await rig.focus.command(.unlock, in: "team", by: "op")
                let ann = try await rig.join("team", "ann")
                #expect(try await status("team") == 486)
                try await ann.hangUp()
                _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                #expect(try await status("team") == 410)
            }
        }
    }
}
