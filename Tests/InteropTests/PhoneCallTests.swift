// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// `confab` as an ordinary telephone: no conference, no focus.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct PhoneCallTests {
        private static let tones = [440.0, 700, 930]

        @Test(arguments: [PhoneCodec.opus, .g722, .pcmu])
        func confabAndBaresipHearEachOther(codec: PhoneCodec) async throws {
            let baresip = try await Baresip.start(.init(name: "one", tone: 440, codecs: [codec]))
            let confab = try await ConfabAgent.call(baresip.uri, .init(name: "ada", tone: 700, codecs: [codec]))
            try await confab.ears.awaitExactly([440], of: Self.tones)
            try await baresip.ears.awaitExactly([700], of: Self.tones)
            try await baresip.hold()
            try await confab.ears.awaitExactly([], of: Self.tones)
            try await baresip.resume()
            try await confab.ears.awaitExactly([440], of: Self.tones)
            // The other side ends it.
            try await baresip.hangUp()
            _ = try await confab.event("ended")
            await baresip.stop()
        }

        @Test(arguments: PhoneTransport.allCases)
        func baresipCallsConfab(transport: PhoneTransport) async throws {
            let port = try FreePort.allocate()
            let confab = try await ConfabAgent.answering(at: port, .init(name: "ada", tone: 700))
            var options = Baresip.Options(name: "one", tone: 440)
            options.transport = transport
            let baresip = try await Baresip.start(options)
            try await baresip.dial(PhoneTransport.uri("ada", port: port, transport))
            try await confab.ears.awaitExactly([440], of: Self.tones)
            try await baresip.ears.awaitExactly([700], of: Self.tones)
            // Busy for anybody else meanwhile.
            let third = try ConfabAgent.start(
                PhoneTransport.uri("ada", port: port, .udp), .init(name: "third", tone: 930))
            #expect(try await third.event("ended")["status"] as? Int == 486)
            let mark = await baresip.control.mark
            #expect(await confab.hangUp() == .status(0))
            _ = try await baresip.awaitClosed(after: mark)
            await baresip.stop()
        }

        @Test func confabAndLinphoneHearEachOther() async throws {
            let linphone = try await Linphone.start(.init(name: "lin", tone: 930, codecs: [.pcmu]))
            let confab = try await ConfabAgent.call(linphone.uri, .init(name: "ada", tone: 700, codecs: [.pcmu]))
            try await confab.ears.awaitExactly([930], of: Self.tones)
            try await linphone.ears.awaitExactly([700], of: Self.tones)
            let mark = linphone.mark
            #expect(await confab.hangUp() == .status(0))
            try await linphone.awaitClosed(after: mark)
            await linphone.stop()
        }
    }
}
