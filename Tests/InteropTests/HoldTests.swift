// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// A member on hold is not heard, whatever its phone plays meanwhile, and comes back.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct HoldTests {
        private let tones = PhoneRoom.tones

        @Test func baresipHoldsAndComesBack() async throws {
            let room = try await PhoneRoom.start()
            try await room.awaitAllHeard()
            try await room.baresip.hold()
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.linphone.ears.awaitExactly([700], of: tones)
            // baresip 1.0 neither sends nor gets anything while it holds.
            try await Condition.await(
                "baresip hears nothing", within: .seconds(15),
                evidence: { "\(String(describing: room.baresip.mediaRate))" }
            ) {
                room.baresip.mediaRate?.received == 0
            }
            #expect(try await room.focus.members(of: "meeting").count { $0["held"] as? Bool == true } == 1)
            #expect(room.confab.ears.tones(of: tones, inLast: 1).subtracting([930]) == [])
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.baresip.resume()
            try await room.confab.ears.awaitExactly([440, 930], of: tones)
            try await room.linphone.ears.awaitExactly([440, 700], of: tones)
            // Its recorder ends with the hold: what it hears shows in its own display alone.
            try await Condition.await("baresip hears again", within: .seconds(15)) {
                room.baresip.mediaRate?.received ?? 0 > 0
            }
            await room.stop()
        }

        @Test func linphoneHoldsAndComesBack() async throws {
            let room = try await PhoneRoom.start()
            try await room.awaitAllHeard()
            try await room.linphone.hold()
            try await room.confab.ears.awaitExactly([440], of: tones)
            // It goes on sending: the file it plays to whoever is put on hold. None of that gets into the room.
            let before = try await room.focus.packetsIn
            try await Condition.await("three seconds of packets of three phones", within: .seconds(6)) {
                try await room.focus.packetsIn >= before + 450
            }
            #expect(try await room.focus.members(of: "meeting").count { $0["held"] as? Bool == true } == 1)
            #expect(room.confab.ears.tones(of: tones, inLast: 2).subtracting([440]) == [])
            try await room.confab.ears.awaitExactly([440], of: tones)
            try await room.baresip.ears.awaitExactly([700], of: tones)
            try await room.linphone.resume()
            try await room.awaitAllHeard()
            await room.stop()
        }

        @Test func confabHoldsAndComesBackByKey() async throws {
            let room = try await PhoneRoom.start(confabHasTerminal: true)
            try await room.awaitAllHeard()
            room.confab.press("h")
            try await room.linphone.ears.awaitExactly([440], of: tones)
            try await room.baresip.ears.awaitExactly([930], of: tones)
            try await room.confab.ears.awaitExactly([], of: tones)
            room.confab.press("h")
            try await room.awaitAllHeard()
            await room.stop()
        }

        @Test func allHoldAtOnceAndComeBack() async throws {
            let room = try await PhoneRoom.start(confabHasTerminal: true)
            try await room.awaitAllHeard()
            try await room.baresip.hold()
            try await room.linphone.hold()
            room.confab.press("h")
            try await Condition.await("three on hold") {
                try await room.focus.members(of: "meeting").count { $0["held"] as? Bool == true } == 3
            }
            room.confab.press("h")
            try await room.linphone.resume()
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.baresip.resume()
            try await room.confab.ears.awaitExactly([440, 930], of: tones)
            try await room.linphone.ears.awaitExactly([440, 700], of: tones)
            await room.stop()
        }
    }
}
