// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import SIP
import TestSupport
import Testing

@testable import Focus

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct LookupLimit {
        /// Nobody is forbidden anything: the same will do in a moment.
        @Test func whoCannotBeLookedUpNowIsToBeAskedForAgain() async throws {
            try await Inviting.withDialOut(.any) { rig in
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.member("bob")
                await bob.answersCalls()
                let port = try #require(try SIPURI(parsing: await bob.uri).port)
                let address = "sip:bob@localhost:\(port)"
                await rig.focus.keepLookups(busy: true)
                let refused = try await ann.refer(address, method: .invite)
                #expect(refused.status == 503 && refused.headers.first("Retry-After") == "10")
                let list = try await ann.request(
                    .refer, headers: InvitingByLists.headers, body: InvitingByLists.list(address))
                #expect(list.status == 503 && list.headers.first("Retry-After") == "10")
                try await ann.say("/invite \(address)")
                #expect(try await ann.reads(1).last?.contains("cannot be looked up now: try again") == true)
                // Who may not call anybody learns nothing of it.
                let eve = try await rig.member("eve")
                #expect(try await eve.refer(address, method: .invite, to: rig.uri("team")).status == 403)

                await rig.focus.keepLookups(busy: false)
                #expect(try await ann.refer(address, method: .invite).status == 202)
                try await bob.reaches("the call") { $0 == .established }
            }
        }
    }
}

extension Focus {
    fileprivate func keepLookups(busy: Bool) { lookups += busy ? Self.mostLookups : -Self.mostLookups }
}
