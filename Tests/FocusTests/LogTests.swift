// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Logging
import SIP
import TestSupport
import Testing

extension LiveFocusTests {
    /// A call is followed through the log by its Call-ID, and a meeting by its room.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Logs {
        private static let aboutTheFocus: Set = ["listening", "draining", "stopped"]
        /// Of no call in particular.
        private static let aboutRooms: Set = ["room opened", "room ended", "room locked", "room unlocked"]
        /// What the meeting is to have been logged of.
        private static let wanted: Set = [
            "listening", "room opened", "member admitted", "member joined", "call refused", "REFER refused",
            "key command refused", "member muted", "member unmuted", "chat command", "member is asked for the PIN",
            "wrong PIN", "authentication failed", "member left", "call record", "room ended", "stopped",
        ]

        private static func holdMeeting(_ rig: FocusRig, _ log: LogBook) async throws {
            let ann = try await rig.join("team", "ann")
            let bob = try await rig.join("team", "bob")
            _ = try await rig.focus.command(.lock, in: "team", by: "op")
            let eve = try await rig.member("eve")
            await #expect(throws: CallRefused.self) { try await eve.dial(rig.uri("team")) }
            _ = try await rig.focus.command(.unlock, in: "team", by: "op")
            try await everyREFERIsRefused(bob, outside: eve, rig)
            try await bob.press("*7")
            try await Condition.await("the key is refused") { log.has("key command refused") }
            _ = try await rig.focus.command(.mute("bob"), in: "team", by: "op")
            _ = try await rig.focus.command(.unmute("bob"), in: "team", by: "op")

            let dan = try await rig.member("dan")
            await dan.answersCalls()
            #expect(try await ann.refer(await dan.uri, method: .invite).status == 202)
            try await Condition.await("dan is in") {
                try await rig.focus.room("team").members.map(\.state) == [.connected, .connected, .connected]
            }
            // One who does not answer calls refuses.
            let cec = try await rig.member("cec")
            #expect(try await ann.refer(await cec.uri, method: .invite).status == 202)
            try await Condition.await("the refusal") { await ann.fragments.last?.hasPrefix("SIP/2.0 4") == true }

            _ = try await rig.focus.command(.move(to: "yard", "bob"), in: "team", by: "op")
            try await ann.say("/who")
            let gus = try await rig.join("board", "gus")
            try await gus.press("0000#")
            try await Condition.await("the PIN is wrong") { log.has("authentication failed") }
            try await dan.hangUp()
            #expect(try await ann.refer(rig.uri("team")).status == 202)
            try await ann.isHungUp()
        }

        /// In the call and outside of every one, for one and for a list.
        private static func everyREFERIsRefused(
            _ bob: TestMember, outside eve: TestMember, _ rig: FocusRig
        ) async throws {
            let list = """
                <?xml version="1.0"?><resource-lists xmlns="urn:ietf:params:xml:ns:resource-lists"><list>
                <entry uri="sip:fay@127.0.0.1:9"/></list></resource-lists>
                """
            let headers: SIPHeaders = [
                "Refer-To": "<cid:list@members.test>", "Require": "multiple-refer, norefersub",
                "Content-Type": "application/resource-lists+xml", "Content-Disposition": "recipient-list",
            ]
            let room = rig.uri("team")
            #expect(try await bob.refer("sip:ann@members.test").status == 403)
            #expect(try await eve.refer("sip:ann@members.test", to: room).status == 403)
            #expect(try await bob.request(.refer, headers: headers, body: Array(list.utf8)).status == 403)
            let outside = try await eve.request(outside: .refer, to: room, headers: headers, body: Array(list.utf8))
            #expect(outside.status == 403)
        }

        @Test func eachLineSaysOfWhichCallAndRoomItIs() async throws {
            let log = LogBook()
            var logger = log.logger
            logger.logLevel = .debug
            try await withFocus(logger: logger) {
                $0.conference.dialOut = .any
                var board = RoomDefinition(name: "board")
                board.pin = "4711"
                $0.conference.rooms = [board]
            } _: { rig in
                try await Self.holdMeeting(rig, log)
            }
            let entries = log.entries
            let messages = Set(entries.map(\.message))
            #expect(Self.wanted.isSubset(of: messages), "lacking: \(Self.wanted.subtracting(messages))")
            let lacking = entries.filter { entry in
                let (call, room) = (entry.details["call-id"] ?? "", entry.details["room"] ?? "")
                if Self.aboutTheFocus.contains(entry.message) { return false }
                return room.isEmpty || (call.isEmpty && !Self.aboutRooms.contains(entry.message))
            }
            #expect(lacking.isEmpty, "\(lacking.map(\.line))")
            // One `grep` finds it all: the line that fail2ban reads has the Call-ID as the others do.
            let guesses = entries.filter { ["wrong PIN", "authentication failed"].contains($0.message) }
            #expect(Set(guesses.map { $0.details["call-id"] }).count == 1, "\(guesses.map(\.line))")
            #expect(guesses.allSatisfy { $0.details["room"] == "board" })
        }

        /// fail2ban reads that line: nothing in it that a stranger can write looks like an address to ban.
        @Test func aCallIDDoesNotSayWhoGuesses() async throws {
            let log = LogBook()
            try await withFocus(logger: log.logger) {
                var board = RoomDefinition(name: "board")
                board.pin = "4711"
                $0.conference.rooms = [board]
            } _: { rig in
                let eve = try WireCall("eve", to: rig.port)
                let response = try await eve.invite(
                    rig.uri("board") + ";pin=0000", body: WireCall.description(port: 40_000),
                    headers: ["Call-ID": "x\",source=198.51.100.7,@here"])
                #expect(response.status == 200)
                await eve.ack()
                try await Condition.await("the guess") { log.has("authentication failed") }
                let line = try #require(log.entries.first { $0.message == "authentication failed" })
                #expect(line.details["call-id"] == "x%22,source%3D198.51.100.7,@here")
                #expect(line.details["source"] == "127.0.0.1")
            }
        }

        /// Who is called by the focus reads the same Call-ID that its log has.
        @Test func aCallOfTheFocussIsLoggedByTheCallIDOfItsINVITE() async throws {
            let log = LogBook()
            try await withFocus(logger: log.logger) {
                $0.conference.dialOut = .any
            } _: { rig in
                let desk = try WireCall("desk", to: rig.port)
                _ = try await rig.focus.create("team", by: "op")
                _ = try await rig.focus.command(.invite("sip:desk@\(desk.socket.address)"), in: "team", by: "op")
                let callID = try #require(try await desk.receive(.invite).callID)
                _ = try await rig.focus.command(.kick("desk"), in: "team", by: "op")
                try await Condition.await("its record") { log.has("call record") }
                let record = try #require(log.entries.last { $0.message == "call record" })
                #expect(record.details["call-id"] == callID)
                #expect(record.details["room"] == "team")
            }
        }
    }
}
