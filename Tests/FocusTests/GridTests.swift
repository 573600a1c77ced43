// SPDX-License-Identifier: GPL-3.0-or-later

import Conference
import Focus
import Geometry
import Picture
import SDP
import TestSupport
import Testing
import Video

extension TestMember {
    /// Waits until the newest picture, which must be new, is a grid of those: a colour for a camera, nil for a name card.
    nonisolated func seesGrid(_ tiles: [PictureColor?], within patience: Duration = .seconds(4)) async throws {
        let screen = try screen
        let start = ContinuousClock.now
        try await Condition.await(
            "a grid of \(tiles)", within: patience, every: .milliseconds(10),
            evidence: { Grids.words(screen, tiles.count) }
        ) {
            let sights = screen.sights
            guard let last = sights.last, last > start, let picture = sights.picture?.frame else { return false }
            return Grids.looks(picture, tiles.count).elementsEqual(tiles) { look, tile in
                switch (look, tile) {
                case (.card, nil): true
                case (.camera(let color), let tile?): color.distance(to: tile) < 28
                default: false
                }
            }
        }
    }
}

enum Grids {
    enum Look {
        case camera(PictureColor)
        case card
    }

    /// Tiles stand side by side.
    private static var options: LayoutOptions {
        var options = LayoutOptions()
        options.gap = 0
        return options
    }

    /// Where so many tiles stand.
    static func areas(_ picture: PictureFrame, _ count: Int) -> [PictureArea] {
        GridLayout.grid(Array(0..<count), on: picture.size, options: options).tiles.map(\.area)
    }

    /// What stands in each of so many tiles.
    static func looks(_ picture: PictureFrame, _ count: Int) -> [Look] {
        areas(picture, count).map { area in
            // A card has its colour in the corners, where a camera's picture has bars or nothing.
            let spot = PictureArea(
                x: area.x + area.width / 40, y: area.y + area.height / 40, width: area.width / 30,
                height: area.height / 30)
            let opposite = PictureArea(
                x: area.x + area.width - area.width / 15, y: spot.y, width: spot.width, height: spot.height)
            let isCard = [spot, opposite].allSatisfy {
                picture.meanColor(in: $0).distance(to: ComposerStyle().card) < 12
            }
            return isCard
                ? .card : .camera(TestPattern.color(of: picture, in: area.fitting(MemberVideo.Options(.red).size)))
        }
    }

    /// The colours of a large picture and of so many others beside it.
    static func presentation(_ picture: PictureFrame, others: Int) -> [PictureColor] {
        GridLayout.main(-1, others: Array(0..<others), on: picture.size, options: options).tiles.map { tile in
            TestPattern.color(of: picture, in: tile.area.fitting(MemberVideo.Options(.red).size))
        }
    }

    static func words(_ screen: MemberVideo, _ count: Int) -> String {
        guard let picture = screen.sights.picture?.frame else { return "no picture" }
        return "\(picture.size): \(looks(picture, count)), \(screen.sights.pictures) pictures"
    }
}

extension FocusRig {
    /// The sum of a counter or gauge over all of its labels.
    func figure(_ name: String) async -> Double {
        switch await focus.metrics().first(where: { $0.name == name })?.values {
        case .counter(let samples), .gauge(let samples): samples.reduce(0) { $0 + $1.value }
        default: 0
        }
    }
}

extension LiveFocusTests {
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Grid {
        private static var h264: (inout MemberVideo.Options) -> Void { LiveFocusTests.Video.h264(.h264) }

        @Test(arguments: [VideoCodecDescription.h264, .h264SingleNALUnit])
        func membersOfDifferentCodecsMeetInTheGrid(mode: VideoCodecDescription) async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green, LiveFocusTests.Video.h264(mode)))
                try await ann.seesGrid([.red, .green])
                try await bob.seesGrid([.red, .green])
                #expect(try ann.screen.sights.size == PictureSize(1280, 720))
                #expect(try ann.screen.sights.sources.count == 1)
                try await Condition.await("the operator's view", within: .seconds(4)) {
                    let members = try await rig.focus.room("team").members
                    return members.map { $0.video?.phrase } == [
                        "VP8 176x144, sees the grid (1280x720, 15 a second)",
                        "H264 176x144, sees the grid (1280x720, 15 a second)",
                    ]
                }
                #expect(await rig.figure("confab_canvas_streams") == 2)
            }
        }

        @Test func whereCodecsAgreeNothingIsDecodedBeforeOrAfter() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                #expect(await rig.figure("confab_canvas_ticks_total") == 0)
                #expect(await rig.figure("confab_canvas_decodes_total") == 0)
                let eve = try await rig.join("team", "eve", .camera(.blue, Self.h264))
                try await ann.seesGrid([.red, .green, .blue])
                try await bob.seesGrid([.red, .green, .blue])
                try await eve.seesGrid([.red, .green, .blue])
                try await eve.hangUp()
                try await ann.screen.sees(.green)
                try await bob.screen.sees(.red)
                try await Condition.await("no canvas", within: .seconds(4)) {
                    await rig.figure("confab_canvas_rooms") == 0
                }
                let decodes = await rig.figure("confab_canvas_decodes_total")
                let encodes = await rig.figure("confab_canvas_encodes_total")
                #expect(decodes > 0 && encodes > 0)
                try await ann.audio.passes(1000)
                #expect(await rig.figure("confab_canvas_decodes_total") == decodes)
                #expect(await rig.figure("confab_canvas_encodes_total") == encodes)
                #expect(try ann.screen.sights.broken == 0)
            }
        }

        @Test func whoHoldsSwitchesOffOrLeavesIsACardOrGoneWithinASecond() async throws {
            try await withFocus {
                $0.video.mode = .grid
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                let sound = try await rig.join("team", "sound", .tone(440))
                let eve = try await rig.join("team", "eve", .camera(.blue, Self.h264))
                try await ann.seesGrid([.red, .green, nil, .blue])
                try await bob.hold()
                try await ann.seesGrid([.red, nil, nil, .blue], within: .seconds(1))
                try await bob.resume()
                try await ann.seesGrid([.red, .green, nil, .blue], within: .seconds(2))
                try await eve.showsCamera(false)
                try await ann.seesGrid([.red, .green, nil, nil], within: .seconds(1))
                // Without a camera of its own it still sees.
                try await eve.seesGrid([.red, .green, nil, nil])
                try await eve.showsCamera(true)
                try await ann.seesGrid([.red, .green, nil, .blue], within: .seconds(2))
                try bob.screen.freeze(true)
                try await ann.seesGrid([.red, nil, nil, .blue], within: .milliseconds(1300))
                try bob.screen.freeze(false)
                try await ann.seesGrid([.red, .green, nil, .blue], within: .seconds(2))
                try await sound.hangUp()
                try await ann.seesGrid([.red, .green, .blue], within: .seconds(1))
                try await bob.hangUp()
                try await eve.seesGrid([.red, .blue], within: .seconds(1))
            }
        }

        @Test func aCameraThatChangesItsCodecStaysOnTheGrid() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red) { $0.codecs = [.vp8, .h264] })
                let bob = try await rig.join("team", "bob", .camera(.green, Self.h264))
                let eve = try await rig.join("team", "eve", .camera(.blue))
                for member in [ann, bob, eve] { try await member.seesGrid([.red, .green, .blue]) }
                try await ann.reoffer(LiveFocusTests.Video.withoutVP8)
                try await ann.audio.passes(500)
                for member in [ann, bob, eve] { try await member.seesGrid([.red, .green, .blue]) }
            }
        }

        @Test func whoHasSlotsSeesCamerasOfBothCodecsAsTheyAre() async throws {
            try await withFocus { rig in
                let ann = try await rig.join(
                    "team", "ann",
                    .camera(.red) {
                        $0.takesSlots()
                        $0.codecs = [.vp8, .h264]
                    })
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.screen.sees(inSlots: [.green])
                try await bob.screen.sees(.red)
                #expect(await rig.figure("confab_canvas_decodes_total") == 0)
                let eve = try await rig.join("team", "eve", .camera(.blue, Self.h264))
                try await ann.screen.sees(inSlots: [.green, .blue])
                try await bob.seesGrid([.red, .green, .blue])
                try await eve.seesGrid([.red, .green, .blue])
                // Its slots carry what the cameras sent, and nothing is made for it.
                #expect(try ann.screen.sights.pictures == 0)
                #expect(await rig.figure("confab_canvas_streams") == 2)
            }
        }

        @Test func aSharedScreenIsTheLargePictureOfTheGrid() async throws {
            try await withFocus { rig in
                let ann = try await rig.join("team", "ann", .camera(.red) { $0.takesSlots() })
                let eve = try await rig.join("team", "eve", .camera(.blue, Self.h264))
                try await eve.seesGrid([.red, .blue])
                try ann.screen.share(true)
                let screen = try eve.screen
                @Sendable func shows() -> [PictureColor] {
                    screen.sights.picture.map { Grids.presentation($0.frame, others: 2) } ?? []
                }
                try await Condition.await("the screen, large", within: .seconds(4), evidence: { "\(shows())" }) {
                    zip(shows(), [.white, .red, .blue]).allSatisfy { $0.distance(to: $1) < 28 } && !shows().isEmpty
                }
                // It stands still for longer than a camera may.
                try ann.screen.share(false)
                try await ann.audio.passes(2000)
                #expect(shows()[0].distance(to: .white) < 28)
                try await eve.seesGrid([.red, .blue], within: .seconds(5))
            }
        }

        @Test func keyFramesAndLostPacketsOfTheGridAreServedAsACameras() async throws {
            try await withFocus {
                $0.video.mode = .grid
            } _: { rig in
                let ann = try await rig.join("team", "ann", .camera(.red))
                let bob = try await rig.join("team", "bob", .camera(.green))
                try await ann.seesGrid([.red, .green])
                try await bob.seesGrid([.red, .green])
                try ann.screen.askAgain()
                try await Condition.await("the packet once more", within: .seconds(2)) {
                    try ann.screen.sights.repeated == 1
                }
                // A late joiner has a picture as soon as a canvas can be drawn.
                let eve = try await rig.join("team", "eve", .camera(.blue))
                try await eve.seesGrid([.red, .green, .blue], within: .seconds(2))
                #expect(try eve.screen.sights.broken == 0)
            }
        }
    }
}
