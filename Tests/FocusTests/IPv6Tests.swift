// SPDX-License-Identifier: GPL-3.0-or-later

import Focus
import Picture
import SDP
import TestSupport
import Testing

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct IPv6 {
        /// Two by IPv6 and one by IPv4 in one room: forwarded pictures, composed ones and tones.
        @Test(arguments: [false, true])
        func theySeeAndHearEachOther(withOtherCodec: Bool) async throws {
            let port = try FreePort.allocate()
            try await withFocus {
                $0.sip.listen = ["::1", "127.0.0.1"].map { ListenAddress(transport: .udp, host: $0, port: port) }
            } _: { rig in
                var members: [TestMember] = []
                for (name, color, tone, isIPv6) in [
                    ("ann", PictureColor.red, 440.0, true), ("bob", .green, 1000, true), ("cec", .blue, 1600, false),
                ] {
                    var options = TestMember.Options.camera(color, tone: tone) {
                        if withOtherCodec, name == "bob" { LiveFocusTests.Video.h264(.h264)(&$0) }
                    }
                    options.isIPv6 = isIPv6
                    let member = try await rig.member(name, options)
                    try await member.dial("sip:team@\(isIPv6 ? "[::1]" : "127.0.0.1"):\(port)")
                    members.append(member)
                }
                try await members[0].audio.hears(1000)
                try await members[0].audio.hears(1600)
                try await members[2].audio.hears(440)
                if withOtherCodec {
                    for member in members { try await member.seesGrid([.red, .green, .blue]) }
                } else {
                    // Whose picture each sees is the latest talker's, and never its own.
                    for member in members {
                        try await Condition.await("pictures at \(member.name)") {
                            try member.screen.sights.pictures > 5
                        }
                    }
                }
            }
        }
    }
}
