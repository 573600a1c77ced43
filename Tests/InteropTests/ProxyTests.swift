// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// A real Kamailio on the path: what phones want goes through it to the focus, and what the focus wants to the phones.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible && Kamailio.isInstalled)) struct ProxyTests {
        private let tones = PhoneRoom.tones

        /// baresip 440, Linphone 930, `confab` 700. With TCP the proxy changes transports between them and the focus.
        @Test(arguments: PhoneTransport.allCases)
        func callsBehindKamailioAreWhatTheyAreWithoutIt(transport: PhoneTransport) async throws {
            let room = try await PhoneRoom.start(transport: transport, writes: true, isBehindProxy: true)
            let focus = room.focus
            try await room.awaitAllHeard()
            #expect(try await focus.members(of: "meeting").count == 3)

            // From the focus, in the dialog: a re-INVITE, and back.
            #expect(try await focus.ctl("move", "meeting", "con", "board").status == 0)
            try await room.confab.ears.awaitExactly([], of: tones)
            try await room.linphone.ears.awaitExactly([440], of: tones)
            #expect(try await focus.ctl("move", "board", "con", "meeting").status == 0)
            try await room.awaitAllHeard()

            // From the phones: hold and resume.
            try await room.linphone.hold()
            try await room.confab.ears.awaitExactly([440], of: tones)
            try await room.linphone.resume()
            try await room.awaitAllHeard()
            try await room.baresip.hold()
            try await room.confab.ears.awaitExactly([930], of: tones)
            try await room.baresip.resume()
            try await room.confab.ears.awaitExactly([440, 930], of: tones)

            // Chat, into the room and out of it.
            room.confab.process.write(line: "well met")
            try await room.baresip.reads("con: well met")
            try await room.baresip.say("likewise")
            let said = try await room.confab.event("chat") { $0["name"] as? String == "bare" }
            #expect(said["text"] as? String == "likewise")

            // BYE both ways.
            let mark = await room.baresip.control.mark
            #expect(try await focus.ctl("kick", "meeting", "bare").status == 0)
            _ = try await room.baresip.awaitClosed(after: mark)
            try await room.linphone.hangUp()
            try await room.confab.ears.awaitExactly([], of: tones)
            #expect(try await focus.members(of: "meeting").count == 1)
            #expect(try await focus.ctl("cancel", "meeting").status == 0)
            let end = try await room.confab.event("ended")
            #expect(end["cause"] as? String == "hung-up-by-peer", "\(end)")
            // It has stayed on the path of all of it.
            let proxy = try #require(room.proxy)
            for (method, caller) in [
                ("INVITE", "meeting"), ("ACK", "con"), ("BYE", "lin"), ("BYE", "meeting"), ("MESSAGE", "bare"),
            ] {
                #expect(proxy.passedOn(method, from: caller), "\(method) of \(caller): \(proxy.log.suffix(3000))")
            }
            await room.stop()
        }
    }
}
