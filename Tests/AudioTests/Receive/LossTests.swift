// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import RTP
import TestSupport
import Testing

@Suite struct LossTests {
    @Test(arguments: [
        (AudioCodec.pcmu, UInt8(0), 0.05), (.pcmu, 0, 0.2), (.opus, 111, 0.05), (.opus, 111, 0.2), (.g722, 9, 0.2),
    ])
    func burstsOfLossAreConcealedAndNothingElse(codec: AudioCodec, type: UInt8, share: Double) throws {
        var rig = try ReceiveRig(
            ToneSender(codec, payloadType: type),
            condition: NetworkCondition(loss: .bursts(share: share, burst: 2)), phase: 8)
        try rig.run(seconds: 30)
        let statistics = rig.statistics
        #expect(abs(statistics.jitterBuffer.lost - rig.network.lost) <= 3)
        #expect(statistics.jitterBuffer[.late] == 0)
        // All that is lost is made up for, but for what passes 120 ms; nothing more.
        #expect(statistics.concealedMilliseconds <= rig.network.lost * 20)
        #expect(statistics.concealedMilliseconds >= rig.network.lost * 16)
        #expect(rig.delays.allSatisfy { $0 < 30 })
    }

    @Test func theNextPacketRestoresALostOneWhereItIsThere() throws {
        let sender = try ToneSender(.opus, payloadType: 111, fec: true)
        var condition = NetworkCondition(jitter: .uniform(30), loss: .independent(0.1))
        condition.delay = 5
        var rig = try ReceiveRig(sender, condition: condition)
        try rig.run(seconds: 30)
        #expect(rig.network.lost > 100)
        #expect(rig.statistics.fecRecovered > 0)
        #expect(
            rig.statistics.concealedMilliseconds + rig.statistics.fecRecovered * 20
                >= (rig.network.lost - 5) * 20 * 8 / 10)
    }

    @Test func reorderedPacketsArePlayedInOrderOnceTheDelayHasGrown() throws {
        var condition = NetworkCondition()
        condition.reordering = 0.1
        condition.reorderDelay = 25
        var rig = try ReceiveRig(ToneSender(.pcmu, payloadType: 0), condition: condition, phase: 10)
        try rig.run(seconds: 30)
        let before = rig.statistics.concealedMilliseconds
        #expect(before <= 200)
        try rig.run(seconds: 10)
        #expect(rig.statistics.concealedMilliseconds == before)
        #expect(rig.glitches(from: 1500, bend: 0.0005).isEmpty)
        #expect(rig.delays.last ?? 99 < 46)
    }

    @Test func duplicatesAreDropped() throws {
        var condition = NetworkCondition()
        condition.duplication = 0.5
        var rig = try ReceiveRig(ToneSender(.pcmu, payloadType: 0), condition: condition)
        try rig.run(seconds: 10)
        #expect(abs(rig.statistics.jitterBuffer[.duplicate] - rig.network.duplicated) <= 1)
        #expect(rig.glitches(from: 5, bend: 0.0005).isEmpty)
    }

    @Test func aLossyJitteryPathIsBoundedInDelayAndConcealment() throws {
        let condition = NetworkCondition(jitter: .uniform(30), loss: .bursts(share: 0.05, burst: 1.5))
        var rig = try ReceiveRig(ToneSender(.opus, payloadType: 111), condition: condition)
        try rig.run(seconds: 40)
        let statistics = rig.statistics
        let sorted = rig.delays.dropFirst(250).sorted()
        let median = sorted[sorted.count / 2]
        #expect(median < 50)
        #expect(sorted[sorted.count * 99 / 100] < 62)
        #expect(statistics.concealedMilliseconds < 40_000 * 9 / 100)
        print(
            "30 ms jitter, 5% loss: delay median \(median) ms, p99 \(sorted[sorted.count * 99 / 100]),",
            "lost \(rig.network.lost * 20) ms, concealed \(statistics.concealedMilliseconds) ms,",
            "discarded late \(statistics.jitterBuffer.discarded), late \(statistics.jitterBuffer[.late])")
    }

    @Test func concealmentFadesToSilence() throws {
        var rig = try ReceiveRig(ToneSender(.pcmu, payloadType: 0))
        try rig.run(seconds: 2)
        rig.network.condition.loss = .independent(1)
        try rig.run(seconds: 1)
        #expect(rig.kinds.suffix(40).allSatisfy { $0 != .audio || rig.levels.last == .silence })
        #expect(rig.levels.suffix(40).allSatisfy { $0 == .silence })
        #expect(rig.statistics.concealedMilliseconds <= 140)
        rig.network.condition.loss = .none
        try rig.run(seconds: 2)
        #expect(rig.glitches(from: 160, bend: 0.0005).isEmpty)
        #expect(rig.delays.last ?? 99 < 21)
    }
}
