// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct SharedStreamTests {
    @Test(arguments: AudioCodec.allCases)
    func listenersOfOneClassGetTheSameMemory(codec: AudioCodec) throws {
        let rig = MixRig()
        let talker = try rig.add(codec, tone: 700)
        let other = try rig.add(codec, tone: 900)
        let listeners = try (0..<5).map { _ in try rig.add(codec) }
        rig.run(ticks: 20)
        let addresses = Set(rig.packets.filter { listeners.contains($0.slot) }.map(\.address))
        #expect(addresses.count == 1)
        let own = rig.packets.filter { [talker, other].contains($0.slot) }.map(\.address)
        #expect(own.count == 2)
        #expect(Set(own).union(addresses).count == 3)
    }

    @Test func encodesAreTalkersPlusClasses() throws {
        let rig = MixRig()
        for tone in [500.0, 700, 900] { _ = try rig.add(.opus, tone: tone) }
        for codec in AudioCodec.allCases { for _ in 0..<3 { _ = try rig.add(codec) } }
        rig.run(ticks: 50)
        let before = rig.mixer.counters.encodes
        rig.run(ticks: 10)
        #expect(rig.mixer.counters.encodes - before == 10 * (3 + 4))
    }

    @Test func aClassOfTalkersOnlyIsNotEncoded() throws {
        let rig = MixRig()
        _ = try rig.add(.opus, tone: 500)
        _ = try rig.add(.pcmu, tone: 700)
        rig.run(ticks: 20)
        let before = rig.mixer.counters.encodes
        rig.run(ticks: 10)
        #expect(rig.mixer.counters.encodes - before == 20)
    }

    @Test func theOnlyTalkerHearsNothingAndNothingIsEncodedForIt() throws {
        let rig = MixRig()
        let talker = try rig.add(.opus, tone: 500)
        _ = try rig.add(.opus)
        rig.run(ticks: 20)
        let before = rig.mixer.counters.encodes
        rig.run(ticks: 10)
        #expect(rig.mixer.counters.encodes - before == 10)
        #expect(rig.tones([500], heardBy: talker, seconds: 0.3).isEmpty)
    }

    @Test func talkersAreNamedWithTheirLevelsAndNeverToThemselves() throws {
        let rig = MixRig()
        let first = try rig.add(.opus, tone: 500, level: -20)
        let second = try rig.add(.pcmu, tone: 700, level: -30)
        let listener = try rig.add(.g722)
        rig.run(ticks: 20)
        func named(_ slot: Int) -> [Contributor] { rig.packets.first { $0.slot == slot }?.contributors ?? [] }
        #expect(Set(named(listener)) == [Contributor(slot: first, level: 23), Contributor(slot: second, level: 33)])
        #expect(named(first).map(\.slot) == [second])
        #expect(named(second).map(\.slot) == [first])
    }

    @Test func moreThanFifteenTalkersAreNotNamed() throws {
        let rig = MixRig(.quiet(talkers: 20))
        for index in 0..<20 { _ = try rig.add(.pcmu, tone: 300 + 50 * Double(index), level: -35) }
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 5)
        #expect(rig.packets.first { $0.slot == listener }?.contributors.count == 15)
    }

    @Test func lossAdaptationChangesTheClassWithoutABreak() throws {
        let rig = MixRig()
        _ = try rig.add(.opus, tone: 500, level: -12)
        let listener = try rig.add(.opus)
        rig.run(ticks: 50)
        let parameters = try #require(rig.mixer.settings(of: listener)).output
        try rig.mixer.setOutput(listener, parameters.adapted(to: .light))
        rig.run(ticks: 50)
        #expect(rig.packets.count { $0.slot == listener } == 1)
        let heard = try #require(rig.heard[listener])
        #expect(heard.count == 96000)
        let continuity = ToneContinuity(frequency: 500, sampleRate: 48000)
        let slip = continuity.slip(in: Array(heard[24000...]), block: 4800)
        #expect(slip.allSatisfy { abs($0) < 48 })
        #expect(abs((rig.tones([500], heardBy: listener)[500] ?? 0) + 12) < 1.5)
    }

    @Test func aFullRoomRefuses() throws {
        var configuration = MixerConfiguration.quiet
        configuration.maximumMembers = 2
        let mixer = RoomMixer(configuration: configuration)
        let settings = MemberSettings(output: EncoderParameters(codec: .pcmu))
        _ = try mixer.add(settings)
        _ = try mixer.add(settings)
        #expect(throws: MixerError.full) { try mixer.add(settings) }
    }

    @Test func aRateThatNoCodecHasIsRefused() throws {
        let mixer = RoomMixer(configuration: .quiet)
        let settings = MemberSettings(output: EncoderParameters(codec: .pcmu), inputRate: 44100)
        #expect(throws: MixerError.codec(.sampleRate(44100))) { try mixer.add(settings) }
        #expect(mixer.memberCount == 0)
    }

    @Test func commandsForSlotsThatNobodyHasAreIgnored() throws {
        let mixer = RoomMixer(configuration: .quiet)
        let frame = [Int16](repeating: 1000, count: 160)
        for slot in [-1, 0, 7] {
            mixer.remove(slot)
            mixer.setMuted(slot, true)
            mixer.setHeld(slot, true)
            mixer.setGain(slot, .nan)
            mixer.setReceiving(slot, true)
            frame.withUnsafeBufferPointer { mixer.offer(slot, level: 10, frame: $0) }
            mixer.play(.joined, to: .member(slot))
            mixer.stop(.joined, to: .member(slot))
            try mixer.setOutput(slot, EncoderParameters(codec: .opus))
            try mixer.setInputRate(slot, 8000)
        }
        mixer.tick()
        #expect(mixer.talkers.isEmpty)
    }
}
