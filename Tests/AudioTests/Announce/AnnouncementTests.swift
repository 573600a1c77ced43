// SPDX-License-Identifier: GPL-3.0-or-later

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
}
