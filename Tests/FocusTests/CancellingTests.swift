// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Conference
import Focus
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Cancelling {
        @Test(arguments: [false, true])
        func theCreatorCancelsByRefer(outsideTheCall: Bool) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let cec = try await rig.join("team", "cec")
                try await bob.audio.hears(440)
                let uri = rig.uri("team")
                let response = try await ann.refer(uri, to: outsideTheCall ? uri : nil)
                #expect(response.status == 202)
                for member in [ann, bob, cec] {
                    let end = try await member.isHungUp()
                    #expect(end.reason?.cause == 410)
                    #expect(end.reason?.text?.contains("ann") == true)
                }
                let late = try await rig.member("late")
                let refused = await #expect(throws: CallRefused.self) { try await late.dial(uri) }
                #expect(refused?.response?.status == 410)
                _ = try await rig.focus.create("team", by: "op")
                try await late.dial(uri)
            }
        }

        @Test(arguments: [false, true])
        func anotherMembersAttemptIsForbiddenAndChangesNothing(outsideTheCall: Bool) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                let mark = ann.audio.mark
                let uri = rig.uri("team")
                let response = try await bob.refer(uri, to: outsideTheCall ? uri : nil)
                #expect(response.status == 403)
                #expect(try await bob.refer("sip:ann@members.test", to: outsideTheCall ? uri : nil).status == 403)
                let heard = try await ann.audio.listen(500, since: mark)
                #expect(heard.lostPackets == 0)
                #expect(heard.longestBreak(in: 1000) <= 20)
                #expect(await ann.state == .established)
                #expect(await bob.state == .established)
                #expect(try await rig.focus.room("team").summary.members == 2)
            }
        }

        @Test("a room dialled by a name is cancelled by that name, in a call that goes to our address")
        func theCreatorCancelsByTheNameThatWasDialled() async throws {
            try await withFocus { rig in
                let uri = "sip:team@localhost:\(rig.port)"
                let ann = try WireCall("ann", to: rig.port)
                _ = try await ann.invite(uri, body: WireCall.description(port: 40_000))
                await ann.ack()
                let response = try await ann.request(.refer, headers: ["Refer-To": "<\(uri);method=BYE>"])
                #expect(response.status == 202)
                try await Condition.await("no room") { await rig.focus.rooms().isEmpty }
            }
        }

        @Test func anOutsidersAttemptIsForbidden() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let stranger = try await rig.member("eve")
                #expect(try await stranger.refer(rig.uri("team"), to: rig.uri("team")).status == 403)
                #expect(try await stranger.refer(rig.uri("nowhere"), to: rig.uri("nowhere")).status == 404)
                #expect(try await rig.focus.room("team").summary.members == 1)
            }
        }

        @Test func theCreatorRemovesOneMember() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                let cec = try await rig.join("team", "cec", .tone(1600))
                try await cec.audio.hears(1000)
                #expect(try await ann.refer("sip:bob@members.test").status == 202)
                #expect(try await bob.isHungUp().reason?.cause == 403)
                try await cec.audio.losesTone(1000)
                try await cec.audio.hears(440)
                // RFC 3515 §2.4.4: the referrer is told how it went.
                try await Condition.await("the outcome of the REFER") {
                    await ann.requests.contains {
                        $0.request.headers.first("Event") == "refer"
                            && String(decoding: $0.request.body, as: UTF8.self).hasPrefix("SIP/2.0 200")
                    }
                }
            }
        }

        @Test(arguments: [false, true])
        func aModeratorRemovesOneMember(outsideTheCall: Bool) async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann")
                let bob = try await rig.join("team", "bob")
                let cec = try await rig.join("team", "cec")
                try await Condition.await("all are in") { try await rig.focus.room("team").summary.members == 3 }
                _ = try await rig.focus.command(.giveRole(.moderator, "bob"), in: "team", by: "op")
                let target = outsideTheCall ? rig.uri("team") : nil
                #expect(try await bob.refer("sip:cec@members.test", to: target).status == 202)
                #expect(try await cec.isHungUp().reason?.cause == 403)
            }
        }

        @Test func theModeratorEndsAnArrangedMeetingAndTheNextOneIsOpen() async throws {
            try await withFocus {
                var room = RoomDefinition(name: "board")
                room.moderatorPIN = "0815"
                $0.conference.rooms = [room]
            } _: { rig in
                let ann = try await rig.member("ann")
                try await ann.dial(rig.uri("board") + ";pin=0815")
                try await ann.say("/cancel")
                #expect(try await ann.isHungUp().reason?.cause == 410)
                _ = try await rig.join("board", "bob")
            }
        }

        @Test func theOperatorCancels() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                let bob = try await rig.join("team", "bob")
                let gone = try await rig.focus.command(.cancel, in: "team", by: "op")
                #expect(gone.removed?.map(\.uri) == ["sip:ann@members.test", "sip:bob@members.test"])
                for member in [ann, bob] {
                    let reason = try await member.isHungUp().reason
                    #expect(reason?.cause == 410)
                    #expect(reason?.text == "Conference cancelled by operator op")
                }
                let refused = await #expect(throws: CallRefused.self) { try await ann.dial(rig.uri("team")) }
                #expect(refused?.response?.status == 410)
                await #expect(throws: ControlError.unknownRoom("team")) {
                    try await rig.focus.command(.cancel, in: "team", by: "op")
                }
            }
        }

        @Test func theOperatorRemovesAndMutes() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                #expect(try await rig.focus.command(.mute("bob"), in: "team", by: "op").member?.muted == true)
                try await ann.audio.losesTone(1000)
                try await bob.audio.hears(440)
                #expect(try await rig.focus.command(.unmute("bob"), in: "team", by: "op").member?.muted == false)
                try await ann.audio.hears(1000)
                _ = try await rig.focus.command(.kick("bob"), in: "team", by: "op")
                #expect(try await bob.isHungUp().reason?.cause == 403)
                try await ann.audio.losesTone(1000)
                await #expect(throws: ControlError.unknownMember("bob", room: "team")) {
                    try await rig.focus.command(.kick("bob"), in: "team", by: "op")
                }
                try await bob.dial(rig.uri("team"))
            }
        }

        @Test func aReferThatMakesNoSenseIsRefusedByItsForm() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann")
                #expect(try await ann.request(.refer).status == 400)
                let invite = try await ann.request(
                    .refer, headers: ["Refer-To": "<sip:bob@members.test;method=INVITE>"])
                #expect(invite.status == 403)
                #expect(invite.headers.first("Warning")?.contains("is not registered here") == true)
                #expect(try await ann.refer("sip:nobody@members.test").status == 404)
                let silent = try await ann.request(
                    .refer, headers: ["Refer-To": "<\(rig.uri("team"));method=BYE>", "Refer-Sub": "false"])
                #expect(silent.status == 202)
                #expect(silent.headers.first("Refer-Sub") == "false")
                try await ann.isHungUp()
                #expect(await !ann.requests.contains { $0.request.headers.first("Event") == "refer" })
            }
        }

        @Test func aCancelledNameIsGoneAfterARestartTooUntilItIsCreatedAnew() async throws {
            let store = MemoryStore()
            var rig = try await FocusRig.start(store: store)
            let ann = try await rig.join("team", "ann")
            _ = try await rig.focus.command(.cancel, in: "team", by: "op")
            _ = try await ann.isHungUp()
            await rig.crash()
            rig = try await FocusRig.start(port: rig.port, store: store)
            let bob = try await rig.member("bob")
            do {
                try await bob.dial(rig.uri("team"))
                Issue.record("a cancelled name was answered")
            } catch {
                #expect("\(error)".contains("410"), "\(error)")
            }
            _ = try await rig.focus.create("team", by: "op")
            _ = try await rig.join("team", "cec")
            #expect(try await store.load().cancelled.isEmpty)
            await rig.stop()
        }
    }
}
