// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import RTP
import Testing
import Video

@testable import MediaServer

private let vp8 = GridClass(codec: .vp8, size: PictureSize(640, 360), bitrate: 900_000)
private let h264 = GridClass(codec: .h264, size: PictureSize(640, 360), bitrate: 900_000)
private let mode0 = GridClass(
    codec: .h264, isNonInterleaved: false, size: PictureSize(320, 180), bitrate: 400_000)

/// Whether a tile shows its camera's colour where its patch is.
private func shows(_ picture: PictureFrame, _ area: PictureArea, _ color: PictureColor) -> Bool {
    TestPattern.color(of: picture, in: area).distance(to: color) < 28
}

/// Whether a tile is a name card: its corners have the card's colour, which a pattern has in one of them at the most.
private func isCard(_ picture: PictureFrame, _ area: PictureArea) -> Bool {
    let spot = PictureArea(x: 0, y: 0, width: area.width / 16, height: area.height / 16)
    let corners = [(1, 1), (14, 1), (1, 14), (14, 14)].map { column, row in
        PictureArea(
            x: area.x + spot.width * column, y: area.y + spot.height * row, width: spot.width, height: spot.height)
    }
    return corners.allSatisfy { picture.meanColor(in: $0).distance(to: ComposerStyle().card) < 12 }
}

@Suite struct GridCanvasTests {
    private func three(_ outputs: [GridClass]) throws -> GridRig {
        let rig = try GridRig(outputs)
        rig.add(try GridCamera(1, .red, .vp8), name: "Ann")
        rig.add(try GridCamera(2, .green, .h264), name: "Bob")
        rig.add(try GridCamera(3, .blue, .vp8), name: "Eve")
        return rig
    }

    @Test func camerasOfBothCodecsStandEachInItsTileInEveryPicture() throws {
        let rig = try three([vp8])
        try rig.turn(45)
        let screen = rig.screens[0]
        #expect(screen.broken == 0)
        #expect(screen.pictures.count >= 40)
        let areas = rig.areas(screen)
        // The first are name cards: key frames had to come.
        for picture in screen.pictures.dropFirst(8) {
            for (camera, area) in zip(rig.cameras, areas) { #expect(shows(picture, area, camera.color)) }
        }
        // Each tile's clock goes on: these are moving pictures, the newest ones.
        let last = try #require(screen.pictures.last)
        for area in areas {
            let clock = try #require(TestPattern.clock(of: last, in: area))
            #expect(Int64(clock) == rig.now.nanoseconds / 1_000_000)
        }
        let counters = rig.canvas.counters
        #expect(counters.decodesVP8 == 2 * 45 && counters.decodesH264 == 45)
        #expect(counters.decodeErrors == 0 && counters.decodeSkips == 0)
    }

    @Test func allClassesGetTheSamePictureAndEachCameraIsDecodedOnce() throws {
        let rig = try three([vp8, h264, mode0])
        try rig.turn(30)
        for screen in rig.screens {
            #expect(screen.broken == 0)
            let last = try #require(screen.pictures.last)
            #expect(last.size == screen.output.format.size)
            for (camera, area) in zip(rig.cameras, rig.areas(screen)) { #expect(shows(last, area, camera.color)) }
        }
        // A phone that takes no fragments gets none.
        #expect(rig.screens[2].largestPacket <= 1212)
        let counters = rig.canvas.counters
        #expect(counters.decodesVP8 + counters.decodesH264 == 3 * 30)
        #expect(counters.encodesH264 == 60)
        // The encoder may leave one out to keep to its bitrate.
        #expect((25...30).contains(counters.encodesVP8))
    }

    @Test func namesAndTalkersChangeNothingInTheMiddleOfATile() throws {
        let rig = try three([vp8])
        try rig.turn(20)
        for name in ["", "A", "Somebody with a rather long name that no tile has room for", "会议"] {
            rig.scene.members[0].name = name
            rig.scene.members[0].isTalking.toggle()
            rig.screens[0].forget()
            try rig.turn(5)
            for picture in rig.screens[0].pictures {
                for (camera, area) in zip(rig.cameras, rig.areas(rig.screens[0])) {
                    #expect(shows(picture, area, camera.color))
                    #expect(TestPattern.clock(of: picture, in: area) != nil)
                }
            }
        }
    }

    @Test func aTalkerHasABorder() throws {
        let rig = try three([vp8])
        rig.scene.members[1].isTalking = true
        try rig.turn(20)
        let last = try #require(rig.screens[0].pictures.last)
        let areas = rig.areas(rig.screens[0])
        // Bars of a pattern may look like it on one side.
        func isBordered(_ area: PictureArea) -> Bool {
            let (right, bottom) = (area.x + area.width - 2, area.y + area.height - 2)
            let (width, height) = (area.width / 2, area.height / 2)
            let edges = [
                PictureArea(x: area.x, y: area.y + height / 2, width: 2, height: height),
                PictureArea(x: right, y: area.y + height / 2, width: 2, height: height),
                PictureArea(x: area.x + width / 2, y: area.y, width: width, height: 2),
                PictureArea(x: area.x + width / 2, y: bottom, width: width, height: 2),
            ]
            return edges.allSatisfy { last.meanColor(in: $0).distance(to: ComposerStyle().talker) < 30 }
        }
        #expect(areas.map(isBordered) == [false, true, false])
    }

    @Test func aCameraThatStopsIsACardWithinASecondAndComesBackByItself() throws {
        let rig = try three([vp8])
        try rig.turn(20)
        rig.silent = [rig.cameras[0].id]
        rig.screens[0].forget()
        try rig.turn(GridRig.rate)
        let areas = rig.areas(rig.screens[0])
        var last = try #require(rig.screens[0].pictures.last)
        #expect(isCard(last, areas[0]))
        #expect(shows(last, areas[1], .green) && shows(last, areas[2], .blue))
        rig.silent = []
        try rig.turn(10)
        last = try #require(rig.screens[0].pictures.last)
        #expect(shows(last, areas[0], .red))
    }

    @Test func aSlowCameraIsNotTakenForOneThatStopped() throws {
        let rig = try three([vp8])
        try rig.turn(15)
        let id = rig.cameras[0].id
        var cards = 0
        for second in 0..<12 {
            for tick in 0..<GridRig.rate {
                // A phone without a camera: the same picture, once a second.
                rig.silent = tick == 0 ? [] : [id]
                rig.screens[0].forget()
                try rig.turn()
                guard second > 6, let picture = rig.screens[0].pictures.last else { continue }
                if isCard(picture, rig.areas(rig.screens[0])[0]) { cards += 1 }
            }
        }
        #expect(cards == 0)
    }

    @Test func whatTheRoomSaysIsOnTheNextPicture() throws {
        let rig = try three([vp8])
        try rig.turn(20)
        for reason in ["on hold", "camera off"] {
            rig.scene.members[2].absence = reason
            try rig.turn(3)
            let last = try #require(rig.screens[0].pictures.last)
            let areas = rig.areas(rig.screens[0])
            #expect(isCard(last, areas[2]))
            #expect(shows(last, areas[0], .red))
        }
        // Not before the room says so, however many pictures come.
        try rig.turn(15)
        #expect(isCard(try #require(rig.screens[0].pictures.last), rig.areas(rig.screens[0])[2]))
        rig.scene.members[2].absence = nil
        try rig.turn(5)
        #expect(shows(try #require(rig.screens[0].pictures.last), rig.areas(rig.screens[0])[2], .blue))
    }

    @Test func aDamagedCameraIsACardAndDelaysNobody() throws {
        let rig = try three([vp8])
        try rig.turn(20)
        rig.cameras[0].isDamaged = true
        rig.screens[0].forget()
        try rig.turn(2 * GridRig.rate)
        let areas = rig.areas(rig.screens[0])
        for picture in rig.screens[0].pictures.suffix(GridRig.rate) {
            #expect(isCard(picture, areas[0]))
            #expect(shows(picture, areas[1], .green) && shows(picture, areas[2], .blue))
            let ages = [areas[1], areas[2]].compactMap { TestPattern.clock(of: picture, in: $0) }
            #expect(ages.count == 2 && ages.first == ages.last)
        }
        #expect(rig.canvas.counters.decodeErrors > 0)
        #expect(rig.damages.map { $0.isDamaged } == [true])
        rig.cameras[0].isDamaged = false
        try rig.turn(12)
        // Each told once, of that camera alone.
        #expect(rig.damages.map { $0.isDamaged } == [true, false])
        #expect(rig.damages.allSatisfy { $0.source == rig.cameras[0].id })
        #expect(shows(try #require(rig.screens[0].pictures.last), areas[0], .red))
    }

    @Test func lostPacketsAskForAKeyFrame() throws {
        let rig = try three([vp8])
        try rig.turn(20)
        let before = rig.cameras.map(\.keyframes)
        rig.loses = rig.cameras[0].id
        try rig.turn(1)
        rig.loses = nil
        try rig.turn(20)
        #expect(rig.cameras[0].keyframes > before[0])
        #expect(rig.cameras[1].keyframes == before[1] && rig.cameras[2].keyframes == before[2])
        #expect(shows(try #require(rig.screens[0].pictures.last), rig.areas(rig.screens[0])[0], .red))
    }

    @Test func aCameraWithoutShareSkipsAndIsCounted() throws {
        let rig = try three([vp8])
        rig.share = 0
        try rig.turn(20)
        let counters = rig.canvas.counters
        #expect(counters.decodesVP8 + counters.decodesH264 == 0)
        #expect(counters.decodeSkips > 40)
        let last = try #require(rig.screens[0].pictures.last)
        for area in rig.areas(rig.screens[0]) { #expect(isCard(last, area)) }
        rig.share = 1_000_000_000
        try rig.turn(12)
        #expect(shows(try #require(rig.screens[0].pictures.last), rig.areas(rig.screens[0])[0], .red))
    }

    @Test func whoComesAndGoesHasATileAtOnce() throws {
        let rig = try three([vp8])
        rig.addName(77, "Voice only")
        try rig.turn(20)
        var last = try #require(rig.screens[0].pictures.last)
        #expect(isCard(last, rig.areas(rig.screens[0])[3]))
        rig.scene.members.remove(at: 0)
        try rig.turn(1)
        last = try #require(rig.screens[0].pictures.last)
        let areas = rig.areas(rig.screens[0])
        #expect(areas.count == 3)
        #expect(shows(last, areas[0], .green) && shows(last, areas[1], .blue))
        // Nobody sees it, nobody decodes it.
        let decodes = rig.canvas.counters.decodesVP8
        try rig.turn(10)
        #expect(rig.canvas.counters.decodesVP8 == decodes + 10)
    }

    @Test func theSharedScreenIsTheLargeOne() throws {
        let rig = try three([vp8])
        rig.scene.main = UInt64(rig.cameras[1].id.rawValue)
        try rig.turn(20)
        let last = try #require(rig.screens[0].pictures.last)
        let areas = rig.areas(rig.screens[0])
        #expect(areas[1].width > 2 * areas[0].width)
        for (camera, area) in zip(rig.cameras, areas) where area.width > 2 * areas[0].width {
            #expect(shows(last, area, camera.color))
        }
    }

    /// The talker's sound waits in its jitter buffer, and a canvas may be late: a record has both of the same moment together.
    @Test(arguments: [0, 50_000_000]) func aRecordedPictureIsAtTheTimeAtWhichItsTalkerIsHeard(lateness: Int64) throws {
        let rig = try three([])
        let pictures = try #require(RecordedPictures(largest: PictureSize(640, 360), rate: GridRig.rate))
        rig.record(pictures)
        rig.lateness = lateness
        rig.cameras[1].soundDelay = 180_000_000
        rig.cameras[2].soundDelay = 40_000_000
        let decoder = try VideoCodec.vp8.makeDecoder()
        func lead(of member: Int) throws -> [Double] {
            let area = GridLayouts.areas(rig.scene, on: pictures.format.size)[member]
            return try pictures.take().compactMap { frame in
                let picture = try #require(try decoder.decode(frame.bytes.span, timestamp: 0))
                let clock = TestPattern.clock(of: picture, in: area)
                return clock.map { Double(frame.instant.nanoseconds) / 1e6 - Double($0) }
            }
        }
        rig.scene.members[1].isTalking = true
        try rig.turn(30)
        let steady = try lead(of: 1).dropFirst(5)
        #expect(steady.count > 15 && steady.allSatisfy { abs($0 - 180) < 2 }, "\(steady)")
        // The next talker's is another one. The change is no jump.
        rig.scene.members[1].isTalking = false
        rig.scene.members[2].isTalking = true
        try rig.turn(45)
        let leads = try lead(of: 2)
        let (first, last) = (try #require(leads.first), try #require(leads.last))
        #expect(abs(first - 180) < 25 && abs(last - 40) < 4, "\(leads)")
        #expect(zip(leads, leads.dropFirst()).allSatisfy { abs($0 - $1) < 25 })
    }

    @Test func aKeyFrameComesWhenItIsAskedFor() throws {
        let rig = try three([h264])
        try rig.turn(20)
        let late = try GridScreen(rig.scene.outputs[0])
        rig.screens.append(late)
        try rig.turn(10)
        #expect(late.pictures.isEmpty)
        rig.canvas.requestKeyframe(rig.scene.outputs[0].id)
        try rig.turn(1)
        #expect(late.pictures.count == 1)
    }

    @Test func aCanvasThatStandsStillIsSentSeldom() throws {
        let rig = try GridRig([vp8])
        rig.addName(1, "Ann")
        rig.addName(2, "Bob")
        try rig.turn(3 * GridRig.rate)
        let encodes = rig.canvas.counters.encodesVP8
        try rig.turn(4 * GridRig.rate)
        #expect((7...9).contains(rig.canvas.counters.encodesVP8 - encodes))
    }
}
