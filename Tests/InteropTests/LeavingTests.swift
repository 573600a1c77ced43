// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// Members leave and come back, by their own will and by that of others.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct LeavingTests {
        private let tones = PhoneRoom.tones

        @Test func eachLeavesAndComesBack() async throws {
            let room = try await PhoneRoom.start()
            try await room.awaitAllHeard()
            try await room.baresip.hangUp()
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.linphone.ears.awaitExactly([700], of: tones)
            try await room.baresip.dial(room.uri)
            try await room.awaitAllHeard()

            try await room.linphone.hangUp()
            try await room.confab.ears.awaitExactly([440], of: tones)
            try await room.baresip.ears.awaitExactly([700], of: tones)
            try await room.linphone.dial(room.uri)
            try await room.awaitAllHeard()

            #expect(await room.confab.hangUp() == .status(0))
            try await room.linphone.ears.awaitExactly([440], of: tones)
            let again = try await ConfabAgent.call(room.uri, room.confab.options)
            try await again.ears.awaitExactly([440, 930], of: tones)
            try await room.linphone.ears.awaitExactly([440, 700], of: tones)
            await again.hangUp()
            await room.stop()
        }

        /// A phone that dies says nothing: its silence ends the membership.
        @Test func aPhoneThatDiesIsGoneAfterTheMediaTimeout() async throws {
            var options = FocusProcess.Options()
            options.settings = ["media": ["rtp-timeout": "2s"]]
            // Nor does it answer a goodbye.
            options.drain = "100ms"
            let focus = try await FocusProcess.start(options)
            let stays = try await ConfabAgent.call(focus.uri("demo"), .init(name: "stays", tone: 700))
            let linphone = try await Linphone.start(.init(name: "lin", tone: 930, codecs: [.pcmu]))
            try await linphone.dial(focus.uri("demo"))
            try await stays.ears.awaitExactly([930], of: tones)
            let mark = focus.mark
            linphone.kill()
            try await focus.awaitLogged("member left", after: mark)
            #expect(try await focus.members(of: "demo").count == 1)
            #expect(focus.log.contains("cause=media-lost"), "\(focus.log.suffix(1000))")
            await stays.hangUp()
            await focus.stop()
        }

        @Test func theCreatorCancelsAndEverybodyIsSentAway() async throws {
            let room = try await PhoneRoom.start()
            try await room.awaitAllHeard()
            let mark = await room.baresip.control.mark
            let linphoneMark = room.linphone.mark
            // baresip came first and is the creator; `confab` is not.
            let refused = try await OwnProgram.confab.run(["cancel", room.uri, "--user", "con"])
            #expect(refused.status == 2, "\(refused)")
            #expect(refused.errors.contains("403"), "\(refused)")
            try await room.confab.ears.awaitExactly([440, 930], of: tones)
            let cancelled = try await OwnProgram.confab.run(["cancel", room.uri, "--user", "bare"])
            #expect(cancelled.status == 0, "\(cancelled)")
            _ = try await room.baresip.awaitClosed(after: mark)
            try await room.linphone.awaitClosed(after: linphoneMark)
            let end = try await room.confab.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            #expect((end["reason"] as? String)?.isEmpty == false, "\(end)")
            let late = try ConfabAgent.start(room.uri, .init(name: "late", tone: 700))
            let answer = try await late.event("ended")
            #expect(answer["status"] as? Int == 410, "\(answer)")
            #expect(await late.process.waitForExit(within: .seconds(3)) == .status(2))
            await room.stop()
        }
    }
}
