// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Foundation
import Geometry
import Picture
import TestSupport
import Testing

extension LiveFocus {
    /// `confab` with test patterns for cameras, as a script and as a person would run it.
    @Suite(.serialized) struct ConfabVideoTests {
        private static let colors = [
            "ada": PictureColor(red: 0x20, green: 0xC0, blue: 0x40),
            "bob": PictureColor(red: 0xC0, green: 0x30, blue: 0x30),
            "cyd": PictureColor(red: 0x30, green: 0x50, blue: 0xD0),
        ]

        private func agent(_ name: String, _ hex: String, tone: Double, hasTerminal: Bool = false)
            -> ConfabAgent.Options
        {
            var options = ConfabAgent.Options(name: name, tone: tone, codecs: [.pcma])
            options.camera = "pattern:\(name)@\(hex)"
            options.hasTerminal = hasTerminal
            return options
        }

        /// Waits until one picture that `agent` writes shows these people, in the roster's order, and its owner.
        private func awaitSeen(
            _ people: [String], by agent: ConfabAgent, _ name: String, in colors: [String: PictureColor] = Self.colors
        ) async throws {
            // It writes five pictures a second; each look reads one.
            try await Condition.await(
                "\(people) are seen", within: .seconds(20), every: .milliseconds(100), evidence: { agent.printed }
            ) {
                agent.seen.map { Self.shows(people, on: $0, of: name, in: colors) } ?? false
            }
        }

        private static func tiles(_ people: [String], of name: String) -> [SceneTile] {
            [SceneTile(id: 0, kind: .me, name: name)]
                + people.enumerated().map { SceneTile(id: UInt64($0 + 1), kind: .member, name: $1) }
        }

        /// Whether a picture shows these people, in the roster's order, and its owner.
        private static func shows(
            _ people: [String], on picture: PictureFrame, of name: String,
            in colors: [String: PictureColor] = Self.colors
        ) -> Bool {
            let tiles = tiles(people, of: name)
            return SceneLayout.places(tiles, SceneState(), on: picture.size).allSatisfy { place in
                guard case .tile(let index) = place.content, let color = colors[tiles[index].name] else {
                    return false
                }
                let area = place.isFloating ? place.area.inset(by: Composer.floatingFrame) : place.area
                return TestPattern.color(of: picture, in: area).distance(to: color) < 24
            }
        }

        @Test func everybodyIsSeenInPNGFilesOfARealCall() async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("demo")
            let bob = try await ConfabAgent.call(uri, agent("bob", "C03030", tone: 440))
            let cyd = try await ConfabAgent.call(uri, agent("cyd", "3050D0", tone: 700, hasTerminal: true))
            let ada = try await ConfabAgent.call(uri, agent("ada", "20C040", tone: 930))
            try await ada.event("seen") { ($0["pictures"] as? [[String: Any]])?.count == 2 }
            try await awaitSeen(["bob", "cyd"], by: ada, "ada")
            try await awaitSeen(["cyd", "ada"], by: bob, "bob")
            try await awaitSeen(["bob", "ada"], by: cyd, "cyd")

            // A camera that is off is a card for the others at once, and is seen again.
            var mark = ada.mark
            cyd.press("v")
            try await ada.event("roster", after: mark) { Self.sends($0, "cyd") == false }
            try await ada.event("seen", after: mark) { ($0["pictures"] as? [[String: Any]])?.count == 1 }
            mark = ada.mark
            cyd.press("v")
            try await ada.event("roster", after: mark) { Self.sends($0, "cyd") == true }
            try await awaitSeen(["bob", "cyd"], by: ada, "ada")

            // A hand, by key, up and down again.
            for isUp in [true, false] {
                mark = ada.mark
                cyd.press("r")
                try await ada.event("roster", after: mark) { roster in
                    let members = roster["members"] as? [[String: Any]]
                    return members?.first { $0["name"] as? String == "cyd" }?["hand"] as? Bool == isUp
                }
            }

            // By the key for it, in a terminal, as by line.
            var typed = Self.colors
            typed["cyd"] = PictureColor(red: 0xD0, green: 0xB0, blue: 0x20)
            cyd.process.write(line: "cpattern:cyd@D0B020")
            try await awaitSeen(["bob", "cyd"], by: ada, "ada", in: typed)
            cyd.process.write(line: "cpattern:cyd@3050D0")
            try await awaitSeen(["bob", "cyd"], by: ada, "ada")

            // What is seen of somebody is switched in the call: another pattern, nothing, and back.
            var switched = Self.colors
            switched["ada"] = PictureColor(red: 0xD0, green: 0xB0, blue: 0x20)
            ada.process.write(line: "/camera pattern:ada@D0B020")
            try await awaitSeen(["cyd", "ada"], by: bob, "bob", in: switched)
            mark = bob.mark
            ada.process.write(line: "/camera off")
            try await bob.event("roster", after: mark) { Self.sends($0, "ada") == false }
            ada.process.write(line: "/camera pattern:ada@20C040")
            try await awaitSeen(["cyd", "ada"], by: bob, "bob")
            ada.process.write(line: "/camera nonsense:x")
            try await ada.event("notice") { ($0["text"] as? String)?.contains("nonsense") == true }

            #expect(await bob.hangUp() == .status(0))
            try await awaitSeen(["cyd"], by: ada, "ada")
            #expect(await cyd.hangUp() == .status(0))
            #expect(await ada.hangUp() == .status(0))
            await focus.stop()
        }

        @Test(
            .enabled(if: Program.ffmpeg.isInstalled),
            arguments: [("seen.mkv", "vp8"), ("seen.mp4", "h264")])
        func everybodyIsSeenInAMovieOfARealCall(file: String, codec: String) async throws {
            let focus = try await FocusProcess.start()
            let uri = focus.uri("demo")
            let bob = try await ConfabAgent.call(uri, agent("bob", "C03030", tone: 440))
            var options = agent("ada", "20C040", tone: 930)
            options.movie = file
            let ada = try await ConfabAgent.call(uri, options)
            try await ada.event("seen") { ($0["pictures"] as? [[String: Any]])?.count == 1 }
            let before = ada.ears.seconds
            try await Condition.await("three seconds of it", within: .seconds(20), evidence: { ada.printed }) {
                ada.ears.seconds > before + 3
            }
            #expect(await ada.hangUp() == .status(0))
            #expect(await bob.hangUp() == .status(0))
            await focus.stop()

            let size = PictureSize(1280, 720)
            let movie = try await SeenMovie.read(try #require(ada.moviePath), size: size)
            for fact in ["codec_name=\(codec)", "width=\(size.width)", "height=\(size.height)"] {
                #expect(movie.streams.contains(fact), "\(movie.streams)")
            }
            let seen = movie.pictures.filter { Self.shows(["bob"], on: $0, of: "ada") }
            // Five a second; a machine that is held up leaves some out.
            #expect(seen.count >= 5, "\(seen.count) of \(movie.pictures.count)")
            let places = SceneLayout.places(Self.tiles(["bob"], of: "ada"), SceneState(), on: size)
            let place = try #require(places.first { $0.content == .tile(1) })
            let clocks = seen.compactMap { TestPattern.clock(of: $0, in: place.area) }
            #expect(Set(clocks).count >= 3 && clocks == clocks.sorted(), "\(clocks)")
        }

        /// Who presents is killed: nobody goes on to look at what it showed, of a picture that moves or stands. How it
        /// sends that is known after three seconds of it; before, that all of it stops at once.
        @Test(arguments: ["pattern:deck@D0B020", "image"], [Duration.seconds(5), .milliseconds(600)])
        func aPresenterThatCrashesIsSoonGone(share: String, after showing: Duration) async throws {
            // Who was killed answers no goodbye.
            let focus = try await FocusProcess.start(.init(drain: "100ms"))
            let folder = try InteropFolder("crashed")
            let uri = focus.uri("demo")
            var options = ConfabAgent.Options(name: "ada", tone: 440, codecs: [.pcma])
            options.camera = "none"
            let ada = try await ConfabAgent.call(uri, options)
            options.name = "bob"
            options.share = share
            if share == "image" {
                let picture = PictureFrame(PictureSize(640, 360))
                TestPattern(name: "deck", color: .white).draw(1, on: picture)
                let bytes = try PNG.encode(picture)
                try Data(bytes).write(to: URL(fileURLWithPath: folder.path("deck.png")))
                options.share = "image:\(folder.path("deck.png"))"
            }
            // Its packets have a patience of 0.9 s, and the roster tells at once; a machine that is busy makes it later, not each time.
            // Without that it would be five seconds.
            let limit = min(Condition.allowance(.seconds(1.5)), .seconds(4.5))
            var soonest = Duration.seconds(60)
            for _ in 1...3 where soonest >= limit {
                soonest = try await min(soonest, Self.timeUntilGone(uri, options, after: showing, seenBy: ada))
            }
            print("a crashed presenter (\(share), killed after \(showing)) was gone after", soonest)
            #expect(soonest < limit)
            #expect(await ada.hangUp() == .status(0))
            await focus.stop()
        }

        /// Lets somebody present and kills it.
        private static func timeUntilGone(
            _ uri: String, _ options: ConfabAgent.Options, after shortest: Duration, seenBy viewer: ConfabAgent
        ) async throws -> Duration {
            var mark = viewer.mark
            let presenter = try await ConfabAgent.call(uri, options)
            try await viewer.event("presenter", after: mark) { $0["name"] as? String == "bob" }
            let shown = ContinuousClock.now
            try await Condition.await("a while of the picture", within: .seconds(15)) {
                viewer.seen != nil && shown.duration(to: .now) > shortest
            }
            mark = viewer.mark
            let killed = ContinuousClock.now
            presenter.process.signal(SIGKILL)
            try await viewer.event("presenter", after: mark, within: .seconds(4)) { $0["name"] == nil }
            return killed.duration(to: .now)
        }

        /// Who sits at Wayland is told what to do instead.
        @Test func aWaylandSessionSharesNoScreenAndSaysWhy() async throws {
            let focus = try await FocusProcess.start()
            let outcome = try await OwnProgram.confab.run(
                ["call", focus.uri("demo"), "--mic", "none", "--speaker", "none", "--camera", "screen", "--headless"],
                environment: ["DISPLAY": "", "WAYLAND_DISPLAY": "wayland-0"])
            #expect(outcome.status != 0)
            #expect((outcome.output + outcome.errors).contains("this is a Wayland session without X"), "\(outcome)")
            await focus.stop()
        }

        private static func sends(_ roster: [String: Any], _ name: String) -> Bool? {
            (roster["members"] as? [[String: Any]])?.first { $0["name"] as? String == name }?["camera"] as? Bool
        }
    }
}
