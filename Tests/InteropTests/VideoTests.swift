// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Geometry
import Picture
import TestSupport
import Testing

extension LiveFocus {
    /// Other people's cameras and screens, headless: baresip's test picture in VP8, and its own figures of what it decodes.
    @Suite(.serialized, .enabled(if: Program.baresip.isInstalled)) struct VideoTests {
        @Test func baresipsAndAMemberSeeEachOther() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("seen")
            let one = try await Self.baresip("one", tone: 440, .red(.vp8))
            let two = try await Self.baresip("two", tone: 700, .blue(.vp8))
            try await one.dial(uri)
            try await two.dial(uri)
            try await Self.seeEachOther(one, two)

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
            // Figures are taken once a second: the last ones may be of the moment between two pictures.
            try await Condition.await("two who see somebody", within: .seconds(5), evidence: { focus.log }) {
                let videos = try await focus.members(of: "seen").map { $0["video"] as? [String: Any] }
                return videos.count == 2
                    && videos.allSatisfy { $0?["codec"] as? String == "VP8" && $0?["sees"] != nil }
            }
            await member.stop()
            await two.stop()
            await one.stop()
            await focus.stop()
        }

        /// VP9 is never decoded on its way.
        @Test(arguments: [Baresip.Camera.Codec.h264, .vp9])
        func baresipsSeeEachOther(in codec: Baresip.Camera.Codec) async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("seen")
            let one = try await Self.baresip("one", tone: 440, .red(codec))
            let two = try await Self.baresip("two", tone: 700, .blue(codec))
            try await one.dial(uri)
            try await two.dial(uri)
            try await Self.seeEachOther(one, two)
            // Who comes back sees again, and is seen.
            try await one.hangUp()
            try await one.dial(uri)
            try await Self.seeEachOther(one, two)
            await two.stop()
            await one.stop()
            await focus.stop()
        }

        @Test func linphonesPictureIsSeenAndItShowsBaresips() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("seen")
            let baresip = try await Self.baresip("one", tone: 440, .red(.vp8))
            var options = Linphone.Options(name: "lin", tone: 700, codecs: [.pcmu])
            options.hasCamera = true
            let linphone = try await Linphone.start(options)
            try await baresip.dial(uri)
            try await linphone.dial(uri)
            try await baresip.awaitScreen(Linphone.yellow)
            try await linphone.awaitScreen(#require(baresip.options.camera).color)
            // Its picture goes when it does.
            try await linphone.hangUp()
            try await Condition.await("baresip sees nobody", within: .seconds(5)) {
                let members = try await focus.members(of: "seen")
                return members.count == 1 && (members[0]["video"] as? [String: Any])?["sees"] == nil
            }
            await linphone.stop()
            await baresip.stop()
            await focus.stop()
        }

        /// Phones with one picture each, in two codecs, and our own user agent with a picture of everybody.
        @Test func everyKindSeesTheOthersAsItCan() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("seen")
            let red = try await Self.baresip("one", tone: 440, .red(.vp8))
            try await red.dial(uri)
            var options = ConfabAgent.Options(name: "ada", tone: 1000, codecs: [.pcmu])
            options.camera = "pattern:Ada@14C814"
            let green = PictureColor(red: 0x14, green: 0xC8, blue: 0x14)
            let ada = try await ConfabAgent.call(uri, options)
            var pictured = Linphone.Options(name: "lin", tone: 700, codecs: [.pcmu])
            pictured.hasCamera = true
            let linphone = try await Linphone.start(pictured)
            try await linphone.dial(uri)
            let others = [PictureColor(red: 255, green: 0, blue: 0), Linphone.yellow]
            try await Self.awaitScreen(of: ada, others)

            // One of another codec: phones are shown all in one picture, and Ada each in a picture of its own as before.
            let blue = try await Self.baresip("two", tone: 550, .blue(.h264))
            try await blue.dial(uri)
            let more = others + [PictureColor(red: 0, green: 0, blue: 255)]
            try await Self.awaitScreen(of: ada, more)
            try await red.awaitScreen(with: more + [green])
            try await blue.awaitScreen(with: more + [green])
            try await linphone.awaitScreen(with: more + [green])

            // Without it they see who speaks again.
            try await blue.hangUp()
            await linphone.stop()
            try await red.awaitScreen(with: [green])
            await ada.hangUp()
            await blue.stop()
            await red.stop()
            await focus.stop()
        }

        private static func awaitScreen(of agent: ConfabAgent, _ colors: [PictureColor]) async throws {
            try await Condition.await(
                "\(colors) at \(agent.options.name)", within: .seconds(15),
                evidence: { "\(colors.map { agent.seen?.share(of: $0) ?? 0 }) \(agent.printed)" }
            ) {
                guard let screen = agent.seen else { return false }
                return colors.allSatisfy { screen.share(of: $0) > 0.015 }
            }
        }

        private static func seeEachOther(_ one: Baresip, _ two: Baresip) async throws {
            try await one.awaitScreen(#require(two.options.camera).color)
            try await two.awaitScreen(#require(one.options.camera).color)
        }

        private static func baresip(_ name: String, tone: Double, _ camera: Baresip.Camera) async throws -> Baresip {
            var options = Baresip.Options(name: name, tone: tone, codecs: [.pcmu])
            options.camera = camera
            return try await Baresip.start(options)
        }
    }
}
