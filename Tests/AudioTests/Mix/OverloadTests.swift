// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

/// What a thread short of time does to a room.
@Suite struct OverloadTests {
    @Test(arguments: [20, 40]) func aTickLeftOutIsAGapInTime(ptime: Int) throws {
        let rig = MixRig()
        _ = try rig.add(.opus, tone: 440)
        let listener = try rig.add(.opus, ptime: ptime)
        rig.run(ticks: 20)
        var starts: [UInt32] = []
        var markers: [Bool] = []
        func note() {
            for packet in rig.packets where packet.slot == listener {
                starts.append(packet.timestamp / 960)
                markers.append(packet.marker)
            }
        }
        rig.run(ticks: 2, note)
        rig.mixer.skipTicks()
        rig.mixer.skipTicks()
        rig.run(ticks: 4, note)
        #expect(rig.mixer.counters.skippedTicks == 2)
        if ptime == 20 {
            #expect(starts == [20, 21, 24, 25, 26, 27])
            #expect(markers == [false, false, true, false, false, false])
        } else {
            #expect(starts == [20, 24, 26])
        }
    }

    @Test func lowEffortIsCheaperAndStillHeard() throws {
        let effort = EncoderEffort()
        let set = EncoderSet(effort: effort)
        let parameters = EncoderParameters(codec: .opus, complexity: 9)
        try set.prepare(parameters)
        let decoder = try AudioDecoder(.opus)
        let tone = Box(ToneGenerator(frequency: 440, level: -20, sampleRate: 48000))
        var heard: [Int16] = []
        for tick in 0..<100 {
            if tick == 50 { effort.limit = 0 }
            let frame = tone.value.next(960)
            var payload = [UInt8](repeating: 0, count: 1275)
            let count = try frame.withUnsafeBufferPointer { pcm in
                try payload.withUnsafeMutableBytes {
                    try set.encode(pcm, parameters, independent: false, into: $0)
                }
            }
            var pcm = [Int16](repeating: 0, count: 960)
            _ = try payload[..<count].withUnsafeBytes { bytes in
                try pcm.withUnsafeMutableBufferPointer { try decoder.decode(bytes, into: $0) }
            }
            heard += pcm
        }
        let detector = ToneDetector(sampleRate: 48000)
        #expect(detector.level(of: 440, in: heard[(60 * 960)..<(100 * 960)]) > -24)
    }
}
