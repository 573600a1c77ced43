// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// What is kept of a meeting, as `confabctl` gives it away.
    @Suite(.serialized) struct ExportTests {
        @Test func callsCommandsAndChatAreTablesAndOneObject() async throws {
            let folder = try InteropFolder("export")
            var options = FocusProcess.Options()
            options.settings["storage"] = ["file": folder.path("confab.sqlite")]
            let focus = try await FocusProcess.start(options)
            let uri = focus.uri("meeting")
            let ann = try await ConfabAgent.call(uri, .init(name: "ann", tone: 440, codecs: [.g722]))
            let bob = try await ConfabAgent.call(uri, .init(name: "bob", tone: 700, codecs: [.pcmu]))
            ann.process.write(line: "=1+1, \"both\"")
            try await bob.event("chat")
            try await Condition.await("figures of both") {
                try await focus.members(of: "meeting").compactMap { $0["codec"] as? String }.count == 2
            }
            #expect(try await focus.ctl("mute", "meeting", "bob").status == 0)
            #expect(try await focus.ctl("kick", "meeting", "bob").status == 0)
            try await bob.event("ended")
            await ann.hangUp()
            try await Condition.await("two records") {
                (try await focus.ctl("records", "--json").json as? [Any])?.count == 2
            }

            let calls = try await rows("records", of: focus)
            #expect(calls.count == 3 && calls[0].hasPrefix("room,member,uri,name,call-id,user-agent,admitted,ended,"))
            let kicked = try #require(calls.first { $0.contains(",bob,") })
            #expect(kicked.contains(",removed,operator ") && kicked.contains(",PCMU,"), "\(kicked)")
            let left = try #require(calls.first { $0.contains(",ann,") })
            #expect(left.contains(",hung-up,") && left.contains(",G.722,"), "\(left)")

            let messages = try await rows("messages", of: focus)
            #expect(messages.count == 2 && messages[1].hasPrefix("meeting,1,"))
            #expect(messages[1].hasSuffix(",ann,,\"'=1+1, \"\"both\"\"\""), "\(messages)")

            let commands = try await rows("audit", of: focus)
            #expect(commands[0] == "at,actor,room,command,target,outcome")
            #expect(commands.dropFirst().map { $0.contains(",kick,") } == [true, false], "\(commands)")

            let all = try #require(try await focus.ctl("export").json as? [String: Any])
            let texts = (all["messages"] as? [[String: Any]] ?? []).compactMap { $0["text"] as? String }
            #expect(texts == ["=1+1, \"both\""])
            #expect((all["calls"] as? [Any])?.count == 2 && (all["audit"] as? [Any])?.count == 2)
            #expect(all["users"] is [Any] && all["rooms"] is [Any])
            await focus.stop()
        }

        /// Lines of a table, its column names first.
        private func rows(_ command: String, of focus: FocusProcess) async throws -> [String] {
            let outcome = try await focus.ctl(command, "--csv")
            #expect(outcome.status == 0 && outcome.output.hasSuffix("\r\n"), "\(outcome)")
            return Array(outcome.output.components(separatedBy: "\r\n").dropLast())
        }
    }
}
