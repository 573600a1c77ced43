// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

extension LiveFocus {
    /// Other people's phones and ours in one room: who hears whom is measured from what each recorded.
    @Suite(.serialized, .enabled(if: PhoneRoom.isPossible)) struct RoomTests {
        @Test(arguments: [
            PhoneRoom.Codecs(baresip: .pcmu, linphone: .pcmu, confab: .pcmu),
            PhoneRoom.Codecs(baresip: .g722, linphone: .g722, confab: .g722),
            PhoneRoom.Codecs(baresip: .opus, linphone: .opus, confab: .opus),
            PhoneRoom.Codecs(baresip: .opus, linphone: .pcma, confab: .g722),
            PhoneRoom.Codecs(baresip: .pcmu, linphone: .g722, confab: .opus),
            PhoneRoom.Codecs(baresip: .g722, linphone: .opus, confab: .pcma),
        ])
        func eachHearsTheOtherTwoAndNotItself(codecs: PhoneRoom.Codecs) async throws {
            let room = try await PhoneRoom.start(codecs)
            try await room.awaitAllHeard()
            #expect(room.baresip.ears.tonesEver(of: PhoneRoom.tones) == [930, 700])
            #expect(room.linphone.ears.tonesEver(of: PhoneRoom.tones) == [440, 700])
            #expect(room.confab.ears.tonesEver(of: PhoneRoom.tones) == [440, 930])
            for tone in [440.0, 930] { #expect(room.confab.ears.gaps(of: tone).isEmpty) }
            for tone in [700.0, 930] { #expect(room.baresip.ears.gaps(of: tone).isEmpty) }
            for tone in [700.0, 440] { #expect(room.linphone.ears.gaps(of: tone).isEmpty) }
            await room.stop()
        }

        @Test func allOverTCP() async throws {
            let room = try await PhoneRoom.start(transport: .tcp)
            try await room.awaitAllHeard()
            // A re-INVITE and a BYE go over the same connections.
            try await room.baresip.hold()
            try await room.confab.ears.awaitExactly([930], of: PhoneRoom.tones)
            try await room.baresip.resume()
            try await room.confab.ears.awaitExactly([440, 930], of: PhoneRoom.tones)
            try await room.baresip.hangUp()
            try await room.confab.ears.awaitExactly([930], of: PhoneRoom.tones)
            await room.stop()
        }

        @Test func ipv6AndIPv4MeetInOneRoom() async throws {
            var options = FocusProcess.Options()
            options.hosts = ["127.0.0.1", "::1"]
            let focus = try await FocusProcess.start(options)
            let linphone = try await Linphone.start(.init(name: "lin", tone: 930, codecs: [.pcmu]))
            try await linphone.dial(focus.uri("six"))
            let udp = try await ConfabAgent.call(
                focus.uri("six", host: "[::1]"), .init(name: "udp", tone: 440, codecs: [.opus]))
            let tcp = try await ConfabAgent.call(
                focus.uri("six", host: "[::1]", transport: .tcp), .init(name: "tcp", tone: 700, codecs: [.g722]))
            try await udp.ears.awaitExactly([700, 930], of: PhoneRoom.tones)
            try await tcp.ears.awaitExactly([440, 930], of: PhoneRoom.tones)
            try await linphone.ears.awaitExactly([440, 700], of: PhoneRoom.tones)
            let places = try await focus.members(of: "six").compactMap { $0["remoteMedia"] as? String }
            #expect(places.count { $0.hasPrefix("[::1]:") } == 2, "\(places)")
            await udp.hangUp()
            await tcp.hangUp()
            await linphone.stop()
            await focus.stop()
        }

        @Test func baresipOverIPv6() async throws {
            var options = FocusProcess.Options()
            options.hosts = ["::1"]
            let focus = try await FocusProcess.start(options)
            var baresipOptions = Baresip.Options(name: "bare", tone: 440, codecs: [.pcmu])
            baresipOptions.usesIPv6 = true
            let baresip = try await Baresip.start(baresipOptions)
            let confab = try await ConfabAgent.call(
                focus.uri("six", host: "[::1]"), .init(name: "con", tone: 700, codecs: [.opus]))
            try await baresip.dial(focus.uri("six", host: "[::1]"))
            try await confab.ears.awaitExactly([440], of: PhoneRoom.tones)
            try await baresip.ears.awaitExactly([700], of: PhoneRoom.tones)
            await confab.hangUp()
            await baresip.stop()
            await focus.stop()
        }
    }
}
