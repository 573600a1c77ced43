// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct ContinuityTests {
    /// The full 30,000 ticks (10 minutes) run where the codec is cheap without optimisation.
    @Test(arguments: [(AudioCodec.pcmu, 30000), (.g722, 2000), (.opus, 2000)])
    func aLongToneLeavesWithNoSampleInsertedOrLost(codec: AudioCodec, ticks: Int) throws {
        let rig = MixRig()
        // One period in a whole frame count, so that every later second must equal the first after PCM.
        let frame = Box(ToneGenerator(frequency: 1000, level: -12, sampleRate: codec.sampleRate)).value.next(1)
        #expect(frame == [0])
        let tone = Box(ToneGenerator(frequency: 1000, level: -12, sampleRate: codec.sampleRate))
        let once = tone.value.next(codec.sampleRate / 50)
        _ = try rig.add(codec) { _ in once }
        let listener = try rig.add(codec)
        var spoiled: Int?
        var tick = 0
        var reference: [Int16]?
        rig.run(ticks: ticks) {
            tick += 1
            let heard = rig.heard[listener] ?? []
            if heard.count != codec.sampleRate / 50 { spoiled = spoiled ?? tick }
            if codec == .pcmu, tick > 1 {
                if reference == nil { reference = heard }
                if heard != reference { spoiled = spoiled ?? tick }
                rig.heard[listener] = []
            } else if codec != .pcmu {
                let error = ToneContinuity(frequency: 1000, sampleRate: codec.sampleRate)
                    .largestError(in: heard, amplitude: 8230)
                if tick > 10, error > 0.05 { spoiled = spoiled ?? tick }
                rig.heard[listener] = []
            } else {
                rig.heard[listener] = []
            }
        }
        #expect(spoiled == nil, "tick \(spoiled ?? 0)")
        #expect(rig.mixer.counters.limitedSamples == 0)
    }

    @Test func aMissingFrameIsAShortDipAndNoClick() throws {
        let rig = MixRig()
        rig.recordsPlain = true
        let tone = Box(ToneGenerator(frequency: 400, level: -12, sampleRate: 8000))
        var tick = 0
        _ = try rig.add(.pcmu) { count in
            tick += 1
            let frame = tone.value.next(count)
            return tick == 25 ? nil : frame
        }
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 50)
        let heard = try #require(rig.plain[listener])
        let steepest = zip(heard, heard.dropFirst()).map { abs(Int($1) - Int($0)) }.max() ?? 0
        #expect(steepest < 2700, "\(steepest)")
        #expect(rig.mixer.counters.missingFrames == 1)
    }
}
