// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// What `confabctl room set` says, as people find it who dial.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct RoomRuleTests {
        private static let tones = [440.0, 700]

        private static func arrange(_ focus: FocusProcess, _ arguments: [String]) async throws {
            let outcome = try await focus.ctl(["room", "set"] + arguments)
            #expect(outcome.status == 0, "\(outcome)")
        }

        /// - Parameter pin: dialled with the address.
        private static func call(
            _ room: String, _ name: String, _ tone: Double, pin: String? = nil, of focus: FocusProcess
        ) async throws -> ConfabAgent {
            try await ConfabAgent.call(
                focus.uri(room) + (pin.map { ";pin=\($0)" } ?? ""), .init(name: name, tone: tone, codecs: [.pcmu]))
        }

        /// What a caller gets who does not get in.
        private static func refusal(_ room: String, of focus: FocusProcess) async throws -> Int? {
            let agent = try ConfabAgent.start(focus.uri(room), .init(name: "late", tone: 1200))
            return try await agent.event("ended")["status"] as? Int
        }

        private static func member(_ name: String, of room: String, _ focus: FocusProcess) async throws
            -> [String: Any]?
        {
            try await focus.members(of: room).first { ($0["uri"] as? String)?.hasPrefix("sip:\(name)@") == true }
        }

        private static func awaitState(
            _ state: String, of name: String, in room: String, _ focus: FocusProcess
        ) async throws {
            try await Condition.await("\(name) is \(state)", evidence: { focus.log }) {
                try await member(name, of: room, focus)?["state"] as? String == state
            }
        }

        @Test func whoHasNotThePINHearsNobody() async throws {
            var options = FocusProcess.Options()
            // What is spoken has a bit of every tone.
            options.settings["prompts"] = ["language": "none"]
            let focus = try await FocusProcess.start(options)
            try await Self.arrange(focus, ["board", "--pin", "4711", "--moderator-pin", "0815"])
            let chair = try await Self.call("board", "chair", 440, pin: "0815", of: focus)
            let eve = try await Self.call("board", "eve", 700, of: focus)
            try await Self.awaitState("waiting", of: "eve", in: "board", focus)
            try await eve.ears.awaitExactly([], of: Self.tones)
            try await chair.ears.awaitExactly([], of: Self.tones)
            await eve.hangUp()
            let bob = try await Self.call("board", "bob", 700, pin: "4711", of: focus)
            try await bob.ears.awaitExactly([440], of: Self.tones)
            try await chair.ears.awaitExactly([700], of: Self.tones)
            #expect(eve.ears.tonesEver(of: Self.tones) == [])
            let roles = try await focus.members(of: "board").map { $0["role"] as? String }
            #expect(roles == ["moderator", "member"])
            for agent in [chair, bob] { await agent.hangUp() }
            await focus.stop()
        }

        @Test func noMoreComeInThanTheLimitSays() async throws {
            let focus = try await FocusProcess.start()
            try await Self.arrange(focus, ["small", "--max-members", "1", "--video", "grid"])
            let ann = try await Self.call("small", "ann", 440, of: focus)
            let shown = try await focus.ctl("show", "small", "--json").json as? [String: Any]
            let summary = try #require(shown?["summary"] as? [String: Any])
            #expect(summary["maxMembers"] as? Int == 1 && summary["video"] as? String == "grid")
            #expect(summary["origin"] as? String == "arranged")
            #expect(try await Self.refusal("small", of: focus) == 486)
            // A room that stands follows.
            try await Self.arrange(focus, ["small", "--max-members", "2"])
            let bob = try await Self.call("small", "bob", 700, of: focus)
            try await bob.ears.awaitExactly([440], of: Self.tones)
            // Taken back, it is as rooms are of which nothing was said.
            try await Self.arrange(focus, ["small", "--max-members", "none", "--video", "none"])
            #expect(try await focus.ctl("create", "plain").status == 0)
            var rules: [[String]] = []
            for room in ["small", "plain"] {
                let shown = try await focus.ctl("show", room, "--json").json as? [String: Any]
                let summary = try #require(shown?["summary"] as? [String: Any])
                rules.append(["maxMembers", "video"].map { "\(summary[$0] ?? "none")" })
            }
            #expect(rules.first == rules.last)
            for agent in [ann, bob] { await agent.hangUp() }
            await focus.stop()
        }

        /// In the room, where it may change meanwhile, and in the list of rooms.
        @Test func peopleReadTheTitle() async throws {
            let focus = try await FocusProcess.start()
            try await Self.arrange(focus, ["board", "--title", "R&D <weekly>"])
            let ann = try await Self.call("board", "ann", 440, of: focus)
            _ = try await ann.event("roster") { $0["name"] as? String == "R&D <weekly>" }
            let mark = ann.events.count
            try await Self.arrange(focus, ["board", "--title", "The board"])
            _ = try await ann.event("roster", after: mark) { $0["name"] as? String == "The board" }
            let list = try await OwnProgram.confab.run(["list", focus.address])
            #expect(list.output == "\(focus.uri("board"))  1 member  The board\n", "\(list)")
            try await Self.arrange(focus, ["board", "--title", "none"])
            _ = try await ann.event("roster", after: mark) { $0["name"] as? String == "board" }
            let plain = try await OwnProgram.confab.run(["list", focus.address])
            #expect(plain.output == "\(focus.uri("board"))  1 member\n", "\(plain)")
            await ann.hangUp()
            await focus.stop()
        }

        /// Muted from the start, where each opens its own microphone when it likes, or in a webinar, where nobody does.
        @Test(arguments: ["--join-muted", "--presenter-only"])
        func newcomersAreNotHeardAtFirst(rule: String) async throws {
            let focus = try await FocusProcess.start()
            try await Self.arrange(focus, ["hall", "--moderator-pin", "0815", rule])
            let chair = try await Self.call("hall", "chair", 440, pin: "0815", of: focus)
            let bob = try await Self.call("hall", "bob", 700, of: focus)
            try await bob.ears.awaitExactly([440], of: Self.tones)
            try await chair.ears.awaitExactly([], of: Self.tones)
            let muted = try await Self.member("bob", of: "hall", focus)?["muted"] as? Bool
            #expect(muted == true)
            if rule == "--join-muted" {
                let asked = try await focus.ctl("unmute", "hall", "bob")
                #expect(asked.status == 0 && asked.output.contains("is asked to unmute"), "\(asked)")
                bob.process.write(line: "/unmute")
            } else {
                bob.process.write(line: "/unmute")
                try await bob.event("chat") { ($0["text"] as? String)?.contains("who alone can unmute it") == true }
                try await chair.ears.awaitExactly([], of: Self.tones)
                #expect(try await focus.ctl("role", "hall", "bob", "presenter").status == 0)
            }
            try await chair.ears.awaitExactly([700], of: Self.tones)
            for agent in [chair, bob] { await agent.hangUp() }
            await focus.stop()
        }

        @Test func allWaitForTheModeratorAndGoWithIt() async throws {
            let focus = try await FocusProcess.start()
            let rules = ["--wait-for-moderator", "--end-with-moderator", "--moderator-pin", "0815"]
            try await Self.arrange(focus, ["hall"] + rules)
            let bob = try await Self.call("hall", "bob", 700, of: focus)
            try await Self.awaitState("waiting", of: "bob", in: "hall", focus)
            let chair = try await Self.call("hall", "chair", 440, pin: "0815", of: focus)
            try await bob.ears.awaitExactly([440], of: Self.tones)
            try await chair.ears.awaitExactly([700], of: Self.tones)
            await chair.hangUp()
            let end = try await bob.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            await focus.stop()
        }

        /// Else they would wait for who need not come any more.
        @Test func whoWaitsComesInWhenTheRuleIsTakenBack() async throws {
            let focus = try await FocusProcess.start()
            try await Self.arrange(focus, ["hall", "--wait-for-moderator", "--moderator-pin", "0815"])
            let ann = try await Self.call("hall", "ann", 440, of: focus)
            let bob = try await Self.call("hall", "bob", 700, of: focus)
            for name in ["ann", "bob"] { try await Self.awaitState("waiting", of: name, in: "hall", focus) }
            try await Self.arrange(focus, ["hall", "--no-wait-for-moderator"])
            try await bob.ears.awaitExactly([440], of: Self.tones)
            try await ann.ears.awaitExactly([700], of: Self.tones)
            for agent in [ann, bob] { await agent.hangUp() }
            await focus.stop()
        }

        @Test func aRoomIsRecordedFromTheStartAndStandsInNoList() async throws {
            let folder = try InteropFolder("ruled")
            try folder.makeFolder("recordings")
            var options = FocusProcess.Options()
            options.settings["recording"] = ["folder": folder.path("recordings"), "min-free": "1"]
            let focus = try await FocusProcess.start(options)
            try await Self.arrange(focus, ["board", "--record", "--record-as", "audio", "--no-listed"])
            let ann = try await Self.call("board", "ann", 440, of: focus)
            try await Condition.await("a recording") {
                let files = try await focus.ctl("recordings", "--json").json as? [[String: Any]] ?? []
                return files.map { $0["kind"] as? String } == ["audio"] && files.first?["isOpen"] as? Bool == true
            }
            let shown = try await focus.ctl("show", "board", "--json").json as? [String: Any]
            #expect((shown?["summary"] as? [String: Any])?["recording"] as? String == "recording")
            // Operators see it, whoever dials the list does not.
            #expect(try await focus.ctl("list").output.contains("board"))
            let list = try await OwnProgram.confab.run(["list", focus.address])
            #expect(list.status == 0 && list.output == "No conferences.\n", "\(list)")
            try await Self.arrange(focus, ["board", "--listed"])
            let later = try await OwnProgram.confab.run(["list", focus.address])
            #expect(later.output.contains(focus.uri("board")), "\(later)")
            await ann.hangUp()
            await focus.stop()
        }

        @Test func aRoomOpensWhenItsTimeHasCome() async throws {
            var options = FocusProcess.Options()
            options.settings["conference"] = ["adhoc": "false"]
            let focus = try await FocusProcess.start(options)
            #expect(try await Self.refusal("later", of: focus) == 404)
            let now = Date()
            func times(_ start: TimeInterval, _ end: TimeInterval) -> [String] {
                ["later", "--start", (now + start).formatted(.iso8601), "--end", (now + end).formatted(.iso8601)]
            }
            for (start, end) in [(3600.0, 7200.0), (-7200, -3600)] {
                try await Self.arrange(focus, times(start, end))
                #expect(try await Self.refusal("later", of: focus) == 480, "\(start)")
            }
            // Yesterday's meeting comes again now.
            try await Self.arrange(focus, times(-86_400 - 3600, -86_400 + 3600) + ["--every", "daily"])
            let ann = try await Self.call("later", "ann", 440, of: focus)
            try await Self.awaitState("connected", of: "ann", in: "later", focus)
            // That was the last time.
            try await Self.arrange(focus, times(-7200, -3600) + ["--every", "once"])
            let end = try await ann.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            await focus.stop()
        }

        @Test func theOwnerNeedsNoPINAndLeads() async throws {
            var options = FocusProcess.Options()
            options.settings["auth"] = ["mode": "users"]
            let focus = try await FocusProcess.start(options)
            try await Self.arrange(focus, ["board", "--owner", "ann", "--pin", "4711"])
            var agents: [ConfabAgent] = []
            for (name, state) in [("ann", "connected"), ("bob", "waiting")] {
                var caller = ConfabAgent.Options(name: name, tone: 440, codecs: [.pcmu])
                caller.account = try await focus.account(name)
                agents.append(try await ConfabAgent.call(focus.uri("board"), caller))
                try await Self.awaitState(state, of: name, in: "board", focus)
            }
            let role = try await Self.member("ann", of: "board", focus)?["role"] as? String
            #expect(role == "creator")
            for agent in agents { await agent.hangUp() }
            await focus.stop()
        }
    }
}
