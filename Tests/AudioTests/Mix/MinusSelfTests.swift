// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct MinusSelfTests {
    @Test(arguments: [AudioCodec.opus, .g722, .pcmu], [2, 3, 5])
    func everyoneHearsTheSumOfTheOthersSampleBySample(codec: AudioCodec, talkers: Int) throws {
        let rig = MixRig(.quiet(talkers: talkers))
        rig.recordsPlain = true
        var spoken: [Int: [Int16]] = [:]
        var slots: [Int] = []
        for index in 0..<talkers {
            let noise = Box(Noise(seed: UInt64(index + 1)))
            let slot = try rig.add(codec)
            rig.setSource(slot) { count in
                let frame = noise.value.next(count, amplitude: 4000)
                spoken[slot, default: []] += frame
                return frame
            }
            slots.append(slot)
        }
        let listener = try rig.add(codec)
        rig.run(ticks: 50)
        let rounded = codec.sampleRate / 400
        for slot in slots + [listener] {
            let heard = try #require(rig.plain[slot])
            let wrong = (rounded..<heard.count).first { index in
                Int(heard[index]) != slots.filter { $0 != slot }.reduce(0) { $0 + Int(spoken[$1]?[index] ?? 0) }
            }
            #expect(wrong == nil, "member \(slot) at sample \(wrong ?? 0)")
        }
        #expect(rig.mixer.counters.limitedSamples == 0)
        #expect(rig.mixer.counters.missingFrames == 0)
    }

    @Test func mutedAndHeldMembersAreInNobodysMix() throws {
        let rig = MixRig()
        let muted = try rig.add(.pcmu, tone: 700)
        let held = try rig.add(.pcmu, tone: 1100)
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 30)
        #expect(Set(rig.tones([700, 1100], heardBy: listener, seconds: 0.2).keys) == [700, 1100])
        rig.mixer.setMuted(muted, true)
        rig.mixer.setHeld(held, true)
        rig.run(ticks: 30)
        #expect(rig.tones([700, 1100], heardBy: listener, seconds: 0.5).isEmpty)
        rig.mixer.setMuted(muted, false)
        rig.run(ticks: 30)
        #expect(Set(rig.tones([700, 1100], heardBy: listener, seconds: 0.2).keys) == [700])
    }

    @Test func mutingLetsNotOneMoreSampleThrough() throws {
        let rig = MixRig()
        rig.recordsPlain = true
        let talker = try rig.add(.pcmu, tone: 700, level: -6)
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 10)
        rig.mixer.setMuted(talker, true)
        rig.plain[listener] = []
        rig.run(ticks: 3)
        let after = try #require(rig.plain[listener])
        // The way from the last sample to zero goes one way and takes 2.5 ms.
        #expect(zip(after, after.dropFirst()).allSatisfy { abs(Int($1)) <= abs(Int($0)) })
        #expect(after[20...].allSatisfy { $0 == 0 })
    }

    @Test func gainScalesWhatAMemberSays() throws {
        let rig = MixRig()
        let talker = try rig.add(.pcmu, tone: 700, level: -20)
        let listener = try rig.add(.pcmu)
        rig.mixer.setGain(talker, 0.5)
        rig.run(ticks: 50)
        let level = try #require(rig.tones([700], heardBy: listener)[700])
        #expect(abs(level + 26) < 0.3)
    }

    @Test func aMemberThatReceivesNothingGetsNoPackets() throws {
        let rig = MixRig()
        _ = try rig.add(.pcmu, tone: 700)
        let held = try rig.add(.pcmu)
        rig.mixer.setReceiving(held, false)
        rig.run(ticks: 20) { #expect(!rig.packets.contains { $0.slot == held }) }
        rig.mixer.setReceiving(held, true)
        rig.run(ticks: 20)
        #expect(rig.heard[held]?.isEmpty == false)
    }

    @Test func whoLeftIsHeardByNobodyAndItsSlotBelongsToTheNext() throws {
        let rig = MixRig()
        let talker = try rig.add(.pcmu, tone: 700)
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 20)
        rig.remove(talker)
        let next = try rig.add(.pcmu, tone: 1100)
        #expect(next == talker)
        rig.heard[listener] = []
        rig.run(ticks: 30)
        #expect(Set(rig.tones([700, 1100], heardBy: listener).keys) == [1100])
        #expect(rig.tones([700, 1100], heardBy: next).isEmpty)
    }
}
