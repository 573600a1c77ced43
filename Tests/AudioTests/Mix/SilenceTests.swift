// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct SilenceTests {
    @Test(arguments: AudioCodec.allCases, [10, 20, 30, 40, 60])
    func aSilentRoomEncodesNothingAndKeepsThePhonesFed(codec: AudioCodec, ptime: Int) throws {
        let rig = MixRig()
        let member = try rig.add(codec, ptime: ptime)
        _ = try rig.add(codec, ptime: ptime)
        rig.run(ticks: 60)
        #expect(rig.mixer.counters.encodes == 0)
        #expect(rig.mixer.counters.tailEncodes == (codec == .g722 ? 1200 / ptime : 0))
        let heard = try #require(rig.heard[member])
        #expect(abs(heard.count - codec.sampleRate * 12 / 10) <= codec.sampleRate * ptime / 1000)
        #expect(heard.allSatisfy { abs($0) <= 32 }, "\(heard.map(abs).max() ?? 0)")
    }

    @Test func aPausedStreamSendsOnePacketEvery400ms() throws {
        let rig = MixRig()
        let member = try rig.add(.opus, dtx: true)
        _ = try rig.add(.opus, dtx: true)
        var stamps: [UInt32] = []
        rig.run(ticks: 100) { stamps += rig.packets.filter { $0.slot == member }.map(\.timestamp) }
        #expect(stamps == [0, 19200, 38400, 57600, 76800])
    }

    @Test func theMarkerIsOnTheFirstPacketOfSpeechAndTimestampsRunOn() throws {
        let rig = MixRig()
        let member = try rig.add(.opus, dtx: true)
        let talker = try rig.add(.opus, dtx: true)
        rig.run(ticks: 30)
        let tone = Box(ToneGenerator(frequency: 500, level: -20, sampleRate: 48000))
        rig.setSource(talker) { tone.value.next($0) }
        var marks: [UInt32] = []
        var stamps: [UInt32] = []
        rig.run(ticks: 20) {
            for packet in rig.packets where packet.slot == member {
                stamps.append(packet.timestamp)
                if packet.marker { marks.append(packet.timestamp) }
            }
        }
        #expect(marks == [30 * 960])
        #expect(stamps == (30..<50).map { UInt32($0 * 960) })
    }

    @Test(arguments: AudioCodec.allCases)
    func afterTheLastWordCodecsRingOutAndThenEncodingStops(codec: AudioCodec) throws {
        let rig = MixRig()
        let member = try rig.add(codec)
        let talker = try rig.add(codec, tone: 500, level: -10)
        rig.run(ticks: 20)
        rig.setSource(talker, nil)
        rig.run(ticks: 100)
        let counters = rig.mixer.counters
        rig.run(ticks: 50)
        #expect(rig.mixer.counters.encodes == counters.encodes)
        #expect(rig.mixer.counters.tailEncodes - counters.tailEncodes == (codec == .g722 ? 50 : 0))
        #expect(codec == .g722 || counters.tailEncodes <= 2)
        let heard = try #require(rig.heard[member])
        #expect(heard.suffix(codec.sampleRate).allSatisfy { abs($0) <= 32 })
    }
}
