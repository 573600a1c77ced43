// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct RoomRateTests {
    @Test func theRoomRunsAtTheHighestRateOfItsMembers() throws {
        let rig = MixRig()
        _ = try rig.add(.pcmu)
        #expect(rig.mixer.roomRate == 8000)
        let wide = try rig.add(.g722)
        #expect(rig.mixer.roomRate == 16000)
        let full = try rig.add(.opus)
        #expect(rig.mixer.roomRate == 48000)
        rig.remove(full)
        #expect(rig.mixer.roomRate == 16000)
        rig.remove(wide)
        #expect(rig.mixer.roomRate == 8000)
    }

    @Test(arguments: [AudioCodec.g722, .opus])
    func aChangeOfRateIsNoClick(newcomer: AudioCodec) throws {
        let rig = MixRig()
        rig.recordsPlain = true
        let talker = try rig.add(.pcmu, tone: 300, level: -12)
        let second = try rig.add(.pcmu, tone: 1, level: -90)
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 30)
        let other = try rig.add(newcomer)
        rig.run(ticks: 30)
        rig.remove(other)
        rig.run(ticks: 30)
        _ = (talker, second)
        let heard = try #require(rig.plain[listener])
        #expect(heard.count == 14400)
        // A sine of 300 Hz at this level moves at most 1940 a sample; a click would move further.
        let steepest = zip(heard[160...], heard[161...]).map { abs(Int($1) - Int($0)) }.max() ?? 0
        #expect(steepest < 2300, "\(steepest)")
        #expect(rig.mixer.counters.rateChanges == 2)
        // Nor may there be a hole: every 10 ms stays loud.
        for start in stride(from: 160, to: heard.count - 80, by: 80) {
            #expect(levelInDBov(heard[start..<(start + 80)]) > -24)
        }
    }

    @Test func talkersKeepTheirOwnMixAcrossAChangeOfRate() throws {
        let rig = MixRig()
        let one = try rig.add(.pcmu, tone: 620, level: -16)
        let two = try rig.add(.pcmu, tone: 1330, level: -16)
        rig.run(ticks: 30)
        let guest = try rig.add(.opus)
        rig.run(ticks: 30)
        #expect(Set(rig.tones([620, 1330], heardBy: one, seconds: 0.4).keys) == [1330])
        #expect(Set(rig.tones([620, 1330], heardBy: guest, seconds: 0.4).keys) == [620, 1330])
        rig.remove(guest)
        rig.run(ticks: 30)
        #expect(Set(rig.tones([620, 1330], heardBy: one, seconds: 0.4).keys) == [1330])
        #expect(Set(rig.tones([620, 1330], heardBy: two, seconds: 0.4).keys) == [620])
    }

    /// Its channel still fades, at its own rate, in the tick in which the room falls to a lower one.
    @Test(arguments: [(AudioCodec.opus, AudioCodec.g722), (.opus, .pcmu), (.g722, .pcma)])
    func theOnlyTalkerOfTheHighestRateMayLeaveInTheMiddleOfATone(highest: AudioCodec, other: AudioCodec) throws {
        let rig = MixRig()
        let loud = try rig.add(highest, tone: 440, level: -12)
        let talker = try rig.add(other, tone: 700, level: -12)
        let listener = try rig.add(other)
        rig.run(ticks: 30)
        rig.remove(loud)
        #expect(rig.mixer.roomRate == other.sampleRate)
        rig.run(ticks: 30)
        #expect(Set(rig.tones([440, 700], heardBy: listener, seconds: 0.4).keys) == [700])
        _ = talker
    }

    @Test func membersMayComeAndGoAtRandom() throws {
        let rig = MixRig()
        let frequencies = [300.0, 400, 500, 600, 700, 800, 900, 1000]
        let talker = try rig.add(.opus, tone: 440, level: -14)
        let listener = try rig.add(.opus)
        rig.run(ticks: 25)
        var state: UInt64 = 11
        var present: [Int] = []
        for _ in 0..<200 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let dice = Int((state >> 33) % 1000)
            if dice % 2 == 0 || present.isEmpty {
                let codec = AudioCodec.allCases[dice / 2 % 4]
                let ptime = [10, 20, 30, 40, 60][dice % 5]
                present.append(
                    dice % 3 == 0
                        ? try rig.add(codec, tone: frequencies[dice % 8], level: -40, ptime: ptime)
                        : try rig.add(codec, ptime: ptime))
            } else {
                rig.remove(present.remove(at: dice % present.count))
            }
            rig.run(ticks: 1 + dice % 3)
        }
        #expect(rig.mixer.memberCount == present.count + 2)
        for slot in present { rig.remove(slot) }
        rig.run(ticks: 60)
        #expect(abs((rig.tones([440], heardBy: listener)[440] ?? 0) + 14) < 1.5)
        #expect(rig.tones([440], heardBy: talker).isEmpty)
        let heard = try #require(rig.heard[listener])
        #expect(heard.count == rig.mixer.counters.ticks * 960)
        let slip = ToneContinuity(frequency: 440, sampleRate: 48000).slip(in: Array(heard[24000...]), block: 4800)
        #expect(slip.allSatisfy { abs($0) < 8 }, "\(slip.map(abs).max() ?? 0)")
        #expect(rig.mixer.counters.failedEncodes == 0)
    }
}
