// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// Subscriptions over real sockets: what is refused, and how they end.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Subscribing {
        private static func body(_ member: TestMember) async -> String {
            await member.notifications.last.map { String(decoding: $0.request.body, as: UTF8.self) } ?? ""
        }

        private static func state(_ member: TestMember) async -> String? {
            await member.notifications.last?.request.headers.first("Subscription-State")
        }

        @Test func theListWantsTheListExtension() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                let plain: SIPHeaders = ["Event": "conference", "Contact": "<sip:w@127.0.0.1:9>", "Expires": "0"]
                let refused = try await watcher.request(
                    outside: .subscribe, to: rig.uri("conferences"), headers: plain)
                #expect(refused.status == 421)
                #expect(refused.headers.first("Require") == "eventlist")
                let response = try await watcher.subscribe(rig.uri("conferences"))
                #expect(response.status == 200)
                #expect(response.headers.first("Require") == "eventlist")
            }
        }

        @Test(arguments: [("text/plain", 406), ("application/*;q=0.5, text/plain", 200), ("*/*", 200)])
        func anAcceptWithoutTheDocumentsTypeIsRefused(_ accept: String, _ status: Int) async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                let headers: SIPHeaders = [
                    "Event": "conference", "Accept": accept, "Contact": "<sip:w@127.0.0.1:9>", "Expires": "0",
                ]
                let response = try await watcher.request(outside: .subscribe, to: rig.uri("team"), headers: headers)
                #expect(response.status == status)
            }
        }

        @Test func theListHearsOfAnOperatorsRoomAtOnceAndOfItsEnd() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                try await Condition.await("the first list") { await !watcher.notifications.isEmpty }
                _ = try await rig.focus.create("standing", by: "root")
                try await Condition.await("the new room") { await Self.body(watcher).contains("sip:standing@") }
                _ = try await rig.focus.command(.cancel, in: "standing", by: "root")
                try await Condition.await("the room gone") { await !Self.body(watcher).contains("sip:standing@") }
            }
        }

        @Test func aSubscriptionInTheCallIsToldOfTheEndBeforeTheCallEnds() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let response = try await ann.request(.subscribe, headers: ["Event": "conference", "Expires": "600"])
                #expect(response.status == 200)
                try await Condition.await("the roster in the call") { await !ann.notifications.isEmpty }
                _ = try await rig.focus.command(.cancel, in: "team", by: "root")
                try await Condition.await("the last word") {
                    await Self.state(ann) == "terminated;reason=noresource"
                }
                #expect(await ann.notifications.last?.inCall == true)
                _ = try await ann.isHungUp()
            }
        }

        @Test func whoFollowsTheListIsToldToLookElsewhereWhenTheFocusShutsDown() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                _ = try await rig.join("team", "ann")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                try await Condition.await("the first list") { await !watcher.notifications.isEmpty }
                await rig.focus.drain(within: .seconds(2))
                try await Condition.await("the end of the list") {
                    await Self.state(watcher) == "terminated;reason=deactivated"
                }
            }
        }

        @Test func theListOfAFocusWithoutRoomsEndsTooWhenItShutsDown() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("conferences"))
                try await Condition.await("the first list") { await !watcher.notifications.isEmpty }
                await rig.focus.drain(within: .seconds(2))
                try await Condition.await("the end of the list", within: .seconds(3)) {
                    await Self.state(watcher) == "terminated;reason=deactivated"
                }
            }
        }

        @Test func aLargeRoomsRosterDoesNotSayWhoTalks() async throws {
            try await withFocus {
                $0.conference.rosterTalking = 1
            } _: { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                try await Condition.await("the roster") { await !watcher.notifications.isEmpty }
                try await bob.audio.hears(440)
                try await bob.audio.passes(2500)
                #expect(await watcher.notifications.count == 1)
                try await ann.hangUp()
            }
        }

        @Test func aChangeIsToldToTheSubscribersAsAPartThatFitsADatagram() async throws {
            try await withFocus { rig in
                for number in 0..<6 { _ = try await rig.join("team", "m\(number)") }
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                try await Condition.await("the roster") { await !watcher.notifications.isEmpty }
                let whole = try ConferenceInfo(parsing: try #require(await watcher.notifications.first).request.body)
                #expect(whole.scope == .full && whole.users.count == 6)
                _ = try await rig.join("team", "late")
                try await Condition.await("the change") { await watcher.notifications.count == 2 }
                let request = try #require(await watcher.notifications.last).request
                let part = try ConferenceInfo(parsing: request.body)
                #expect(part.scope == .partial && part.version == whole.version + 1 && part.userCount == 7)
                #expect(part.users.map(\.entity) == ["sip:late@members.test"])
                #expect(request.serialized().count <= 1300)
            }
        }
    }
}
