// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct ResamplerTests {
    private func run(_ resampler: Resampler, _ input: [Int16]) -> [Int16] {
        [Int16](unsafeUninitializedCapacity: input.count * 8) { buffer, count in
            let result = input.withUnsafeBufferPointer { resampler.process($0, into: buffer) }
            count = result.produced
        }
    }

    @Test(arguments: [(8000, 48000), (16000, 48000), (8000, 16000), (48000, 16000), (48000, 8000), (16000, 8000)])
    func everyFrameOf20msGivesAFrameOf20ms(from: Int, to: Int) throws {
        let resampler = try Resampler(from: from, to: to)
        var tone = ToneGenerator(frequency: 1000, level: -12, sampleRate: from)
        var output: [Int16] = []
        for _ in 0..<50 {
            let frame = run(resampler, tone.next(from / 50))
            #expect(frame.count == to / 50)
            output += frame
        }
        #expect(abs(ToneDetector(sampleRate: to).level(of: 1000, in: output.suffix(to / 2)) + 12) < 0.2)
        let glitches = ToneContinuity(frequency: 1000, sampleRate: to)
            .glitches(in: Array(output.suffix(to * 9 / 10)), amplitude: 8230, tolerance: 0.02)
        #expect(glitches.isEmpty)
    }

    @Test(arguments: [200, -200, 37])
    func driftIsCorrectedWithoutAGlitch(ppm: Int) throws {
        // A source whose clock runs fast delivers more samples: its tone, read at the nominal rate, sounds lower.
        let resampler = try Resampler(from: 48000, to: 48000, adjustable: true)
        resampler.setDrift(partsPerMillion: ppm)
        let real = 48000 * (1 + Double(ppm) / 1e6)
        let count = 480_000
        let source = (0..<count).map { Int16(8000 * sine(1000 * Double($0) / real)) }
        let output = run(resampler, source)
        #expect(abs(output.count - Int(Double(count) / (1 + Double(ppm) / 1e6))) <= 2)
        let continuity = ToneContinuity(frequency: 1000, sampleRate: 48000)
        let steady = Array(output[4800...])
        #expect(continuity.glitches(in: steady, amplitude: 8000, tolerance: 0.02).isEmpty)
        let slip = continuity.slip(in: steady, block: 4800)
        #expect((slip.last ?? 99).magnitude < 0.1, "slipped \(slip.last ?? 99) samples in 10 s")
    }

    @Test func correctionMayChangeWhileItRuns() throws {
        let resampler = try Resampler(from: 16000, to: 48000, adjustable: true)
        var tone = ToneGenerator(frequency: 700, level: -6, sampleRate: 16000)
        var output: [Int16] = []
        for index in 0..<100 {
            resampler.setDrift(partsPerMillion: index * 4 - 200)
            output += run(resampler, tone.next(320))
        }
        let glitches = ToneContinuity(frequency: 700, sampleRate: 48000)
            .glitches(in: Array(output[960...]), amplitude: 16422, tolerance: 0.02)
        #expect(glitches.isEmpty)
    }
}
