// SPDX-License-Identifier: GPL-3.0-or-later

import Geometry
import Picture
import RTP
import Synchronization
import TestSupport
import Testing
import Video

@testable import MediaServer

extension LiveMediaTests {
    /// Canvases on their thread.
    @Suite(.serialized, .timeLimit(.minutes(Condition.minutes(1)))) struct Canvases {
        private static func output(_ codec: PayloadFormat) -> GridScene.Output {
            GridScene.Output(
                id: VideoSourceID(rawValue: 1000), ssrc: 9000,
                format: GridClass(codec: codec, size: PictureSize(320, 180), bitrate: 300_000))
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

        /// Opens a canvas of one camera.
        /// - Returns: where its picture stands.
        private static func show(
            _ camera: GridCamera, on worker: GridWorker, _ port: GridPort, _ output: GridScene.Output
        ) throws -> PictureArea {
            var scene = scene(["Ann"], output)
            scene.members[0].source = camera.id
            scene.members[0].absence = nil
            try worker.post(.open(port))
            try worker.post(.show(port, scene))
            return GridLayouts.areas(scene, on: output.format.size)[0]
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
            let area = try Self.show(camera, on: worker, port, output)
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
            try await wait(port, screen) {
                let totals = await worker.totals()
                return totals.ticks > 20 && totals.lateTicks < totals.ticks / 2
            }
            let totals = await worker.totals()
            #expect(totals.sources == 1 && totals.decodesVP8 > 0 && totals.decodeErrors == 0)
            await worker.stop()
        }

        /// Its encoder takes longer than the longest beat there is. What is seen moves all the same, and sound knows nothing of it.
        @Test func anEncoderThatIsTooSlowLowersTheRateAndNothingElse() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let ann = try rig.join(1, 440)
                let bob = try rig.join(1, 1000)
                try await bob.audio.hears(440)
                var configuration = GridConfiguration()
                configuration.rate = 30
                let worker = try GridWorker(configuration, makeEncoder: SlowEncoder.maker { _ in 250 })
                let port = GridPort {}
                let output = Self.output(.vp8)
                let screen = try GridScreen(output)
                let camera = try GridCamera(7, .red, .vp8)
                let area = try Self.show(camera, on: worker, port, output)
                let start = bob.audio.mark
                var nextPicture = MediaInstant.now()
                var rates: [Int] = []
                /// Whether each of the last pictures is a newer one.
                func moves() -> Bool {
                    let clocks = screen.pictures.suffix(8).compactMap { TestPattern.clock(of: $0, in: area) }
                    return clocks.count >= 7 && zip(clocks, clocks.dropFirst()).allSatisfy { $0 < $1 }
                }
                try await Condition.await(
                    "pictures that move at the lowest rate", within: .seconds(12), every: .milliseconds(5)
                ) {
                    let now = MediaInstant.now()
                    if now >= nextPicture {
                        nextPicture = now.advanced(byMilliseconds: 66)
                        for datagram in try camera.shoot(at: now) { port.packets.give(datagram.span, camera.tag(now)) }
                    }
                    while port.canvases.take({ datagram, _ in screen.take(datagram, now: .now()) }) {}
                    for case .rate(let rate) in port.takeEvents() { rates.append(rate) }
                    return rates.last == 5 && screen.pictures.count >= 16 && moves()
                }
                #expect(rates == [30, 15, 10, 5])
                let totals = await worker.totals()
                #expect(totals.rateCuts == 3 && totals.rate == 5 && totals.missedTicks > 0 && totals.lateTicks > 0)
                let heard = bob.audio.heard(since: start)
                #expect(heard.longestBreak(in: 440) == 0 && heard.lostPackets == 0)
                await worker.stop()
                _ = ann
            }
        }
    }
}
