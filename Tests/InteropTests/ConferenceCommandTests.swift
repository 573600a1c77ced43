// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// `confab create`, `confab list` and `confab cancel`, as people and scripts run them.
    @Suite(.serialized) struct ConferenceCommandTests {
        /// - Returns: also the address that it printed.
        private func create(_ conference: String) async throws -> (agent: ConfabAgent, address: String) {
            var options = ConfabAgent.Options(name: "ann", tone: 440)
            options.command = "create"
            let agent = try await ConfabAgent.call(conference, options)
            let established = try await agent.event("established")
            #expect(established["focus"] as? Bool == true, "\(established)")
            return (agent, try #require(established["remote"] as? String))
        }

        private func confab(_ arguments: String...) async throws -> OwnProgram.Outcome {
            try await OwnProgram.confab.run(arguments)
        }

        /// What `confab list --json` printed, a line each: how many are in which room.
        private func members(_ outcome: OwnProgram.Outcome) -> [String: Int] {
            outcome.output.split(separator: "\n").reduce(into: [:]) { counts, line in
                let room = (try? JSONSerialization.jsonObject(with: Data(line.utf8))) as? [String: Any]
                if let uri = room?["uri"] as? String { counts[uri] = room?["members"] as? Int }
            }
        }

        private func isSentHome(_ agent: ConfabAgent) async throws {
            let end = try await agent.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            #expect(await agent.process.waitForExit(within: .seconds(5)) == .status(0))
        }

        @Test func whatIsCreatedIsDialledListedAndCancelled() async throws {
            let focus = try await FocusProcess.start()
            let empty = try await confab("list", focus.address)
            #expect(empty.status == 0 && empty.output == "No conferences.\n", "\(empty)")

            let (standup, named) = try await create("standup@\(focus.address)")
            #expect(named == focus.uri("standup"))
            let (meeting, made) = try await create(focus.address)
            #expect(made.hasPrefix("sip:") && made.hasSuffix("@\(focus.address)") && made != named, "\(made)")
            let bob = try await ConfabAgent.call(made, .init(name: "bob", tone: 700))
            try await bob.ears.awaitExactly([440], of: [440, 700])

            let table = try await confab("list", focus.address)
            #expect(table.status == 0 && table.errors.isEmpty, "\(table)")
            let rows = table.output.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
            #expect(rows.sorted() == ["\(named) 1 member", "\(made) 2 members"].sorted(), "\(table)")
            let listed = try await confab("list", focus.address, "--json")
            #expect(listed.status == 0 && members(listed) == [named: 1, made: 2], "\(listed)")

            let denied = try await confab("cancel", made, "--user", "bob")
            #expect(denied.status == 2 && denied.output.isEmpty, "\(denied)")
            #expect(denied.errors.hasPrefix("confab: "), "\(denied)")
            let cancelled = try await confab("cancel", made, "--user", "ann")
            #expect(cancelled.status == 0 && cancelled.output == "Cancelled.\n", "\(cancelled)")
            for agent in [meeting, bob] { try await isSentHome(agent) }
            #expect(members(try await confab("list", focus.address, "--json")) == [named: 1])

            #expect(try await confab("cancel", named, "--user", "ann").status == 0)
            try await isSentHome(standup)
            #expect(try await confab("cancel", named, "--user", "ann").status == 2)
            // A name that was cancelled is gone for its creator, too.
            let late = try await confab(
                "create", "standup@\(focus.address)", "--headless", "--mic", "none", "--speaker", "none")
            #expect(late.status == 2 && "\(late)".contains("410"), "\(late)")
            await focus.stop()
        }

        @Test func whoCreatesReadsTheAddress() async throws {
            let focus = try await FocusProcess.start()
            let outcome = try await confab(
                "create", "daily@\(focus.address)", "--headless", "--mic", "none", "--speaker", "none", "--duration",
                "0.5")
            #expect(outcome.status == 0 && outcome.output.contains(focus.uri("daily")), "\(outcome)")
            for command in ["create", "list", "cancel"] {
                #expect(try await confab(command).status == 64, "\(command)")
            }
            await focus.stop()
        }
    }
}
