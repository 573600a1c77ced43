// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Picture
import TestSupport
import Testing

extension LiveFocus {
    /// Other people's cameras and screens, headless: baresip's test picture in VP8, and its own figures of what it decodes.
    @Suite(.serialized, .enabled(if: Program.baresip.isInstalled)) struct VideoTests {
        @Test func baresipsAndAMemberSeeEachOther() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("seen")
            let one = try await Self.baresip("one", tone: 440)
            let two = try await Self.baresip("two", tone: 700)
            try await one.dial(uri)
            try await two.dial(uri)
            // Each sees the other, says its own display.
            for phone in [one, two] {
                try await Condition.await(
                    "video at \(phone.options.name)", within: .seconds(20),
                    evidence: { "\(String(describing: phone.videoRate))" }
                ) { phone.videoRate.map { $0.received > 0 && $0.decoded > 1 } ?? false }
            }

            var options = TestMember.Options(.pcmu)
            options.video = MemberVideo.Options(PictureColor(red: 20, green: 200, blue: 20))
            let member = try await TestMember.start("member", options)
            try await member.dial(uri)
            let screen = try #require(member.video)
            try await Condition.await("baresip's picture", within: .seconds(5), evidence: { "\(screen.sights)" }) {
                screen.sights.pictures > 20
            }
            #expect(screen.sights.size == PictureSize(320, 240))
            #expect(screen.sights.broken == 0)
            // They talk and it does not: nobody is shown its picture, and its stream stays theirs.
            #expect(screen.sights.sources.count == 1)

            // The first hangs up: the second goes on to see somebody, and so does the member.
            try await one.hangUp()
            let seen = screen.sights.pictures
            try await Condition.await("a picture after that", within: .seconds(5), evidence: { "\(screen.sights)" }) {
                screen.sights.pictures > seen + 20
            }
            let members = try await focus.members(of: "seen")
            for member in members {
                let video = try #require(member["video"] as? [String: Any])
                #expect(video["codec"] as? String == "VP8")
                #expect(video["sees"] != nil, "\(video)")
            }
            await member.stop()
            await two.stop()
            await one.stop()
            await focus.stop()
        }

        private static func baresip(_ name: String, tone: Double) async throws -> Baresip {
            var options = Baresip.Options(name: name, tone: tone, codecs: [.pcmu])
            options.hasVideo = true
            return try await Baresip.start(options)
        }
    }
}
