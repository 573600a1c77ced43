// SPDX-License-Identifier: GPL-3.0-or-later

import Picture
import RTP
import Synchronization
import TestSupport
import Testing
import Video

@testable import MediaServer

extension LiveMediaTests {
    /// Canvases on their thread.
    @Suite(.serialized, .timeLimit(.minutes(1))) struct Canvases {
        private static func output(_ codec: Video.VideoCodec) -> GridScene.Output {
            GridScene.Output(
                id: VideoSourceID(rawValue: 1000), ssrc: 9000,
                format: GridClass(codec: codec, size: Picture.PictureSize(320, 180), bitrate: 300_000))
        }

        private static func scene(_ names: [String], _ output: GridScene.Output) -> GridScene {
            var scene = GridScene()
            scene.members = names.enumerated().map { index, name in
                GridScene.Member(
                    id: UInt64(index + 1), name: name, source: nil, absence: "audio only", isTalking: false)
            }
            scene.outputs = [output]
            return scene
        }

        /// Takes in what comes until `isMet`, for three seconds at most.
        private func wait(
            _ port: GridPort, _ screen: GridScreen, until isMet: () async throws -> Bool
        ) async throws {
            try await Condition.await("what is to come", within: .seconds(3), every: .milliseconds(5)) {
                while port.canvases.take({ datagram, _ in screen.take(datagram, now: .now()) }) {}
                return try await isMet()
            }
        }

        @Test func theThreadRunsWhileThereIsACanvasAndWakesTheMediaThread() async throws {
            let worker = try GridWorker(GridConfiguration())
            #expect(await worker.totals() == GridCounters())
            let wakes = Mutex(0)
            let port = GridPort { wakes.withLock { $0 += 1 } }
            let output = Self.output(.vp8)
            let screen = try GridScreen(output)
            try worker.post(.open(port))
            try worker.post(.show(port, Self.scene(["Ann", "Bob"], output)))
            try await wait(port, screen) { screen.pictures.count >= 5 }
            #expect(screen.broken == 0)
            #expect(wakes.withLock { $0 } >= 5)
            #expect(port.takeEvents().contains(.rate(15)))
            var totals = await worker.totals()
            #expect(totals.canvases == 1 && totals.streams == 1 && totals.rate == 15)
            #expect(totals.encodesVP8 >= 5)
            try worker.post(.close(port))
            try await wait(port, screen) { await worker.totals().canvases == 0 }
            totals = await worker.totals()
            #expect(totals.rate == nil && totals.encodesVP8 >= 5)
            // Without canvases there are no ticks.
            let ticks = totals.ticks
            let goesOn = await Condition.holds(within: .milliseconds(200)) { await worker.totals().ticks != ticks }
            #expect(!goesOn)
            await worker.stop()
        }

        @Test func camerasReachTheCanvasThroughTheRing() async throws {
            let worker = try GridWorker(GridConfiguration())
            let port = GridPort {}
            let output = Self.output(.h264)
            let screen = try GridScreen(output)
            let camera = try GridCamera(7, .red, .vp8)
            var scene = Self.scene(["Ann"], output)
            scene.members[0].source = camera.id
            scene.members[0].absence = nil
            try worker.post(.open(port))
            try worker.post(.show(port, scene))
            let area = GridLayouts.areas(scene, on: output.format.size)[0]
            var nextPicture = MediaInstant.now()
            try await wait(port, screen) {
                let now = MediaInstant.now()
                if now >= nextPicture {
                    nextPicture = now.advanced(byMilliseconds: 66)
                    for datagram in try camera.shoot(at: now) { port.packets.give(datagram.span, camera.tag(now)) }
                }
                guard let picture = screen.pictures.last else { return false }
                return TestPattern.color(of: picture, in: area).distance(to: .red) < 28
                    && TestPattern.clock(of: picture, in: area).map {
                        Int64($0) > nextPicture.nanoseconds / 1_000_000 - 300
                    } == true
            }
            // A canvas that has time is not taken for one that has none.
            try await wait(port, screen) { await worker.totals().ticks > 20 }
            let totals = await worker.totals()
            #expect(totals.sources == 1 && totals.decodesVP8 > 0 && totals.decodeErrors == 0)
            #expect(totals.lateTicks < totals.ticks / 2)
            await worker.stop()
        }
    }
}
