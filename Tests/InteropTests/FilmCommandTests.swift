// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import Geometry
import Picture
import TestSupport
import Testing

extension LiveFocus {
    /// `confabctl play` and `confabctl volume`, with the real programs from end to end.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(2)))) struct FilmCommandTests {
        private static let (one, two) = (1300.0, 2100.0)
        private static let tones = [one, two]
        /// What the films show.
        private static let blue = PictureColor(red: 0x14, green: 0x14, blue: 0xDC)

        /// A film with a tone, in a folder.
        private static func makeFilm(
            _ name: String, _ tone: Double, seconds: Int = 2, in folder: InteropFolder
        ) async throws -> String {
            try await BlueFilm.write(to: folder.path(name), tone: Int(tone), seconds: seconds, rate: 5)
            return folder.path(name)
        }

        private static func films(_ focus: FocusProcess) async throws -> [String: String] {
            try await focus.members(of: "meeting").reduce(into: [:]) { films, member in
                guard let path = member["plays"] as? String, let name = member["displayName"] as? String else { return }
                films[name] = path
            }
        }

        /// Whether any part of a picture has that colour.
        private static func shows(_ color: PictureColor, _ picture: PictureFrame) -> Bool {
            let side = 16
            return stride(from: 0, through: picture.size.height - side, by: side).contains { y in
                stride(from: 0, through: picture.size.width - side, by: side).contains { x in
                    picture.meanColor(in: PictureArea(x: x, y: y, width: side, height: side)).distance(to: color) < 24
                }
            }
        }

        private func listener(_ focus: FocusProcess, sees: Bool = false) async throws -> ConfabAgent {
            var options = ConfabAgent.Options(name: "ann", tone: 440, codecs: [.pcma])
            if sees { options.camera = "none" }
            return try await ConfabAgent.call(focus.uri("meeting"), options)
        }

        @Test func aFilmThatLoopsIsSeenHeardListedMadeSofterAndStopped() async throws {
            let folder = try InteropFolder("film")
            let path = try await Self.makeFilm("our film.mp4", Self.one, in: folder)
            let focus = try await FocusProcess.start()
            let ann = try await listener(focus, sees: true)
            let played = try await focus.ctl("play", "meeting", path, "--loop")
            #expect(played.status == 0 && played.errors.isEmpty, "\(played)")
            #expect(try await Self.films(focus) == ["our film.mp4": path])
            let table = try await focus.ctl("show", "meeting")
            #expect(table.status == 0 && table.output.contains("our film.mp4"), "\(table)")
            try await ann.ears.awaitExactly([Self.one], of: Self.tones)
            try await Condition.await("its picture", within: .seconds(20), evidence: { ann.printed }) {
                ann.seen.map { Self.shows(Self.blue, $0) } ?? false
            }
            // Over its end, twice.
            let began = ann.ears.seconds
            try await Condition.await("five seconds of sound", within: .seconds(15)) { ann.ears.seconds >= began + 5 }
            try await ann.ears.awaitExactly([Self.one], of: Self.tones)

            // Options stand before the command: what stands behind -- is no option.
            let softer = try await OwnProgram.confabctl.run([
                "--socket", focus.socket, "volume", "meeting", "our film.mp4", "--", "-30",
            ])
            #expect(softer.status == 0, "\(softer)")
            try await ann.ears.awaitExactly([], of: Self.tones)
            #expect(try await focus.ctl("volume", "meeting", "our film.mp4", "0").status == 0)
            try await ann.ears.awaitExactly([Self.one], of: Self.tones)

            let stopped = try await focus.ctl("play", "meeting", "--stop")
            #expect(stopped.status == 0 && stopped.errors.isEmpty, "\(stopped)")
            try await ann.ears.awaitExactly([], of: Self.tones)
            #expect(try await focus.members(of: "meeting").count == 1)
            let again = try await focus.ctl("play", "meeting", "--stop")
            #expect(again.status == 0 && again.errors.isEmpty, "\(again)")
            #expect(again.output == "Nothing plays in meeting.\n")
            let outcome = try await focus.ctl("play", "meeting", "--stop", "--json").json as? [String: Any]
            #expect(outcome?["changed"] as? Bool == false)
            await ann.hangUp()
            await focus.stop()
        }

        @Test func oneOfTwoFilmsIsStoppedByItsName() async throws {
            let folder = try InteropFolder("films")
            let one = try await Self.makeFilm("one.mp4", Self.one, in: folder)
            let two = try await Self.makeFilm("two.mp4", Self.two, in: folder)
            let focus = try await FocusProcess.start()
            let ann = try await listener(focus)
            for path in [one, two] { #expect(try await focus.ctl("play", "meeting", path, "--loop").status == 0) }
            #expect(try await Self.films(focus) == ["one.mp4": one, "two.mp4": two])
            try await ann.ears.awaitExactly([Self.one, Self.two], of: Self.tones)
            let unknown = try await focus.ctl("play", "meeting", "--stop", "three.mp4")
            #expect(unknown.status == 0 && unknown.output == "three.mp4 does not play in meeting.\n", "\(unknown)")
            // As it was named when it was begun.
            #expect(try await focus.ctl("play", "meeting", "--stop", one).output == "one.mp4 is not played any more.\n")
            try await ann.ears.awaitExactly([Self.two], of: Self.tones)
            #expect(try await Self.films(focus) == ["two.mp4": two])
            // In the room where it plays now.
            #expect(try await focus.ctl("move", "meeting", "two.mp4", "other").status == 0)
            try await ann.ears.awaitExactly([], of: Self.tones)
            #expect(try await focus.ctl("play", "meeting", "--stop").output == "Nothing plays in meeting.\n")
            let ended = try await focus.ctl("play", "other", "--stop")
            #expect(ended.output == "Nothing is played in other any more.\n", "\(ended)")
            await ann.hangUp()
            await focus.stop()
        }

        @Test func aFilmThatDoesNotLoopIsNamedFromHereAndLeavesWhenItIsOver() async throws {
            let folder = try InteropFolder("short")
            _ = try await Self.makeFilm("short.mp4", Self.one, seconds: 4, in: folder)
            let focus = try await FocusProcess.start()
            let ann = try await listener(focus)
            var launch = ChildProcess.Launch(
                OwnProgram.confabctl.path, ["play", "meeting", "short.mp4", "--json", "--socket", focus.socket])
            launch.folder = folder.path
            launch.output = folder.path("output")
            let process = try ChildProcess(launch)
            #expect(await process.waitForExit(within: .seconds(15)) == .status(0), "\(process.printed)")
            let outcome = try JSONSerialization.jsonObject(with: Data(process.printed.utf8)) as? [String: Any]
            let member = try #require(outcome?["member"] as? [String: Any])
            #expect(member["displayName"] as? String == "short.mp4")
            try await Condition.await("its end", within: .seconds(25), evidence: { focus.log }) {
                try await focus.members(of: "meeting").count == 1
            }
            try await ann.ears.awaitExactly([], of: Self.tones)
            #expect(ann.ears.tonesEver(of: Self.tones) == [Self.one])
            // Its program ends a moment after its call.
            try await focus.awaitLogged("film ended")
            await ann.hangUp()
            await focus.stop()
        }

        @Test func whatCannotBePlayedIsSaid() async throws {
            let folder = try InteropFolder("no-film")
            try folder.write("this is no film", as: "text.mp4")
            let focus = try await FocusProcess.start()
            #expect(try await focus.ctl("create", "meeting").status == 0)
            for path in [folder.path("text.mp4"), folder.path("nowhere.mp4")] {
                let outcome = try await focus.ctl("play", "meeting", path)
                #expect(outcome.status == 4 && outcome.errors.contains(path), "\(outcome)")
            }
            #expect(try await focus.ctl("play", "nowhere", folder.path("text.mp4")).status == 3)
            #expect(try await focus.ctl("play", "nowhere", "--stop").status == 3)
            for arguments in [["--loop"], ["--stop", "--loop"], [folder.path("text.mp4"), "--stop", "--loop"]] {
                let outcome = try await focus.ctl(["play", "meeting"] + arguments)
                #expect(outcome.status == 64, "\(arguments): \(outcome)")
            }
            for decibels in ["50", "loud"] {
                #expect(try await focus.ctl("volume", "meeting", "film.mp4", decibels).status == 64, "\(decibels)")
            }
            #expect(try await focus.ctl("volume", "meeting", "film.mp4", "6").status == 3)
            #expect(try await focus.members(of: "meeting").isEmpty)
            await focus.stop()
        }
    }
}
