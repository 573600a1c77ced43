// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import RTP
import TestSupport
import Testing

@Suite struct PlayoutTests {
    @Test(arguments: [1.9, 5, 10, 19.5], [(AudioCodec.pcmu, UInt8(0)), (.g722, 9), (.opus, 111)])
    func aCalmNetworkAddsNothingButTheWaitForTheTick(phase: Double, codec: (AudioCodec, UInt8)) throws {
        var rig = try ReceiveRig(ToneSender(codec.0, payloadType: codec.1), phase: phase)
        try rig.run(seconds: 10)
        let last = try #require(rig.delays.last)
        #expect(abs(last - phase) < 1)
        #expect(rig.statistics.concealedMilliseconds == 0)
        #expect(rig.statistics.jitterBuffer[.late] == 0)
        #expect(rig.glitches(from: 10, bend: 0.0005).isEmpty)
    }

    @Test(arguments: [10, 20, 30, 40, 60])
    func everyPacketTimeIsPlayedWhole(ptime: Int) throws {
        for codec in [(AudioCodec.pcma, UInt8(8)), (.opus, 111)] where codec.0 != .opus || ptime != 30 {
            var rig = try ReceiveRig(ToneSender(codec.0, payloadType: codec.1, ptime: ptime), phase: 7)
            try rig.run(seconds: 5)
            #expect(rig.glitches(from: 25, bend: 0.0005).isEmpty)
            #expect(rig.statistics.concealedMilliseconds <= 60)
            #expect(rig.delays.last ?? 99 < 30)
        }
    }

    @Test(arguments: [200.0, -200, 500, -500, 50], [0.5, 12])
    func aDriftingClockIsResampledNotGlitched(drift: Double, phase: Double) throws {
        var sender = try ToneSender(.pcmu, payloadType: 0)
        sender.drift = drift
        var rig = try ReceiveRig(sender, phase: phase)
        // The long run, ten minutes, is the next test's.
        try rig.run(seconds: 120)
        #expect(rig.glitches(from: 10, bend: 0.011).isEmpty)
        #expect(rig.statistics.concealedMilliseconds == 0)
        #expect(abs(rig.statistics.driftPartsPerMillion - drift) < 10)
        #expect(rig.delays.dropFirst(1500).allSatisfy { $0 < 30 })
    }

    @Test(arguments: [200.0, -200])
    func tenMinutesOfDriftLeaveTheDelayWhereItWas(drift: Double) throws {
        var sender = try ToneSender(.pcmu, payloadType: 0)
        sender.drift = drift
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 600)
        #expect(rig.glitches(from: 10, bend: 0.011).isEmpty)
        // Once the drift is known, nothing but the drift is heard in the pitch.
        #expect(rig.glitches(from: 4000, bend: 0.0008).isEmpty)
        #expect(rig.statistics.concealedMilliseconds == 0)
        let settled = rig.delays.dropFirst(4000)
        #expect((settled.max() ?? 99) - (settled.min() ?? 0) < 4)
        #expect(settled.max() ?? 99 < 26)
    }

    /// Clocks as cheap as they come, and a network that is never quite still: after three hours people are as far from each other as
    /// after ten seconds, within 20 ms either way.
    @Test(arguments: [30.0, -30])
    func threeHoursLeaveTheDelayWhereItWas(drift: Double) throws {
        var sender = try ToneSender(.pcmu, payloadType: 0)
        sender.drift = drift
        var rig = try ReceiveRig(sender, condition: NetworkCondition(jitter: .uniform(10)))
        try rig.run(seconds: 3 * 3600)
        let early = try #require(rig.delays.dropFirst(500).first)
        let settled = rig.delays.dropFirst(500)
        #expect(
            settled.allSatisfy { abs($0 - early) <= 20 }, "\(early) ms, \(settled.min() ?? 0) to \(settled.max() ?? 0)")
        // Fewer than one packet of ten thousand comes too late for it.
        #expect(rig.statistics.concealedMilliseconds < 3 * 3600 / 10, "\(rig.statistics.concealedMilliseconds) ms")
    }

    @Test func anOpusSenderDriftsToo() throws {
        var sender = try ToneSender(.opus, payloadType: 111)
        sender.drift = -200
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 90)
        #expect(rig.glitches(from: 25, bend: 0.011).isEmpty)
        #expect(rig.statistics.concealedMilliseconds == 0)
        #expect(rig.delays.dropFirst(2500).allSatisfy { $0 < 27 })
    }

    @Test func jitterIsAbsorbedAndReleased() throws {
        var rig = try ReceiveRig(
            ToneSender(.pcmu, payloadType: 0), condition: NetworkCondition(jitter: .uniform(30)), phase: 10)
        try rig.run(seconds: 40)
        let late = rig.statistics.concealedMilliseconds
        // After the first seconds fewer than 3% are late.
        #expect(late < 40_000 * 3 / 100)
        #expect(rig.delays.dropFirst(500).allSatisfy { $0 < 65 })
        rig.network.condition.jitter = .none
        try rig.run(seconds: 80)
        #expect(rig.delays.last ?? 99 <= 11)
        #expect(rig.statistics.concealedMilliseconds == late)
    }

    @Test func oneLatePacketDoesNotCostDelay() throws {
        var rig = try ReceiveRig(
            ToneSender(.pcmu, payloadType: 0), condition: NetworkCondition(jitter: .spikes(every: 400, by: 45)))
        try rig.run(seconds: 60)
        #expect(rig.delays.dropFirst(500).allSatisfy { $0 < 32 })
        #expect(rig.statistics.concealedMilliseconds < 1500)
    }

    @Test func aStalledNetworkDoesNotLeaveItsDelayBehind() throws {
        var rig = try ReceiveRig(ToneSender(.pcmu, payloadType: 0))
        rig.network.condition.reorders = false
        try rig.run(seconds: 10)
        rig.network.condition.delay = 900
        try rig.step()
        rig.network.condition.delay = 0
        try rig.run(seconds: 60)
        #expect(rig.delays.last ?? 999 <= 21)
        #expect(rig.glitches(from: rig.kinds.count - 100, bend: 0.011).isEmpty)
    }
}
