// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct CodecPairingTests {
    @Test(arguments: AudioCodec.allCases, AudioCodec.allCases)
    func eachHearsTheOtherAtItsLevelAndNotItself(first: AudioCodec, second: AudioCodec) throws {
        let rig = MixRig()
        let one = try rig.add(first, tone: 620, level: -16)
        let two = try rig.add(second, tone: 1330, level: -22)
        let listener = try rig.add(second)
        rig.run(ticks: 60)
        let toOne = rig.tones([620, 1330], heardBy: one)
        let toTwo = rig.tones([620, 1330], heardBy: two)
        let toAll = rig.tones([620, 1330], heardBy: listener)
        #expect(Set(toOne.keys) == [1330])
        #expect(Set(toTwo.keys) == [620])
        #expect(Set(toAll.keys) == [620, 1330])
        #expect(abs((toOne[1330] ?? 0) + 22) < 1.5)
        #expect(abs((toTwo[620] ?? 0) + 16) < 1.5)
        #expect(abs((toAll[620] ?? 0) + 16) < 1.5)
        #expect(abs((toAll[1330] ?? 0) + 22) < 1.5)
    }

    @Test(arguments: AudioCodec.allCases, [10, 20, 30, 40, 60])
    func everyPtimeCarriesTheWholeTimeline(codec: AudioCodec, ptime: Int) throws {
        let rig = MixRig()
        _ = try rig.add(.pcmu, tone: 620, level: -12)
        let talker = try rig.add(codec, tone: 1330, level: -20, ptime: ptime)
        let listener = try rig.add(codec, ptime: ptime)
        let length = EncoderParameters(codec: codec, ptime: ptime).ticksPerPacket
        var stamps: [UInt32] = []
        rig.run(ticks: 60) { stamps += rig.packets.filter { $0.slot == listener }.map(\.timestamp) }
        #expect(stamps == stamps.indices.map { UInt32($0 * length) })
        #expect(stamps.count == 1200 * codec.rtpClockRate / 1000 / length)
        #expect(Set(rig.tones([620, 1330], heardBy: listener).keys) == [620, 1330])
        #expect(Set(rig.tones([620, 1330], heardBy: talker).keys) == [620])
    }
}
