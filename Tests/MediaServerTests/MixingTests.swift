// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import MediaServer
import RTP
import SDP
import TestSupport
import Testing

extension LiveMediaTests {
    @Suite(.serialized) struct Mixing {
        @Test func eachLegGetsTheSumOfTheOthersWithoutItself() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let tones = [440.0, 1000, 1600]
                let legs = try tones.enumerated().map { number, tone in
                    try rig.join(1, tone, [AudioCodec.pcmu, .pcma, .pcmu][number])
                }
                for (number, leg) in legs.enumerated() {
                    for other in tones.indices where other != number { try await leg.audio.hears(tones[other]) }
                    let heard = try await leg.audio.listen(400)
                    for other in tones.indices where other != number {
                        #expect(abs(heard.level(of: tones[other]) + 20) < 1.5)
                    }
                    #expect(heard.level(of: tones[number]) < -55)
                }
            }
        }

        @Test func manyRoomsOnSeveralWorkersKeepToThemselves() async throws {
            try await withMedia(workers: 3) { rig in
                #expect(rig.server.workerCount == 3)
                var legs: [(MediaRig.Leg, MediaRig.Leg)] = []
                for room in 1...9 as ClosedRange<UInt64> {
                    rig.openRoom(room)
                    let tone = 300 + 200 * Double(room)
                    legs.append((try rig.join(room, tone), try rig.join(room)))
                }
                for (number, pair) in legs.enumerated() { try await pair.1.audio.hears(500 + 200 * Double(number)) }
                for (number, pair) in legs.enumerated() {
                    let heard = try await pair.1.audio.listen(300)
                    for other in legs.indices where other != number {
                        #expect(heard.level(of: 500 + 200 * Double(other)) < -50)
                    }
                }
                let totals = await rig.server.totals()
                #expect(totals.rooms == 9)
                #expect(totals.legs == 18)
                #expect(totals.refusedLegs == 0)
                // Two legs a room: one that talks, and one that does not, over three threads with a clock each.
                #expect(totals.ticks > 0 && totals.packetsOut > 0)
                #expect(
                    await rig.server.statistics(of: MediaRoomID(4)).keys.sorted { $0.number < $1.number } == [
                        legs[3].0.id, legs[3].1.id,
                    ])
            }
        }

        @Test func silencingKeepsALegOutOfTheMixAndLetsItListen() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let (ann, bob) = (try rig.join(1, 440), try rig.join(1, 1000))
                try await bob.audio.hears(440)
                rig.server.silence(ann.id, true)
                try await bob.audio.losesTone(440)
                try await ann.audio.hears(1000)
                #expect(try await rig.statistics(of: ann).isTalking == false)
                rig.server.silence(ann.id, false)
                try await bob.audio.hears(440)
                #expect(rig.events(of: ann) == [.talking(true), .talking(false), .talking(true)])
            }
        }

        @Test func aLegThatChangesItsCodecIsHeardAndHearsOn() async throws {
            try await withMedia { rig in
                rig.openRoom(1)
                let ann = try rig.join(1, 440) { $0.receivePayloadTypes[96] = .opus }
                let bob = try rig.join(1, 1000, .g722)
                try await bob.audio.hears(440)
                try await ann.audio.hears(1000)
                var settings = ann.settings
                settings.sendPayloadType = 96
                settings.encoder = EncoderParameters(codec: .opus)
                ann.audio.expect([0: .pcmu, 96: .opus])
                ann.audio.send(.opus, as: 96, to: ann.address)
                rig.server.update(ann.id, settings)
                try await Condition.await("Opus") { ann.audio.recording?.codec == .opus }
                try await ann.audio.hears(1000)
                try await bob.audio.hears(440)
                try await Condition.await("Opus comes in") { try await rig.statistics(of: ann).codec == .opus }
                try await bob.audio.passes(200)
                try await bob.audio.hears(440)
            }
        }
    }
}
