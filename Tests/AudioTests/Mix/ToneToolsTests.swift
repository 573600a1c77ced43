// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

/// The ears of the other tests.
@Suite struct ToneToolsTests {
    @Test(arguments: [8000, 16000, 48000], [-6.0, -30, -50])
    func levelsAreMeasuredRight(rate: Int, level: Double) {
        var tone = ToneGenerator(frequency: 437, level: level, sampleRate: rate)
        let measured = ToneDetector(sampleRate: rate).level(of: 437, in: tone.next(rate / 2))
        #expect(abs(measured - level) < 0.2)
    }

    @Test func onlyTheTonesThatAreThereAreReported() {
        var one = ToneGenerator(frequency: 440, level: -20, sampleRate: 8000)
        var two = ToneGenerator(frequency: 1000, level: -40, sampleRate: 8000)
        let sum = zip(one.next(4000), two.next(4000)).map { $0 + $1 }
        let found = ToneDetector(sampleRate: 8000).tones([440, 700, 1000, 1300], in: sum)
        #expect(Set(found.keys) == [440, 1000])
    }

    @Test(arguments: [(-1, 1.0), (1, -1.0)])
    func oneInsertedOrLostSampleIsFound(change: Int, slip: Double) {
        var tone = ToneGenerator(frequency: 440, level: -10, sampleRate: 8000)
        var samples = tone.next(8000)
        if change > 0 { samples.remove(at: 4001) } else { samples.insert(samples[4001], at: 4001) }
        let continuity = ToneContinuity(frequency: 440, sampleRate: 8000)
        let glitches = continuity.glitches(in: samples, amplitude: 10362, tolerance: 0.02)
        #expect(glitches.count == 1)
        #expect(abs((glitches.first?.position ?? 0) - 4001) <= 2)
        let measured = continuity.slip(in: samples, block: 400).last ?? 0
        #expect(abs(measured - slip) < 0.05, "\(measured)")
    }
}
