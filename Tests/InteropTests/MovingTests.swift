// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// `confabctl move`: phones know nothing of it, and follow.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct MovingTests {
        private let tones = PhoneRoom.tones

        /// baresip 440, Linphone 930, `confab` 700.
        @Test func realPhonesGoToAnotherRoomAndComeBack() async throws {
            let room = try await PhoneRoom.start()
            let focus = room.focus
            try await room.awaitAllHeard()
            let moved = try await focus.ctl("move", "meeting", "bare", "board")
            #expect(moved.status == 0 && moved.output.contains("board"), "\(moved)")
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.linphone.ears.awaitExactly([700], of: tones)
            try await room.baresip.ears.awaitExactly([], of: tones)
            #expect(try await focus.ctl("move", "meeting", "con", "board").status == 0)
            try await room.confab.ears.awaitExactly([440], of: tones)
            try await room.baresip.ears.awaitExactly([700], of: tones)
            try await room.linphone.ears.awaitExactly([], of: tones)
            #expect(try await focus.ctl("move", "meeting", "lin", "board").status == 0)
            try await room.awaitAllHeard()
            for member in ["con", "bare", "lin"] {
                #expect(try await focus.ctl("move", "board", member, "meeting").status == 0)
            }
            try await room.awaitAllHeard()
            // The calls are what they were: a re-INVITE of the phone's, and a BYE, find them.
            try await room.baresip.hold()
            try await room.confab.ears.awaitExactly([930], of: tones)
            // baresip records no more after a hold.
            try await room.baresip.resume()
            try await room.confab.ears.awaitExactly([440, 930], of: tones)
            try await room.linphone.hangUp()
            try await room.confab.ears.awaitExactly([440], of: tones)
            await room.stop()
        }
    }
}
