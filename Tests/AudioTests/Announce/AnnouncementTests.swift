// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import TestSupport
import Testing

@testable import Audio

@Suite struct AnnouncementTests {
    private func samples(_ announcement: Announcement, rate: Int) -> [Int16] {
        var all: [Int16] = []
        for tick in 0..<announcement.sound.ticks {
            announcement.sound.withChunk(tick, rate: rate) { all += Array($0) }
        }
        return all
    }

    @Test(arguments: Announcement.allCases, [48000, 16000, 8000])
    func soundsAreQuietAndWithoutClicks(announcement: Announcement, rate: Int) {
        let samples = samples(announcement, rate: rate)
        #expect(samples.first == 0)
        #expect(abs(samples.last ?? 99) <= 2)
        #expect(samples.map(abs).max() ?? 0 < 3300)
        #expect(samples.map(abs).max() ?? 0 > 400)
        let steepest = zip(samples, samples.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
        #expect(Double(steepest) < 2 * 3.1416 * 1800 / Double(rate) * 2000)
        #expect(samples.count == announcement.sound.ticks * rate / 50)
    }

    @Test func theRoomHearsWhoComesAndGoes() throws {
        let rig = MixRig(MixerConfiguration())
        let member = try rig.add(.pcmu)
        let guest = try rig.add(.pcmu)
        rig.run(ticks: 30)
        #expect(rig.tones([659.26, 880], heardBy: member, seconds: 0.6, above: -60).count == 2)
        rig.run(ticks: 100)
        rig.heard[member] = []
        rig.remove(guest)
        rig.run(ticks: 30)
        #expect(rig.tones([659.26, 880], heardBy: member, seconds: 0.6, above: -60).count == 2)
    }

    @Test func chimesCanBeSwitchedOff() throws {
        let rig = MixRig()
        let member = try rig.add(.pcmu)
        _ = try rig.add(.pcmu)
        rig.run(ticks: 30)
        #expect(rig.heard[member]?.allSatisfy { $0 == 0 } == true)
    }

    @Test func aLoneMemberHearsAQuietPatternUntilSomebodyComes() throws {
        var configuration = MixerConfiguration.quiet
        configuration.lonePattern = true
        let rig = MixRig(configuration)
        let member = try rig.add(.opus)
        rig.run(ticks: 70)
        #expect(rig.mixer.counters.encodes == 0)
        rig.run(ticks: 150)
        let heard = try #require(rig.heard[member])
        let level = levelInDBov(heard.suffix(96000))
        #expect(level > -55 && level < -35, "\(level) dBov")
        _ = try rig.add(.opus)
        rig.run(ticks: 10)
        rig.heard[member] = []
        rig.run(ticks: 50)
        #expect(rig.heard[member]?.allSatisfy { abs($0) <= 32 } == true)
    }

    @Test func anAnnouncementForOneIsHeardByThatOneOnly() throws {
        let rig = MixRig()
        let one = try rig.add(.pcmu)
        let two = try rig.add(.pcmu)
        _ = try rig.add(.pcmu, tone: 1500, level: -25)
        rig.run(ticks: 20)
        rig.mixer.play(.joined, to: .member(one))
        rig.run(ticks: 30)
        #expect(rig.tones([659.26, 880, 1500], heardBy: one, seconds: 0.6, above: -60).count == 3)
        #expect(Set(rig.tones([659.26, 880, 1500], heardBy: two, seconds: 0.6, above: -60).keys) == [1500])
        #expect(rig.mixer.hasOwnStream(one))
        rig.run(ticks: 5)
        #expect(!rig.mixer.hasOwnStream(one))
    }

    /// A recording of a tone, one of half a second.
    private func recorded(_ frequency: Double) -> AnnouncementSound {
        let samples = (0..<11_025).map { Int16(4000 * sin(2 * .pi * frequency * Double($0) / 22_050)) }
        return AnnouncementSound(WAVRecording(samples: samples, sampleRate: 22_050))
    }

    @Test func recordingsFollowOneAnother() throws {
        let rig = MixRig()
        let one = try rig.add(.pcmu)
        let two = try rig.add(.opus)
        rig.run(ticks: 5)
        rig.mixer.play(SpokenAnnouncement([recorded(500), recorded(900)]), to: .member(one))
        rig.heard[one] = []
        rig.run(ticks: 60)
        let heard = try #require(rig.heard[one])
        func level(_ frequency: Double, _ range: Range<Int>) -> Double {
            ToneDetector(sampleRate: 8000).level(of: frequency, in: Array(heard[range]))
        }
        #expect(level(500, 800..<3200) > -30 && level(900, 800..<3200) < -60)
        #expect(level(900, 4800..<7200) > -30 && level(500, 4800..<7200) < -60)
        #expect(rig.heard[two]?.allSatisfy { abs($0) <= 32 } == true)
    }

    @Test(arguments: [AudioCodec.pcmu, .opus, .g722])
    func whoWantsItLouderHearsItLouderAndAlone(_ codec: AudioCodec) throws {
        let rig = MixRig()
        let one = try rig.add(codec)
        let two = try rig.add(codec)
        _ = try rig.add(.pcmu, tone: 1500, level: -30)
        rig.mixer.setHearing(one, 2)
        rig.run(ticks: 50)
        for member in [one, two] { rig.heard[member] = [] }
        rig.run(ticks: 50)
        func level(_ member: Int) -> Double {
            rig.tones([1500], heardBy: member, seconds: 0.6, above: -60)[1500] ?? -99
        }
        #expect(abs(level(one) - level(two) - 6) < 0.5, "\(level(one)) and \(level(two))")
        #expect(rig.mixer.hasOwnStream(one))
        rig.mixer.setHearing(one, 1)
        rig.run(ticks: 100)
        rig.heard[one] = []
        rig.run(ticks: 50)
        #expect(abs(level(one) - level(two)) < 0.5)
    }
}
