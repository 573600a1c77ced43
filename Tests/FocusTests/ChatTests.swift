// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import SDP
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Chat {
        private static let quiet = TestMember.Options().with { $0.tone = nil }
        private static let cpim = quiet.with { $0.readsCPIM = true }

        @Test func othersReadItWithItsAuthorAndNobodyElseDoes() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.cpim)
                let cec = try await rig.join("team", "cec", Self.quiet)
                let eve = try await rig.join("other", "eve", Self.quiet)
                #expect(try await ann.say("hello").status == 200)
                #expect(try await cec.reads(1) == ["ann: hello"])
                let read = try #require(CPIMMessage(Array(try await bob.reads(1)[0].utf8)))
                #expect(read.from?.name == "ann")
                #expect(read.from?.uri.hasPrefix("sip:ann@") == true)
                #expect(read.to.map(\.uri) == [rig.uri("team")])
                #expect(read.sent != nil)
                // In an envelope as well, and outside the call: its author is known by address and host.
                let reply = CPIMMessage(
                    from: .init(uri: "sip:forged@example.com"), to: [.init(uri: rig.uri("team"))], text: "hi all")
                let response = try await bob.request(
                    outside: .message, to: rig.uri("team"), headers: ["Content-Type": CPIMMessage.contentType],
                    body: reply.bytes)
                #expect(response.status == 200)
                #expect(try await ann.reads(1) == ["bob: hi all"])
                #expect(try await cec.reads(2).last == "bob: hi all")
                // What another room wrote came after all that, and is all that it reads.
                try await eve.say("/who")
                #expect(try await eve.reads(1) == ["eve (creator)"])
                #expect(await bob.messages.count == 1)
            }
        }

        /// Telephones show the room's messages as one text: what follows a line's end must not read as another member's.
        @Test func aMessageOfTwoLinesPassesForNobodyElses() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                let cec = try await rig.join("team", "cec", Self.cpim)
                try await ann.say("agreed\ncec: so am I")
                #expect(try await bob.reads(1) == ["ann: agreed\n  cec: so am I"])
                let read = try #require(CPIMMessage(Array(try await cec.reads(1)[0].utf8)))
                #expect(String(decoding: read.content, as: UTF8.self) == "agreed\ncec: so am I")
            }
        }

        @Test func whoIsNotInTheRoomWritesNothing() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let eve = try await rig.join("other", "eve", Self.quiet)
                let headers: SIPHeaders = ["Content-Type": "text/plain"]
                let response = try await eve.request(
                    outside: .message, to: rig.uri("team"), headers: headers, body: Array("psst".utf8))
                #expect(response.status == 403)
                #expect(response.headers.first("Warning")?.contains("dial it first") == true)
                let nowhere = try await eve.request(
                    outside: .message, to: rig.uri("nowhere"), headers: headers, body: Array("psst".utf8))
                #expect(nowhere.status == 404)
                // Neither did it reach her: the answer to this comes after.
                try await ann.say("/help")
                #expect(try await ann.reads(1) == [ChatCommand.explanation])
            }
        }

        @Test func aWhisperIsForOneAlone() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                let cec = try await rig.join("team", "cec", Self.quiet)
                try await ann.say("/msg bob between us")
                #expect(try await bob.reads(1) == ["ann (to you alone): between us"])
                #expect(try await ann.reads(1) == ["To bob alone: sent."])
                try await ann.say("for all")
                #expect(try await cec.reads(1) == ["ann: for all"])
                // Nor does one who comes later read it.
                let dan = try await rig.join("team", "dan", Self.quiet)
                #expect(try await dan.reads(1) == ["ann: for all"])
            }
        }

        @Test func anEnvelopeIsForThoseWhomItNames() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                let cec = try await rig.join("team", "cec", Self.cpim)
                let dan = try await rig.join("team", "dan", Self.quiet)
                func write(_ text: String, _ parties: String...) async throws -> Int {
                    let envelope = CPIMMessage(to: parties.map { .init(uri: $0) }, text: text)
                    let type: SIPHeaders = ["Content-Type": CPIMMessage.contentType]
                    return try await ann.request(.message, headers: type, body: envelope.bytes).status
                }
                let (toBob, toCec) = ("sip:bob@members.test", "sip:cec@members.test")
                #expect(try await write("for two", toBob, toCec, toBob) == 200)
                // Whom nobody knows, or by no address that we know, is not everybody, and then nobody reads it.
                #expect(try await write("lost", toBob, "sip:eve@members.test") == 404)
                #expect(try await write("lost", "im:bob@members.test") == 404)
                #expect(try await write("for all", rig.uri("team"), toBob) == 200)
                #expect(try await bob.reads(2) == ["ann (to you alone): for two", "ann: for all"])
                let read = try await cec.reads(2).compactMap { CPIMMessage(Array($0.utf8)) }
                #expect(read.map { $0.to.map(\.uri) } == [[toCec], [rig.uri("team")]])
                #expect(try await dan.reads(1) == ["ann: for all"])
            }
        }

        @Test func whoseTelephoneTakesNoMessagesIsNotSaidToHaveGotOne() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                _ = try await rig.join("team", "bob", Self.quiet.with { $0.messageStatus = 405 })
                try await ann.say("hello")
                #expect(try await ann.reads(1) == ["bob did not get your message \"hello\"."])
                try await ann.say("/msg bob psst")
                #expect(try await ann.reads(2).last == "The telephone of bob takes no messages.")
                let envelope = CPIMMessage(to: [.init(uri: "sip:bob@members.test")], text: "psst")
                let answer = try await ann.request(
                    .message, headers: ["Content-Type": CPIMMessage.contentType], body: envelope.bytes)
                #expect(answer.status == 403)
            }
        }

        /// Trap 12: telephones have been seen to end their calls over it. One whose Allow has it reads everything.
        @Test func aTelephoneThatDoesNotAllowMessagesIsSentNone() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .tone(440))
                _ = try await rig.join("board", "cec", Self.quiet)
                try await ann.say("before")
                let audio = try MemberAudio()
                defer { audio.close() }
                let (old, new) = (try WireCall("old", to: rig.port), try WireCall("new", to: rig.port))
                let methods = "INVITE, ACK, BYE, CANCEL, OPTIONS"
                let accepted = try await old.invite(
                    rig.uri("team"), body: WireCall.description(port: audio.port), headers: ["Allow": methods])
                await old.ack()
                try Offers.play(1000, from: audio, as: try SessionDescription(parsing: accepted.body))
                let other = try await new.invite(
                    rig.uri("team"), body: WireCall.description(port: 40_000),
                    headers: ["Allow": "\(methods), MESSAGE"])
                #expect(accepted.status == 200 && other.status == 200)
                await new.ack()
                try await Self.reads("ann: before", new)
                try await ann.audio.hears(1000)

                try await ann.say("hello")
                try await Self.reads("ann: hello", new)
                try await ann.say("/msg old psst")
                #expect(try await ann.reads(1) == ["The telephone of old takes no messages."])
                try await audio.hears(440)
                try await ann.audio.hears(1000)
                // What the room itself has to say comes with a move.
                for name in ["new", "old"] {
                    _ = try await rig.focus.command(.move(to: "board", .named(name)), in: "team", by: "op")
                }
                try await Self.reads("You are in conference board now.", new)
                #expect(try await rig.focus.room("board").members.count == 3)
                _ = try await rig.focus.command(.kick("old"), in: "board", by: "op")
                let requests = try await Self.requests(to: old)
                #expect(requests.contains(.invite) && !requests.contains(.message))
            }
        }

        /// Waits for that message and takes it.
        private static func reads(_ text: String, _ phone: WireCall) async throws {
            let message = try await phone.receive(.message) { String(decoding: $0.body, as: UTF8.self) == text }
            await phone.socket.send(SIPResponse(to: message, status: 200).serialized())
        }

        /// All that has come and comes up to a BYE.
        private static func requests(to phone: WireCall) async throws -> [SIPMethod] {
            var methods: [SIPMethod] = []
            while methods.last != .bye {
                let bytes = try #require(await phone.socket.receive())
                guard case .message(.request(let request)) = SIPParser.parse(bytes) else { continue }
                methods.append(request.method)
            }
            return methods
        }

        /// What was said before it came is no news to its authors.
        @Test func aNewcomerThatTakesNoMessagesFailsNobody() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                for text in ["one", "two"] { try await ann.say(text) }
                let bob = try await rig.join("team", "bob", Self.quiet.with { $0.messageStatus = 405 })
                try await Condition.await("the first of them") { await !bob.messages.isEmpty }
                try await ann.say("/msg bob psst")
                #expect(try await ann.reads(1) == ["The telephone of bob takes no messages."])
            }
        }

        /// All who are anonymous have one address.
        @Test func theFailureOfAPrivateMessageIsToldToItsAuthorAlone() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "zed", Self.quiet.with { $0.messageStatus = 486 })
                let author = try await rig.join("team", "anonymous", Self.quiet)
                let other = try await rig.join("team", "anonymous", Self.quiet)
                try await author.say("/msg zed psst")
                #expect(try await author.reads(2).last == "zed did not get your message \"psst\".")
                try await other.say("/help")
                #expect(try await other.reads(1) == [ChatCommand.explanation])
            }
        }

        @Test func whoComesLaterReadsTheEndAndOnlyWhileTheRoomStands() async throws {
            try await withFocus {
                $0.chat.history = 2
            } _: { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                for text in ["one", "two", "three"] { try await ann.say(text) }
                let bob = try await rig.join("team", "bob", Self.quiet)
                #expect(try await bob.reads(2) == ["ann: two", "ann: three"])
                try await ann.hangUp()
                try await bob.hangUp()
                let cec = try await rig.join("team", "cec", Self.quiet)
                try await cec.say("/who")
                #expect(try await cec.reads(1) == ["cec (creator)"])
            }
        }

        /// As many as write in a lively webinar, for as long as a queue would take to fill: twenty messages a second, each to fifty.
        @Test func fiftyMembersReadAllInOneOrder() async throws {
            try await withFocus {
                $0.sip.maxCallsPerSecond = 1000
            } _: { rig in
                var members: [TestMember] = []
                let options = Self.quiet.with { $0.records = false }
                try await withThrowingTaskGroup(of: TestMember.self) { group in
                    for number in 0..<50 {
                        group.addTask { try await rig.join("team", "m\(number)", options) }
                    }
                    for try await member in group { members.append(member) }
                }
                members.sort { Int($0.name.dropFirst()) ?? 0 < Int($1.name.dropFirst()) ?? 0 }
                let (writers, rounds) = (10, 20)
                let clock = try await rig.join("clock", "clock")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for (number, writer) in members.prefix(writers).enumerated() {
                        group.addTask {
                            try await clock.audio.passes(50 * number)
                            for round in 0..<rounds {
                                try await clock.audio.passes(480)
                                #expect(try await writer.say("\(round)").status == 200)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                // What comes twice comes before this, which is in the same order.
                let reader = try #require(members.last)
                try await reader.say("the end")
                let all = try await reader.reads(rounds * writers)
                for number in 0..<writers {
                    let own = all.filter { $0.hasPrefix("m\(number): ") }
                    #expect(own == (0..<rounds).map { "m\(number): \($0)" }, "each once and in order")
                }
                for (number, member) in members.dropLast().enumerated() {
                    let others = all.filter { !$0.hasPrefix("m\(number): ") } + ["m49: the end"]
                    #expect(try await member.reads(others.count) == others, "\(member.name)")
                }
                #expect(await reader.messages == all && all.count == rounds * writers)
            }
        }

        @Test func whoMutedItselfIsAskedAndDecides() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", .tone(1000))
                try await ann.audio.hears(1000)
                try await bob.say("/mute")
                try await ann.audio.losesTone(1000)
                try await ann.say("/unmute bob")
                #expect(try await ann.reads(1) == ["bob is asked to unmute."])
                #expect(try await bob.reads(2).last == "You are asked to speak: press *6, or write /unmute.")
                #expect(try await rig.focus.room("team").members[1].muted)
                try await bob.say("/unmute")
                try await ann.audio.hears(1000)
            }
        }

        @Test func commandsDoWhatTheRoleAllows() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                try await bob.say("/kick ann")
                #expect(try await bob.reads(1).last?.hasPrefix("Only moderators and operators may") == true)
                try await ann.say("/lock")
                #expect(try await ann.reads(1).last == "Conference team is locked: nobody gets in any more.")
                #expect(try await rig.focus.room("team").summary.locked)
                try await ann.say("/mute bob")
                #expect(try await ann.reads(2).last == "bob is muted.")
                try await ann.say("/kick bob")
                #expect(try await ann.reads(3).last == "bob is out.")
                try await bob.isHungUp()
                try await ann.say("/list")
                #expect(try await ann.reads(4).last == "\(rig.uri("team")) - 1 member, locked")
                try await ann.say("/create side room")
                #expect(try await ann.reads(5).last?.contains("sip:side%20room@127.0.0.1:\(rig.port)") == true)
                #expect(await rig.focus.rooms().map(\.name) == ["side room", "team"])
                try await ann.say("/cancel")
                try await ann.isHungUp()
            }
        }

        @Test func theListAnswersWhoIsInNoRoom() async throws {
            try await withFocus { rig in
                _ = try await rig.join("team", "ann", Self.quiet)
                let eve = try await rig.member("eve", Self.quiet)
                let response = try await eve.request(
                    outside: .message, to: rig.uri("conferences"), headers: ["Content-Type": "text/plain"],
                    body: Array("/list".utf8))
                #expect(response.status == 200)
                #expect(try await eve.reads(1) == ["\(rig.uri("team")) - 1 member"])
            }
        }

        @Test func theAuthorHearsOfAFailure() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                _ = try await rig.join("team", "bob", Self.quiet.with { $0.messageStatus = 486 })
                _ = try await rig.join("team", "cec", Self.quiet.with { $0.messageStatus = 405 })
                try await ann.say("hello")
                let told = try await ann.reads(2)
                #expect(
                    Set(told) == [
                        "bob did not get your message \"hello\".", "cec did not get your message \"hello\".",
                    ])
            }
        }

        @Test func unfitMessagesAreRefusedAndTypingIsPassedOver() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", Self.quiet)
                let bob = try await rig.join("team", "bob", Self.quiet)
                func status(_ type: String, _ body: String) async throws -> Int {
                    try await ann.request(.message, headers: ["Content-Type": type], body: Array(body.utf8)).status
                }
                #expect(try await status("application/octet-stream", "x") == 415)
                #expect(try await status("message/cpim", "no envelope") == 415)
                #expect(try await status("application/im-iscomposing+xml", "<isComposing/>") == 200)
                #expect(try await status("text/plain", String(repeating: "x", count: 4001)) == 413)
                #expect(try await status("text/plain", " \r\n") == 200)
                #expect(try await status("text/plain;charset=utf-8", "//not a command") == 200)
                #expect(try await bob.reads(1) == ["ann: /not a command"])
                let flood = try await withThrowingTaskGroup(of: Int.self) { group in
                    for number in 0..<30 { group.addTask { try await ann.say("\(number)").status } }
                    return try await group.reduce(into: []) { $0.append($1) }
                }
                #expect(flood.contains(503))
            }
        }
    }
}
