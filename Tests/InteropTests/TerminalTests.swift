// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// `confab` at a terminal: what its keys do is what the others hear.
    @Suite(.serialized) struct TerminalTests {
        private let tones = [440.0, 700]

        @Test func keysMuteAndDial() async throws {
            let focus = try await FocusProcess.start()
            let other = try await ConfabAgent.call(focus.uri("keys"), .init(name: "other", tone: 440))
            var options = ConfabAgent.Options(name: "con", tone: 700)
            options.hasTerminal = true
            let confab = try await ConfabAgent.call(focus.uri("keys"), options)
            try await other.ears.awaitExactly([700], of: tones)
            confab.press("m")
            try await other.ears.awaitExactly([], of: tones)
            // Muted, it hears on.
            try await confab.ears.awaitExactly([440], of: tones)
            confab.press("m")
            try await other.ears.awaitExactly([700], of: tones)
            // The focus mutes whoever dials *6, and lets it speak at the second.
            for speaks in [false, true] {
                confab.press("*")
                confab.press("6")
                try await Condition.await("*6 is taken", evidence: { confab.printed }) {
                    try await focus.members(of: "keys").count { $0["muted"] as? Bool == true } == (speaks ? 0 : 1)
                }
                try await other.ears.awaitExactly(speaks ? [700] : [], of: tones)
            }
            await confab.hangUp()
            await other.hangUp()
            await focus.stop()
        }
    }
}
