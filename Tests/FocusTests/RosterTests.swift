// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Rosters {
        private static func documents(of member: TestMember) async throws -> [ConferenceInfo] {
            try await member.notifications.filter { !$0.request.body.isEmpty }.map {
                try ConferenceInfo(parsing: $0.request.body)
            }
        }

        /// What the member knows of the room after all notifications (RFC 4575 §4.4).
        private static func roster(of member: TestMember) async throws -> ConferenceInfo? {
            try await documents(of: member).reduce(nil) { (known: ConferenceInfo?, news) in
                guard var known, news.scope == .partial else { return news }
                known.merge(news)
                return known
            }
        }

        static func awaitRoster(
            _ what: String, of member: TestMember, within patience: Duration = .seconds(10),
            _ condition: @Sendable (ConferenceInfo) -> Bool
        ) async throws -> ConferenceInfo {
            try await Condition.await(what, within: patience) { try await roster(of: member).map(condition) ?? false }
            return try #require(await roster(of: member))
        }

        @Test func aSubscriberGetsTheWholeAtOnceAndEachChangeAfter() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                let response = try await watcher.subscribe(rig.uri("team"))
                #expect(response.status == 200)
                #expect(response.headers.first("Expires") == "600")
                var info = try await Self.awaitRoster("the first roster", of: watcher) { _ in true }
                #expect(info.scope == .full)
                #expect(info.users.map(\.entity) == ["sip:ann@members.test"])
                #expect(info.users[0].displayText == "ann")
                #expect(info.users[0].endpoints[0].status == .connected)
                let first = try #require(await watcher.notifications.first?.request)
                #expect(first.headers.first("Subscription-State")?.hasPrefix("active;expires=") == true)
                #expect(first.contentType == ConferenceInfo.contentType)

                let bob = try await rig.join("team", "bob")
                info = try await Self.awaitRoster("bob", of: watcher) { $0.users.count == 2 }
                try await bob.hold()
                info = try await Self.awaitRoster("the hold", of: watcher) {
                    $0.users.last?.endpoints.first?.status == .onHold
                }
                try await bob.hangUp()
                info = try await Self.awaitRoster("bob gone", of: watcher) { $0.users.count == 1 }
                #expect(info.userCount == 1)
                let versions = try await Self.documents(of: watcher).map(\.version)
                #expect(versions == versions.indices.map { UInt32($0) + versions[0] })

                try await ann.hangUp()
                try await Condition.await("the end of the subscription") {
                    await watcher.notifications.last?.request.headers.first("Subscription-State")
                        == "terminated;reason=noresource"
                }
            }
        }

        /// Where Linphone looks, and where others do, while the meeting goes on.
        @Test func theRoomsTitleStandsInTheRosterAndFollowsWhatIsArranged() async throws {
            try await withFocus { rig in
                var board = RoomDefinition(name: "team")
                board.title = "R&D <weekly>"
                _ = try await rig.focus.arrange(board, by: "op")
                _ = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                _ = try await Self.awaitRoster("the title", of: watcher) {
                    $0.displayText == "R&D <weekly>" && $0.subject == "R&D <weekly>"
                }
                board.title = "The board"
                _ = try await rig.focus.arrange(board, by: "op")
                let info = try await Self.awaitRoster("another title", of: watcher) { $0.subject == "The board" }
                #expect(info.displayText == "The board" && info.users.count == 1)
                board.title = nil
                _ = try await rig.focus.arrange(board, by: "op")
                _ = try await Self.awaitRoster("none", of: watcher) { $0.displayText == "team" && $0.subject == nil }
                let scopes = try await Self.documents(of: watcher).map(\.scope)
                #expect(scopes.first == .full && scopes.dropFirst().allSatisfy { $0 == .partial }, "\(scopes)")
            }
        }

        @Test func aSmallRoomsRosterSaysWhoTalks() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                let bob = try await rig.join("team", "bob", .tone(440))
                _ = try await Self.awaitRoster("bob talks", of: watcher) {
                    $0.users.map { $0.endpoints[0].isTalking } == [false, true]
                }
                bob.audio.play(nil)
                _ = try await Self.awaitRoster("bob is silent", of: watcher) {
                    $0.users.map { $0.endpoints[0].isTalking } == [false, false]
                }
            }
        }

        /// By what its own reports say is missing, which leave every few seconds.
        @Test(arguments: [(UInt16(4), CallQuality.poor), (20, .fair)])
        func theRosterSaysWhoseSoundArrivesBadly(lostOneOf count: UInt16, quality: CallQuality) async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                var info = try await Self.awaitRoster("both", of: watcher) { $0.users.count == 2 }
                #expect(info.users.allSatisfy { $0.endpoints.first?.quality == nil })
                bob.audio.loses(oneOf: count)
                info = try await Self.awaitRoster("\(quality)", of: watcher, within: .seconds(25)) {
                    $0.users.last?.endpoints.first?.quality == quality
                }
                #expect(info.users.map(\.entity) == ["sip:ann@members.test", "sip:bob@members.test"])
                #expect(info.users.first?.endpoints.first?.quality == nil)
                bob.audio.loses(oneOf: nil)
                _ = try await Self.awaitRoster("nothing to say of it", of: watcher, within: .seconds(25)) {
                    $0.users.last?.endpoints.first?.quality == nil
                }
            }
        }

        /// What RFC 4575 has no word for stands in a namespace of ours.
        @Test func theRosterSaysWhoLeadsIsMutedByWhomAndWantsToSpeak() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.join("team", "bob")
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                var info = try await Self.awaitRoster("both", of: watcher) { $0.users.count == 2 }
                #expect(info.users.map(\.roles) == [["creator"], ["member"]])
                let media = try #require(info.users[1].endpoints[0].media.first)
                #expect(media.type == "audio" && media.status == "sendrecv" && media.sourceID != nil)
                // By the label of the line in the focus's answer (RFC 4574) it is found there.
                let answer = try #require(await ann.remoteDescription)
                #expect(answer.media.first?.label == media.label && media.label != nil)

                try await ann.say("/moderator bob")
                try await ann.say("/mute bob")
                try await bob.say("/hand")
                info = try await Self.awaitRoster("all of it", of: watcher) {
                    let user = $0.users.last
                    return user?.roles == ["moderator"] && user?.endpoints.first?.mutedBy == "ann"
                        && user?.endpoints.first?.handIsRaised == true
                }
                #expect(info.users[1].endpoints[0].status == .mutedViaFocus)
                #expect(info.users[1].endpoints[0].media.first?.status == "recvonly")
                #expect(info.users[0].endpoints[0].mutedBy == nil && !info.users[0].endpoints[0].handIsRaised)
                // Others read of it what they know of.
                let documents = await watcher.notifications.map { String(decoding: $0.request.body, as: UTF8.self) }
                #expect(documents.contains { $0.contains(ConferenceInfo.extensionNamespace) })
            }
        }

        /// Telephones that hide their name in From (RFC 3323) have it in Contact all the same.
        @Test func theRosterDoesNotTellAHiddenName() async throws {
            try await withFocus { rig in
                let ann = try WireCall("ann", to: rig.port)
                let answer = try await ann.invite(
                    rig.uri("team"), body: WireCall.description(port: 40_000),
                    headers: ["From": "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=ann-tag"])
                #expect(answer.status == 200)
                await ann.ack()
                let watcher = try await rig.member("watcher")
                _ = try await watcher.subscribe(rig.uri("team"))
                _ = try await Self.awaitRoster("a member", of: watcher) { $0.users.count == 1 }
                for notification in await watcher.notifications {
                    #expect(!String(decoding: notification.request.body, as: UTF8.self).contains("ann@"))
                }
            }
        }

        @Test func changesInABurstAreToldAtMostOnceASecond() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let watcher = try await rig.member("watcher")
                let start = ContinuousClock.now
                _ = try await watcher.subscribe(rig.uri("team"))
                for number in 0..<12 { _ = try await rig.join("team", "m\(number)") }
                _ = try await Self.awaitRoster("all", of: watcher) { $0.users.count == 13 }
                let times = await watcher.notifications.map(\.at)
                #expect(times.count < 13)
                // From the beginning, and not from the one before: that may have been held up on its way.
                for (number, time) in times.enumerated() {
                    #expect(start.duration(to: time) > Duration.milliseconds(950) * number, "\(number)")
                }
            }
        }

        @Test func aSubscriptionInTheCallEndsWithTheCall() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let response = try await ann.request(.subscribe, headers: ["Event": "conference", "Expires": "600"])
                #expect(response.status == 200)
                let info = try await Self.awaitRoster("the roster in the call", of: ann) { _ in true }
                #expect(info.users.count == 1)
                #expect(await ann.notifications.first?.inCall == true)
                let count = await ann.notifications.count
                try await ann.hangUp()
                let bob = try await rig.join("team", "bob", .tone(440))
                _ = try await rig.join("team", "cec")
                try await bob.audio.passes(1500)
                #expect(await ann.notifications.count == count)
            }
        }

        @Test func anotherPackageAndAnUnknownRoomAreRefused() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                #expect(try await watcher.subscribe(rig.uri("nowhere")).status == 404)
                let presence = try await watcher.request(
                    outside: .subscribe, to: rig.uri("team"),
                    headers: ["Event": "presence", "Contact": "<sip:w@127.0.0.1>"])
                #expect(presence.status == 489)
                #expect(presence.headers.first("Allow-Events")?.contains("conference") == true)
            }
        }

        @Test func theListOfRoomsFollowsThem() async throws {
            try await withFocus { rig in
                let watcher = try await rig.member("watcher")
                let response = try await watcher.subscribe(rig.uri("conferences"))
                #expect(response.status == 200)
                let ann = try await rig.join("first", "ann")
                _ = try await rig.join("second", "bob")
                func names(_ text: String) async -> Bool {
                    await watcher.notifications.last.map {
                        String(decoding: $0.request.body, as: UTF8.self).contains(text)
                    }
                        ?? false
                }
                try await Condition.await("both rooms") {
                    let body =
                        await watcher.notifications.last.map { String(decoding: $0.request.body, as: UTF8.self) } ?? ""
                    return body.contains("sip:first@") && body.contains("sip:second@")
                }
                #expect(await watcher.notifications.last?.request.contentType?.contains("multipart/related") == true)
                try await ann.hangUp()
                try await Condition.await("one room") {
                    let body =
                        await watcher.notifications.last.map { String(decoding: $0.request.body, as: UTF8.self) } ?? ""
                    return !body.contains("sip:first@") && body.contains("sip:second@")
                }
            }
        }

        @Test func theMixNamesItsTalkersByTheRostersSourcesAndTheirLevels() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440, level: -20))
                let bob = try await rig.join("team", "bob", .tone(1000, level: -30))
                let cec = try await rig.join("team", "cec")
                try await cec.audio.hears(440)
                try await cec.audio.hears(1000)
                try await ann.audio.hears(1000)
                _ = try await cec.subscribe(rig.uri("team"))
                let info = try await Self.awaitRoster("the roster", of: cec) { $0.users.count == 3 }
                let sources = try info.users.map { try #require($0.endpoints.first?.media.first?.sourceID) }
                #expect(Set(sources).count == 3)
                // A sine of -20 dBFS has 23 dB below a full-scale square wave.
                try await Condition.await("talkers and levels", evidence: { "\(cec.audio.talkers)" }) {
                    let talkers = cec.audio.talkers
                    return talkers.count == 2 && abs(Int(talkers[sources[0]] ?? 0) - 23) <= 2
                        && abs(Int(talkers[sources[1]] ?? 0) - 33) <= 2
                }
                // A talker's own mix does not name itself.
                for (member, other) in [(ann, sources[1]), (bob, sources[0])] {
                    try await Condition.await("the other alone at \(member.name)") {
                        member.audio.talkers.keys.elementsEqual([other])
                    }
                }
            }
        }
    }
}
