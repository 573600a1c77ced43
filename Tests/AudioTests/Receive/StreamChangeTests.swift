// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import RTP
import TestSupport
import Testing

@Suite struct StreamChangeTests {
    /// What may change in mid-stream, and how.
    enum Change: CaseIterable {
        case ssrc, sequence, sequenceBack, timestamp, timestampBack, all
    }

    @Test(arguments: Change.allCases, [(AudioCodec.pcmu, UInt8(0)), (.opus, 111)])
    func theToneGoesOnAfterAJump(change: Change, codec: (AudioCodec, UInt8)) throws {
        var rig = try ReceiveRig(ToneSender(codec.0, payloadType: codec.1))
        try rig.run(seconds: 3)
        switch change {
        case .ssrc: rig.sender.ssrc = 0x9999
        case .sequence: rig.sender.sequence &+= 20_000
        case .sequenceBack: rig.sender.sequence &-= 40
        case .timestamp: rig.sender.timestamp &+= 5_000_000
        case .timestampBack: rig.sender.timestamp &-= 700_000
        case .all:
            rig.sender.ssrc = 0x9999
            rig.sender.sequence = 7
            rig.sender.timestamp = 99
        }
        try rig.run(seconds: 3)
        #expect(rig.glitches(from: 162, bend: 0.0008).isEmpty)
        #expect(rig.delays.last ?? 99 < 21)
        #expect(rig.statistics.concealedMilliseconds <= 140)
        #expect(largestStep(rig) < 0.35)
    }

    @Test func aCodecChangeIsFollowed() throws {
        var rig = try ReceiveRig(ToneSender(.opus, payloadType: 111))
        try rig.run(seconds: 2)
        var next = try ToneSender(.pcma, payloadType: 8)
        next.sequence = rig.sender.sequence
        let elapsed = rig.sender.due
        while next.due <= elapsed { _ = try next.next() }
        next.sequence = rig.sender.sequence
        rig.sender = next
        try rig.run(seconds: 2)
        #expect(rig.rates.suffix(90).allSatisfy { $0 == 8000 })
        #expect(rig.levels.suffix(80).allSatisfy { abs(Int($0.decibelsBelowOverload) - 15) <= 1 })
        #expect(rig.receiver.codec == .pcma)
        #expect(rig.statistics.concealedMilliseconds <= 60)
    }

    /// A gateway that begins a new stream with the new codec under the old SSRC: its sequence may begin anywhere.
    @Test(arguments: [20_000, -20_000, -300])
    func aCodecChangeWithASequenceOfItsOwnIsFollowed(offset: Int) throws {
        var rig = try ReceiveRig(ToneSender(.pcma, payloadType: 8))
        try rig.run(seconds: 2)
        var next = try ToneSender(.opus, payloadType: 111)
        while next.due < rig.sender.due { _ = try next.next() }
        next.sequence = UInt16(truncatingIfNeeded: Int(rig.sender.sequence) + offset)
        rig.sender = next
        try rig.run(seconds: 2)
        #expect(rig.receiver.codec == .opus)
        #expect(rig.levels.suffix(80).allSatisfy { abs(Int($0.decibelsBelowOverload) - 15) <= 1 })
    }

    @Test func g722FollowsG711OnTheSameClock() throws {
        var rig = try ReceiveRig(ToneSender(.pcmu, payloadType: 0))
        try rig.run(seconds: 2)
        var next = try ToneSender(.g722, payloadType: 9)
        while next.due < rig.sender.due { _ = try next.next() }
        (next.sequence, next.timestamp) = (rig.sender.sequence, rig.sender.timestamp)
        rig.sender = next
        try rig.run(seconds: 2)
        #expect(rig.rates.suffix(90).allSatisfy { $0 == 16000 })
        #expect(rig.levels.suffix(80).allSatisfy { abs(Int($0.decibelsBelowOverload) - 15) <= 1 })
        #expect(rig.statistics.concealedMilliseconds == 0)
    }

    @Test func aPauseOfTheSenderIsSilenceAndCostsNoDelay() throws {
        for codec in [(AudioCodec.pcmu, UInt8(0)), (.opus, 111)] {
            var sender = try ToneSender(codec.0, payloadType: codec.1)
            sender.spurts = [0..<1000, 3000..<4000, 4200..<6000]
            sender.sendsSilence = false
            var rig = try ReceiveRig(sender, phase: 6)
            try rig.run(seconds: 6)
            #expect(rig.levels[60..<148].allSatisfy { !$0.reaches60 })
            #expect(rig.delays.last ?? 99 < 21)
            // Each spurt is whole, from its first frame.
            let track = rig.track()
            for frame in [155, 170, 198, 215, 260] {
                #expect(abs(track[frame].amplitude / 8000 - 1) < 0.1, "frame \(frame)")
            }
            #expect(rig.statistics.jitterBuffer.lost == 0)
        }
    }

    @Test func aSenderWhoseTimestampStopsInSilenceIsNotLateForEver() throws {
        var sender = try ToneSender(.pcmu, payloadType: 0)
        sender.spurts = [0..<1000, 6000..<9000]
        sender.sendsSilence = false
        var rig = try ReceiveRig(sender)
        // Takes the pause out of the timestamps.
        rig.change = { packet in
            if UInt16(packet.header.sequenceNumber &- 65500) >= 50 { packet.header.timestamp &-= 40_000 }
        }
        try rig.run(seconds: 9)
        #expect(rig.glitches(from: 310, bend: 0.011).isEmpty)
        #expect(rig.delays.last ?? 99 < 45)
    }

    /// The largest step between neighbouring samples beyond the tone's own, as a share of its amplitude.
    private func largestStep(_ rig: ReceiveRig) -> Double {
        let own = 2 * Double.pi * rig.sender.frequency / Double(rig.sampleRate)
        var largest = 0.0
        for index in rig.output.indices.dropFirst() {
            largest = max(largest, abs(Double(rig.output[index]) - Double(rig.output[index - 1])))
        }
        return largest / rig.sender.amplitude - own
    }
}

extension AudioLevel {
    var reaches60: Bool { decibelsBelowOverload <= 60 }
}
