// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

extension LiveFocus {
    /// `kill -9` in a meeting of ten, and a restart: nobody redials. `make crash` does it twenty times in a row.
    @Suite(.serialized, .enabled(if: Program.baresip.isInstalled)) struct CrashTests {
        private static let tones = [400.0, 490, 580, 670, 760, 850, 940, 1030, 1120, 1210]
        private static let times = Int(ProcessInfo.processInfo.environment["CONFAB_CRASHES"] ?? "") ?? 1

        @Test(.timeLimit(.minutes(Condition.minutes(15)))) func allHearEachOtherAgain() async throws {
            let folder = try InteropFolder("crash")
            var options = FocusProcess.Options()
            options.settings["storage"] = ["file": folder.path("confab.sqlite")]
            options.settings["audio"] = ["chimes": "false", "lone-member-music": "false", "max-talkers": "10"]
            var focus = try await FocusProcess.start(options)
            options.port = focus.port
            let uri = focus.uri("meeting")
            var phones: [Baresip] = []
            for tone in Self.tones.prefix(3) {
                var phone = Baresip.Options(name: "bare\(Int(tone))", tone: tone, codecs: [.pcmu])
                // One of them by a connection that breaks.
                if tone == Self.tones[2] { phone.transport = .tcp }
                phone.seconds = 600
                phones.append(try await Baresip.start(phone))
            }
            for phone in phones {
                try await phone.dial(focus.uri("meeting", transport: phone.options.transport))
            }
            var agents: [ConfabAgent] = []
            for tone in Self.tones.dropFirst(3) {
                var agent = ConfabAgent.Options(name: "con\(Int(tone))", tone: tone, codecs: [.pcmu])
                if tone == Self.tones[9] { agent.transport = .tcp }
                agents.append(
                    try await ConfabAgent.call(focus.uri("meeting", transport: agent.transport), agent))
            }
            let ears = phones.map(\.ears) + agents.map(\.ears)
            /// Each hears the nine others, for a whole second.
            @Sendable func awaitAll() async throws {
                try await withThrowingTaskGroup { group in
                    for (index, ear) in ears.enumerated() {
                        let others = Set(Self.tones.enumerated().filter { $0.offset != index }.map(\.element))
                        group.addTask { try await ear.awaitExactly(others, of: Self.tones, within: .seconds(20)) }
                    }
                    try await group.waitForAll()
                }
            }
            try await awaitAll()
            agents[0].process.write(line: "before the crash")
            try await agents[1].event("chat")
            _ = try await focus.ctl("mute", "meeting", "con1210")
            _ = try await focus.ctl("unmute", "meeting", "con1210")
            for round in 1...Self.times {
                let before = agents.map(\.ears.seconds)
                let killed = ContinuousClock.now
                await focus.stop(SIGKILL)
                focus = try await FocusProcess.start(options)
                try await focus.awaitLogged("calls=10")
                let up = ContinuousClock.now
                try await awaitAll()
                print(
                    "crash \(round): up again after \(up - killed), all ten have heard each other for a second after \(ContinuousClock.now - killed)"
                )
                // What each `confab` recorded says for how long it missed anybody.
                let gaps = zip(agents, before).map { agent, before in
                    let others = Self.tones.filter { $0 != agent.options.tone }
                    return agent.ears.longestGap(of: others, inLast: agent.ears.seconds - before + 0.5)
                }
                print("crash \(round): nobody missed anybody for longer than \(gaps.max() ?? 0) s")
                let longest = Condition.allowance(.seconds(3)) / Duration.seconds(1)
                #expect(gaps.allSatisfy { $0 <= longest }, "\(gaps)")
                #expect(try await focus.members(of: "meeting").count == 10)
                // What the focus sends within the calls has numbers that nobody has seen.
                agents[0].process.write(line: "round \(round)")
                try await agents[1].event("chat") { $0["text"] as? String == "round \(round)" }
            }
            // Who comes now reads what was said before.
            let late = try await ConfabAgent.call(uri, .init(name: "late", tone: 1400, codecs: [.pcmu]))
            let said = try await late.event("chat")
            #expect(said["text"] as? String == (Self.times < 10 ? "before the crash" : "round \(Self.times - 9)"))
            // Rosters are followed again too.
            try await agents[0].event("roster") { event in
                (event["members"] as? [[String: Any]])?.contains { $0["name"] as? String == "late" } == true
            }
            // What was commanded and who has left stands in the database.
            await late.hangUp()
            try await focus.awaitLogged("call record")
            let audit = try await focus.ctl("audit", "--json").json as? [[String: Any]] ?? []
            #expect(audit.compactMap { $0["command"] as? String } == ["unmute", "mute"])
            for agent in agents { await agent.hangUp() }
            for phone in phones {
                try await phone.hangUp()
                await phone.stop()
            }
            func records() async throws -> Int {
                (try await focus.ctl("records", "--json", "--limit", "20").json as? [[String: Any]] ?? []).count
            }
            // Who hangs up is gone before what is kept of the call is.
            try await Condition.await("eleven records") { try await records() >= 11 }
            #expect(try await records() == 11)
            await focus.stop()
        }
    }
}
