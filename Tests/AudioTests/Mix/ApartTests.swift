// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct ApartTests {
    @Test(arguments: [AudioCodec.opus, .g722, .pcmu])
    func whoIsApartNeitherHearsNorIsHeard(codec: AudioCodec) throws {
        let rig = MixRig()
        let waiting = try rig.add(codec, tone: 700)
        rig.mixer.setApart(waiting, true)
        let talker = try rig.add(codec, tone: 1100)
        let listener = try rig.add(codec)
        rig.run(ticks: 50) {
            #expect(!rig.packets.contains { $0.slot == waiting })
        }
        #expect(Set(rig.tones([700, 1100], heardBy: listener, seconds: 0.5).keys) == [1100])
        #expect(rig.tones([700, 1100], heardBy: talker, seconds: 0.5).isEmpty)
        rig.mixer.setApart(waiting, false)
        rig.run(ticks: 50)
        #expect(Set(rig.tones([700, 1100], heardBy: listener, seconds: 0.5).keys) == [700, 1100])
        #expect(Set(rig.tones([700, 1100], heardBy: waiting, seconds: 0.5).keys) == [1100])
        rig.mixer.setApart(waiting, true)
        rig.run(ticks: 50)
        #expect(Set(rig.tones([700, 1100], heardBy: listener, seconds: 0.5).keys) == [1100])
    }

    @Test(arguments: [AudioCodec.opus, .g722, .pcmu])
    func itHearsWhatIsPlayedToItAndNothingElse(codec: AudioCodec) throws {
        let rig = MixRig()
        let waiting = try rig.add(codec)
        rig.mixer.setApart(waiting, true)
        _ = try rig.add(codec, tone: 1100)
        let listener = try rig.add(codec)
        rig.run(ticks: 10)
        rig.mixer.play(.enterPIN, to: .member(waiting))
        var packets = 0
        rig.run(ticks: 50) { packets += rig.packets.count { $0.slot == waiting && $0.kind == .audio } }
        #expect(packets > 20)
        #expect(rig.tones([783.99, 1100], heardBy: waiting, seconds: 1)[1100] == nil)
        #expect(rig.tones([783.99, 1100], heardBy: listener, seconds: 1)[783.99] == nil)
        // It has rung out: nothing is sent any more.
        rig.run(ticks: 20)
        #expect(!rig.packets.contains { $0.slot == waiting })
    }

    @Test func whoIsApartIsNoCompany() throws {
        var configuration = MixerConfiguration.quiet
        configuration.lonePattern = true
        configuration.loneDelay = 100
        let rig = MixRig(configuration)
        let alone = try rig.add(.pcmu)
        let waiting = try rig.add(.pcmu)
        rig.mixer.setApart(waiting, true)
        var heard: [Int: Int] = [:]
        rig.run(ticks: 100) {
            for packet in rig.packets where packet.kind == .audio { heard[packet.slot, default: 0] += 1 }
        }
        #expect(heard[alone] ?? 0 > 50)
        #expect(heard[waiting] == nil)
        // Its leaving disturbs nobody, and the count is right after.
        rig.remove(waiting)
        let other = try rig.add(.pcmu)
        rig.run(ticks: 20)
        rig.remove(other)
        #expect(rig.mixer.memberCount == 1)
    }
}
