// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import RTP
import TestSupport
import Testing

@Suite struct AttentionTests {
    private static let quiet = AudioLevel(decibelsBelowOverload: 120)
    private static let loud = AudioLevel(decibelsBelowOverload: 15, isVoice: true)

    @Test func aSilentSenderWithLevelsIsNotDecoded() throws {
        var sender = try ToneSender(.opus, payloadType: 111)
        sender.spurts = []
        sender.claims = { _ in Self.quiet }
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 20)
        #expect(rig.statistics.fullDecodes == 0)
        #expect(rig.statistics.scoutDecodes < 30)
        #expect(rig.statistics.scoutDecodes > 3)
        #expect(!rig.statistics.levelsDistrusted)
        #expect(rig.kinds.allSatisfy { $0 == .silence })
    }

    @Test(arguments: [true, false])
    func theFirstFrameOfATalkSpurtIsThere(hasLevels: Bool) throws {
        var sender = try ToneSender(.opus, payloadType: 111)
        sender.spurts = [2000..<4000]
        if hasLevels { sender.claims = { $0 ? Self.loud : Self.quiet } }
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 6)
        // Against a receiver that decodes everything from the start.
        var always = try ToneSender(.opus, payloadType: 111)
        always.spurts = [0..<1, 2000..<4000]
        let decoder = try AudioDecoder(.opus)
        var reference: [Int16] = []
        for _ in 0..<250 {
            guard let packet = try always.next() else { continue }
            var pcm = [Int16](repeating: 0, count: 960)
            _ = try packet.payload.withUnsafeBytes { bytes in
                try pcm.withUnsafeMutableBufferPointer { try decoder.decode(bytes, into: $0) }
            }
            reference += pcm
        }
        // The packet that holds the first 20 ms of the spurt is number 100: energy there, ours beside the reference's.
        let lag = try #require(
            (0..<2000).first { lag in
                rig.output.count > 97_000 + lag && lag % 24 == 0 && matches(rig.output, reference, lag: lag)
            })
        let ours = energy(rig.output[(96_000 + lag)..<(96_960 + lag)])
        let theirs = energy(reference[96_000..<96_960])
        #expect(ours > theirs * 0.7)
        #expect(rig.statistics.fullDecodes >= 100)
        #expect(rig.statistics.fullDecodes <= 130)
        #expect(!rig.active[90])
        #expect(rig.active[110])
        #expect(!rig.active[240])
    }

    @Test func aSenderThatHidesItsVoiceIsFoundOut() throws {
        var sender = try ToneSender(.opus, payloadType: 111)
        sender.claims = { _ in Self.quiet }
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 3)
        #expect(rig.statistics.levelsDistrusted)
        #expect(rig.levels.suffix(50).allSatisfy { $0.decibelsBelowOverload < 20 })
        #expect(rig.kinds.suffix(50).allSatisfy { $0 == .audio })
    }

    @Test func aSenderThatClaimsToShoutIsFoundOut() throws {
        var sender = try ToneSender(.opus, payloadType: 111)
        sender.spurts = []
        sender.claims = { _ in Self.loud }
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 6)
        #expect(rig.statistics.levelsDistrusted)
        #expect(rig.levels.suffix(50).allSatisfy { !$0.reaches60 })
        #expect(rig.kinds.suffix(50).allSatisfy { $0 == .silence })
    }

    @Test func aLegNobodyHearsIsOnlyListenedTo() throws {
        var rig = try ReceiveRig(ToneSender(.opus, payloadType: 111))
        rig.isWanted = { !(100..<200).contains($0) }
        try rig.run(seconds: 6)
        #expect(rig.kinds[110..<199].allSatisfy { $0 == .silence })
        #expect(rig.levels[110..<199].allSatisfy { abs(Int($0.decibelsBelowOverload) - 15) <= 3 })
        #expect(rig.active[150])
        #expect(rig.glitches(from: 203, bend: 0.0008).isEmpty)
    }

    @Test func discontinuousTransmissionIsSilence() throws {
        var sender = try ToneSender(.opus, payloadType: 111, dtx: true)
        sender.spurts = [0..<2000, 5000..<7000]
        var rig = try ReceiveRig(sender)
        try rig.run(seconds: 7)
        #expect(rig.levels[150..<248].allSatisfy { !$0.reaches60 })
        #expect(rig.glitches(from: 256, bend: 0.0008).isEmpty)
        #expect(rig.statistics.concealedMilliseconds == 0)
    }

    private func matches(_ output: [Int16], _ reference: [Int16], lag: Int) -> Bool {
        let span = 100_000..<102_000
        let error = span.reduce(0.0) { $0 + pow(Double(output[$1 + lag]) - Double(reference[$1]), 2) }
        return error < 0.01 * energy(reference[span])
    }

    private func energy(_ samples: ArraySlice<Int16>) -> Double {
        samples.reduce(0) { $0 + Double($1) * Double($1) }
    }
}
