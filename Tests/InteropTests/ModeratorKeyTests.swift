// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// The keys that `confab` has for moderators, pressed in a terminal.
    @Suite(.serialized) struct ModeratorKeyTests {
        private static let tones = [440.0, 700, 930]

        private func agent(_ name: String, _ tone: Double, hasTerminal: Bool) -> ConfabAgent.Options {
            var options = ConfabAgent.Options(name: name, tone: tone, codecs: [.pcmu])
            options.hasTerminal = hasTerminal
            return options
        }

        private func awaitShown(_ text: String, by agent: ConfabAgent) async throws {
            try await Condition.await("\(text) is shown", within: .seconds(10), evidence: { agent.printed }) {
                agent.printed.contains(text)
            }
        }

        /// ada 440 moderates, bob 700 is marked, cyd 930 listens.
        @Test func whoIsMarkedIsMutedAndSentOut() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("keys")
            let ada = try await ConfabAgent.call(uri, agent("ada", 440, hasTerminal: true))
            let bob = try await ConfabAgent.call(uri, agent("bob", 700, hasTerminal: false))
            let cyd = try await ConfabAgent.call(uri, agent("cyd", 930, hasTerminal: false))
            try await cyd.ears.awaitExactly([440, 700], of: Self.tones)
            try await awaitShown("bob", by: ada)
            ada.press("\t")
            try await awaitShown("> * bob", by: ada)

            ada.press("u")
            try await cyd.ears.awaitExactly([440], of: Self.tones)
            try await ada.ears.awaitExactly([930], of: Self.tones)
            try await awaitShown("muted by", by: ada)
            ada.press("u")
            try await cyd.ears.awaitExactly([440, 700], of: Self.tones)

            ada.press("k")
            try await awaitShown("kick bob? y/n", by: ada)
            ada.press("n")
            try await awaitShown("bob stays as it is", by: ada)
            ada.press("k")
            ada.press("y")
            try await bob.event("ended")
            try await cyd.ears.awaitExactly([440], of: Self.tones)

            ada.press("a")
            // All but who leads.
            try await ada.ears.awaitExactly([], of: Self.tones)
            try await cyd.ears.awaitExactly([440], of: Self.tones)
            await ada.hangUp()
            await cyd.hangUp()
            await focus.stop()
        }

        @Test func whoIsNoModeratorReadsTheFocussOwnWords() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("keys")
            let ada = try await ConfabAgent.call(uri, agent("ada", 440, hasTerminal: false))
            let bob = try await ConfabAgent.call(uri, agent("bob", 700, hasTerminal: true))
            try await bob.ears.awaitExactly([440], of: Self.tones)
            bob.press("l")
            try await awaitShown("may lock conference keys", by: bob)
            bob.press("\t")
            try await awaitShown("> * ada", by: bob)
            bob.press("u")
            try await awaitShown("may mute", by: bob)
            try await bob.ears.awaitExactly([440], of: Self.tones)
            let members = try await focus.members(of: "keys")
            #expect(members.allSatisfy { $0["muted"] as? Bool == false }, "\(members)")
            await bob.hangUp()
            await ada.hangUp()
            await focus.stop()
        }
    }
}
