// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Joining {
        @Test func callersOfOneURIMeetInOneRoom() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                let room = try await rig.focus.room("team")
                #expect(room.summary.members == 2)
                #expect(room.members.map(\.uri) == ["sip:ann@members.test", "sip:bob@members.test"])
                #expect(room.members.map(\.role) == [.creator, .member])
                #expect(await ann.isInFocus)
                #expect(await ann.remoteContact?.user == "team")
            }
        }

        @Test func anUnknownRoomIsNotFoundWhereDiallingCreatesNone() async throws {
            try await withFocus {
                $0.conference.adhoc = false
            } _: { rig in
                let ann = try await rig.member("ann")
                let refused = await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 404)
                #expect(refused?.response?.headers.first("Warning")?.hasPrefix("399 ") == true)
                _ = try await rig.focus.create("team", by: "op")
                try await ann.dial(rig.uri("team"))
            }
        }

        @Test func theFactoryGivesAFreshRoomThatOutlivesItsCreator() async throws {
            try await withFocus {
                $0.conference.adhoc = false
            } _: { rig in
                let ann = try await rig.join("conference-factory", "ann", .tone(440))
                let other = try await rig.join("conference-factory", "other")
                #expect(await ann.isInFocus)
                let contact = try #require(await ann.remoteContact)
                let name = try #require(contact.user)
                #expect(await other.remoteContact?.user != name)
                #expect(name != "conference-factory")

                // The Contact itself can be dialled.
                let bob = try await rig.member("bob", .tone(1000))
                try await bob.dial(contact.description)
                let cec = try await rig.join(name, "cec", .tone(1600))
                try await cec.audio.hears(440)
                try await cec.audio.hears(1000)
                try await ann.hangUp()
                try await cec.audio.losesTone(440)
                try await cec.audio.hears(1000)
                try await bob.audio.hears(1600)
                #expect(try await rig.focus.room(name).summary.members == 2)
            }
        }

        @Test func anAdhocRoomEndsWithItsLastMemberAndCanBeDialledAnew() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let first = try await rig.focus.room("team").summary.id
                try await ann.hangUp()
                await #expect(throws: ControlError.unknownRoom("team")) { try await rig.focus.room("team") }
                try await ann.dial(rig.uri("team"))
                #expect(try await rig.focus.room("team").summary.id != first)
            }
        }

        @Test func aFullRoomIsBusyAndALockedOneUnavailable() async throws {
            try await withFocus {
                $0.conference.maxMembers = 2
            } _: { rig in
                let ann = try await rig.join("team", "ann")
                _ = try await rig.join("team", "bob")
                let cec = try await rig.member("cec")
                let full = await #expect(throws: CallRefused.self) { try await cec.dial(rig.uri("team")) }
                #expect(full?.response?.status == 486)
                #expect(full?.response?.headers.first("Warning")?.contains("full") == true)

                try await ann.hangUp()
                _ = try await rig.focus.command(.lock, in: "team", by: "op")
                let locked = await #expect(throws: CallRefused.self) { try await cec.dial(rig.uri("team")) }
                #expect(locked?.response?.status == 480)
                #expect(locked?.response?.headers.first("Warning")?.contains("locked") == true)
                _ = try await rig.focus.command(.unlock, in: "team", by: "op")
                try await cec.dial(rig.uri("team"))
            }
        }

        @Test func callsBeyondTheRateGet503() async throws {
            try await withFocus {
                $0.sip.maxCallsPerSecond = 2
            } _: { rig in
                // All at once: one after the other they might take their seconds.
                var members: [TestMember] = []
                for number in 0..<6 { members.append(try await rig.member("m\(number)")) }
                let refused = try await withThrowingTaskGroup(of: SIPResponse?.self) { group in
                    for member in members {
                        group.addTask {
                            do { try await member.dial(rig.uri("team")) } catch let error as CallRefused {
                                return error.response
                            }
                            return nil
                        }
                    }
                    return try await group.reduce(into: [SIPResponse]()) { all, response in
                        if let response { all.append(response) }
                    }
                }
                #expect(!refused.isEmpty)
                #expect(refused.allSatisfy { $0.status == 503 && $0.headers.first("Retry-After") != nil })
            }
        }

        @Test(arguments: [
            ("sip:127.0.0.1", 484), ("sip:%00@127.0.0.1", 404), ("sip:conferences@127.0.0.1", 404),
            ("sip:team@elsewhere.test", 404), ("tel:+15551234", 416), ("sips:team@127.0.0.1", 416),
            ("sip:" + String(repeating: "x", count: 129) + "@127.0.0.1", 404), ("mailto:team", 416),
        ])
        func aURIThatNamesNoRoomIsRefused(target: String, status: Int) async throws {
            try await withFocus {
                $0.sip.domains = ["127.0.0.1"]
            } _: { rig in
                let caller = try WireCall("ann", to: rig.port)
                let response = try await caller.invite(target, body: nil)
                #expect(response.status == status)
                #expect(await rig.focus.rooms().isEmpty)
            }
        }

        @Test func aCallerWithoutACommonCodecIsRefusedAndLeavesNoRoom() async throws {
            try await withFocus {
                $0.audio.codecs = [.opus]
            } _: { rig in
                let ann = try await rig.member("ann")
                let refused = await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 488)
                #expect(refused?.response?.headers.first("Warning")?.hasPrefix("305 ") == true)
                #expect(await rig.focus.rooms().isEmpty)
            }
        }

        @Test func membersOverTCPAndUDPMeet() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440).with { $0.transport = .tcp })
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                #expect(await ann.remoteContact?.parameters.value("transport") == "tcp")
                try await ann.hold()
                try await ann.resume()
                _ = try await rig.focus.command(.cancel, in: "team", by: "op")
                #expect(try await ann.isHungUp().reason?.cause == 410)
                #expect(try await bob.isHungUp().reason?.cause == 410)
            }
        }

        @Test func aRoomMayEndWithItsCreator() async throws {
            try await withFocus {
                $0.conference.endWithCreator = true
            } _: { rig in
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.join("team", "bob")
                try await ann.hangUp()
                #expect(try await bob.isHungUp().reason?.text == "Conference ended: its creator left")
            }
        }

        @Test func aCallThatFindsNoMediaPortIsRefusedForNow() async throws {
            // One pair.
            let port = try FreePort.allocate(count: 2)
            try await withFocus {
                $0.media.rtpPorts = PortRange(lower: port, upper: port + 1)
            } _: { rig in
                _ = try await rig.join("team", "ann")
                let bob = try await rig.member("bob")
                let refused = await #expect(throws: CallRefused.self) { try await bob.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 503)
                #expect(refused?.response?.headers.first("Retry-After") == "30")
                #expect(try await rig.focus.room("team").summary.members == 1)
            }
        }

        @Test func aRepeatedInviteIsOneCall() async throws {
            try await withFocus { rig in
                let ann = try WireCall("ann", to: rig.port)
                let invite = try await ann.makeInvite(rig.uri("team"), body: WireCall.description(port: 40_000))
                let first = try await ann.exchange(invite)
                #expect(first.status == 200)
                #expect(try await rig.focus.room("team").members.count == 1)
                // Another branch with the same From tag, Call-ID and CSeq is a merged request (RFC 3261 §8.2.2.2).
                #expect(try await ann.exchange(invite).status == 482)
                #expect(try await rig.focus.room("team").members.count == 1)
            }
        }

        @Test func aCallThatIsNeverAcknowledgedIsTakenBack() async throws {
            try await withFocus {
                // After 64 times as long it is taken back: the look at the room has to come before.
                $0.sip.timerT1 = .milliseconds(40)
            } _: { rig in
                let ann = try WireCall("ann", to: rig.port)
                #expect(try await ann.invite(rig.uri("team"), body: WireCall.description(port: 40_000)).status == 200)
                #expect(try await rig.focus.room("team").summary.connecting == 1)
                _ = try await ann.answersBye()
                try await Condition.await("no room") { await rig.focus.rooms().isEmpty }
            }
        }

        @Test func cancelBeforeTheAnswerLeavesNoMember() async throws {
            try await withFocus { rig in
                let ann = try await rig.member("ann")
                try await ann.call(rig.uri("team"))
                try await ann.hangUp()
                try await Condition.await("no member") { await rig.focus.rooms().isEmpty }
            }
        }
    }
}
