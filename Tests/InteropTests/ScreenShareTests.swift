// SPDX-License-Identifier: GPL-3.0-or-later

import Devices
import Geometry
import Picture
import Synchronization
import TestSupport
import Testing

extension LiveFocus {
    /// A screen full of small writing, through a focus, in the pictures that another member writes.
    @Suite(.serialized) struct ScreenShareTests {
        private static let size = PictureSize(1920, 1080)
        /// The code lies in a third of the screen's width: its blocks are 32 pixels wide.
        private static let code = PictureArea(x: 40, y: 40, width: 640, height: 360)
        private static let number: UInt32 = 0x5AC3_0F96
        /// Of equal length, in letters 10 pixels wide and 20 high: about half that where they are seen.
        private static let words = ["BROADCASTS", "CONFERENCE", "LIPREADING"]

        @Test func aScreenCanBeReadByTheOthers() async throws {
            let folder = try InteropFolder("screen")
            let screen = try await VirtualScreen(numberFile: folder.path("display"), size: "\(Self.size)")
            defer { screen.stop() }
            let drawn = try await Self.draw(on: screen, folder)
            let original = try await Self.capture(screen)

            let focus = try await FocusProcess.start()
            let uri = focus.uri("talk")
            let viewer = try await Self.call(uri, "viewer", 440)
            let speaker = try await Self.call(uri, "speaker", 700) {
                $0.share = "screen"
                $0.display = screen.display
            }
            try await viewer.event("presenter") { $0["name"] as? String == "speaker" }

            try await Condition.await("the code", within: .seconds(20), evidence: { viewer.printed }) {
                guard let seen = viewer.seen else { return false }
                return TestPattern.clock(
                    of: seen, in: Self.code.moved(from: Self.size, into: Self.place(on: seen, original)))
                    == Self.number
            }
            // A screen at rest gets sharper until it is as good as it will be.
            try await Condition.await("all words", within: .seconds(10), evidence: { Self.figures(viewer, original) }) {
                guard let seen = viewer.seen else { return false }
                return Self.likeness(of: seen, original).enumerated().allSatisfy { word, alike in
                    alike[word] > 0.9
                        && alike.enumerated().allSatisfy { $0 == word || $1 < alike[word] - 0.2 }
                }
            }
            print("words of a shared screen, as like each original:", Self.figures(viewer, original))
            #expect(await speaker.hangUp() == .status(0))
            #expect(await viewer.hangUp() == .status(0))
            await focus.stop()
            for program in drawn { program.kill() }
        }

        @Test func aKeySharesTheScreenAndTakesItAway() async throws {
            let folder = try InteropFolder("key")
            let screen = try await VirtualScreen(numberFile: folder.path("display"), size: "\(Self.size)")
            defer { screen.stop() }
            let color = PictureColor(red: 0xD0, green: 0xB0, blue: 0x20)
            try await screen.fill("#D0B020")

            let focus = try await FocusProcess.start()
            let uri = focus.uri("talk")
            let viewer = try await Self.call(uri, "viewer", 440)
            let speaker = try await Self.call(uri, "speaker", 700) {
                $0.hasTerminal = true
                $0.display = screen.display
            }
            // The line for screens comes with those for the cameras of others, a moment after the call stands.
            try await Condition.await("lines for all", evidence: { speaker.printed + viewer.printed }) {
                let members = try await focus.members(of: "talk")
                return members.count == 2
                    && members.allSatisfy { ($0["video"] as? [String: Any])?["slots"] as? Int ?? 0 > 0 }
            }
            for _ in 1...2 {
                var mark = viewer.mark
                speaker.press("s")
                try await viewer.event("presenter", after: mark) { $0["name"] as? String == "speaker" }
                try await Condition.await("the screen", within: .seconds(15), evidence: { speaker.printed }) {
                    Self.shows(color, viewer)
                }
                mark = viewer.mark
                speaker.press("s")
                try await viewer.event("presenter", after: mark) { $0["name"] == nil }
                try await Condition.await("no screen", within: .seconds(5), evidence: { speaker.printed }) {
                    viewer.seen != nil && !Self.shows(color, viewer)
                }
            }
            #expect(await speaker.hangUp() == .status(0))
            #expect(await viewer.hangUp() == .status(0))
            await focus.stop()
        }

        /// With pictures, but no camera.
        private static func call(
            _ uri: String, _ name: String, _ tone: Double, _ change: (inout ConfabAgent.Options) -> Void = { _ in }
        ) async throws -> ConfabAgent {
            var options = ConfabAgent.Options(name: name, tone: tone, codecs: [.opus])
            options.camera = "none"
            change(&options)
            return try await ConfabAgent.call(uri, options)
        }

        /// Whether a member sees a screen of that colour, where it would see one.
        private static func shows(_ color: PictureColor, _ viewer: ConfabAgent) -> Bool {
            guard let seen = viewer.seen else { return false }
            return seen.meanColor(in: place(on: seen, SharedPicture(PictureFrame(size)))).isLike(color)
        }

        private static func figures(_ viewer: ConfabAgent, _ original: SharedPicture) -> String {
            viewer.seen.map { seen in
                likeness(of: seen, original).map { $0.map { "\(($0 * 100).rounded() / 100)" }.joined(separator: " ") }
                    .joined(separator: ", ")
            } ?? "no picture"
        }

        /// Puts the code and the words on the screen.
        private static func draw(on screen: VirtualScreen, _ folder: InteropFolder) async throws -> [ChildProcess] {
            let pattern = PictureFrame(code.size)
            TestPattern(name: "", color: .white).draw(number, on: pattern)
            var rows: [String] = []
            for y in 0..<size.height {
                let bytes = stride(from: 0, to: size.width, by: 8).map { left in
                    (0..<8).reduce(0) { byte, bit in
                        let (x, y) = (left + bit - code.x, y - code.y)
                        let isInside = (0..<code.width).contains(x) && (0..<code.height).contains(y)
                        return byte | (isInside && pattern.luma(x, y) < 120 ? 1 << bit : 0)
                    }
                }
                rows.append(bytes.map { "\($0)" }.joined(separator: ","))
            }
            try folder.write(
                """
                #define code_width \(size.width)
                #define code_height \(size.height)
                static unsigned char code_bits[] = {
                \(rows.joined(separator: ",\n"))};
                """, as: "code.xbm")
            let root = try screen.run("xsetroot", ["-bitmap", folder.path("code.xbm"), "-fg", "black", "-bg", "white"])
            #expect(await root.waitForExit(within: .seconds(10))?.isSuccess == true)
            let page = try write("seq 100000 102000 | tr '\\n' ' '", in: ["-fn", "fixed"], on: screen, "300x40+60+520")
            return try [page]
                + words.enumerated().map { index, word in
                    let place = window(index)
                    return try write("printf \(word)", on: screen, "20x2+\(place.x)+\(place.y)")
                }
        }

        /// A window with what a command prints.
        private static func write(
            _ command: String, in font: [String] = ["-fa", "DejaVu Sans Mono", "-fs", "12"], on screen: VirtualScreen,
            _ geometry: String
        ) throws -> ChildProcess {
            try screen.run(
                "xterm",
                font + [
                    "-bg", "white", "-fg", "black", "-cr", "white", "+sb", "-b", "2",
                    "-geometry", geometry, "-e", "sh", "-c", "\(command); exec sleep 600",
                ])
        }

        private static func window(_ index: Int) -> PictureArea {
            PictureArea(x: 80 + 400 * index, y: 440, width: 204, height: 44)
        }

        /// Where a word's letters are: behind the window's borders.
        private static func letters(_ index: Int) -> PictureArea {
            let window = window(index)
            return PictureArea(x: window.x + 2, y: window.y + 2, width: 104, height: 24)
        }

        /// The screen as it is, once everything is on it.
        private static func capture(_ screen: VirtualScreen) async throws -> SharedPicture {
            let newest = Newest()
            let source = ScreenSource(display: screen.display)
            defer { source.stop() }
            try source.start(CaptureFormat(size: size, rate: 15)) { picture in
                newest.picture.withLock { $0 = picture.picture }
            } report: { _ in
            }
            // Whole and at rest: five pictures in a row have the same letters.
            let rest = Mutex((letters: [[Double]](), stamp: UInt64(0), pictures: 0))
            try await Condition.await("code and words on the screen", within: .seconds(20)) {
                guard let picture = newest.picture.withLock({ $0 })?.frame else { return false }
                let seen = words.indices.map { picture.lumas(in: letters($0)) }
                let pictures = rest.withLock { rest in
                    if rest.letters != seen { rest = (seen, picture.stamp, 0) }
                    if rest.stamp != picture.stamp { rest = (seen, picture.stamp, rest.pictures + 1) }
                    return rest.pictures
                }
                return pictures >= 5 && TestPattern.clock(of: picture, in: code) == number
                    && words.indices.allSatisfy { picture.contrast(in: letters($0)) > 30 }
            }
            return try #require(newest.picture.withLock { $0 })
        }

        /// What the viewer shows, had it the screen as it was captured.
        private static func tiles(_ original: SharedPicture) -> [SceneTile] {
            [
                SceneTile(id: 0, kind: .me, name: "viewer"), SceneTile(id: 1, kind: .member, name: "speaker"),
                SceneTile(id: 2, kind: .screen, name: "speaker", picture: original),
            ]
        }

        /// Where the shared screen lies on what a member sees.
        private static func place(on seen: PictureFrame, _ original: SharedPicture) -> PictureArea {
            let places = SceneLayout.places(tiles(original), SceneState(), on: seen.size)
            return places.first { $0.content == .tile(2) }?.area.fitting(size) ?? seen.size.area
        }

        /// How much each word that was seen is like each of the originals, drawn in the same size.
        private static func likeness(of seen: PictureFrame, _ original: SharedPicture) -> [[Double]] {
            let expected = Scene().draw(tiles(original), SceneState(), on: seen.size)
            let areas = words.indices.map { letters($0).moved(from: size, into: place(on: seen, original)) }
            return areas.map { area in areas.map { seen.likeness(in: area, to: expected, at: ($0.x, $0.y)) } }
        }
    }
}

/// What a source delivered last.
private final class Newest: Sendable {
    let picture = Mutex<SharedPicture?>(nil)
}

extension PictureArea {
    /// Of a screen of that size, where the screen fills `place`.
    fileprivate func moved(from size: PictureSize, into place: PictureArea) -> PictureArea {
        PictureArea(
            x: place.x + x * place.width / size.width, y: place.y + y * place.height / size.height,
            width: width * place.width / size.width, height: height * place.height / size.height)
    }
}

extension PictureFrame {
    fileprivate func luma(_ x: Int, _ y: Int) -> Double {
        Double(meanColor(in: PictureArea(x: x, y: y, width: 1, height: 1)).luma)
    }

    fileprivate func lumas(in area: PictureArea) -> [Double] {
        (0..<area.height).flatMap { y in (0..<area.width).map { luma(area.x + $0, area.y + y) } }
    }

    /// Standard deviation of the brightness.
    fileprivate func contrast(in area: PictureArea) -> Double {
        let lumas = lumas(in: area)
        let mean = lumas.reduce(0, +) / Double(lumas.count)
        return (lumas.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(lumas.count)).squareRoot()
    }

    /// Correlation of the brightness in `area` with that of as large an area of `other`: 1 for the same.
    fileprivate func likeness(in area: PictureArea, to other: PictureFrame, at corner: (x: Int, y: Int)) -> Double {
        let theirs = PictureArea(x: corner.x, y: corner.y, width: area.width, height: area.height)
        let (left, right) = (lumas(in: area), other.lumas(in: theirs))
        let means = (left.reduce(0, +) / Double(left.count), right.reduce(0, +) / Double(right.count))
        let shared = zip(left, right).map { ($0 - means.0) * ($1 - means.1) }.reduce(0, +) / Double(left.count)
        return shared / max(1, contrast(in: area) * other.contrast(in: theirs))
    }
}
