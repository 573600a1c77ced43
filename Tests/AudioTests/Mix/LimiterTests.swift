// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct LimiterTests {
    private func limit(_ sums: [[Int32]]) -> [[Int16]] {
        var limiter = Limiter()
        return sums.map { sums in
            let sum = SumFrame(capacity: sums.count)
            sum.clear(count: sums.count)
            // Sums are made of samples, so a large one is added in pieces.
            var rest = sums
            while rest.contains(where: { $0 != 0 }) {
                let piece = SampleFrame(capacity: sums.count)
                let samples = rest.map { Int16(max(-32768, min(32767, $0))) }
                samples.withUnsafeBufferPointer { piece.load($0, gain: 1, to: 1) }
                sum.add(piece)
                for index in rest.indices { rest[index] -= Int32(samples[index]) }
            }
            let output = SampleFrame(capacity: sums.count)
            _ = limiter.process(sum, into: output)
            return Array(output.samples)
        }
    }

    @Test func whatFitsIsUnchanged() {
        var noise = Noise(seed: 3)
        let frame = noise.next(960, amplitude: 32767).map(Int32.init)
        #expect(limit([frame]).first?.map(Int32.init) == frame)
        #expect(limit([[Int32](repeating: -32768, count: 160)]).first == [Int16](repeating: -32768, count: 160))
    }

    @Test(arguments: [160, 320, 960], [1.2, 3.0, 40.0])
    func overloadNeverWrapsNorClipsOnceItRuns(count: Int, overload: Double) {
        let rate = Double(count * 50)
        let sums = (0..<50).map { frame in
            (0..<count).map { Int32(32767 * overload * sine(440 * Double(frame * count + $0) / rate)) }
        }
        let output = limit(sums)
        for (frame, samples) in output.enumerated() {
            for (index, sample) in samples.enumerated() where abs(sums[frame][index]) > 1000 {
                #expect((sample >= 0) == (sums[frame][index] >= 0))
            }
        }
        let steady = output[10...].flatMap { $0 }
        let level = ToneDetector(sampleRate: count * 50).level(of: 440, in: steady)
        let third = ToneDetector(sampleRate: count * 50).level(of: 1320, in: steady)
        #expect(level > -1.5)
        #expect(third < -40, "distortion at \(third) dBFS")
    }

    @Test func afterAPeakTheGainComesBackSlowlyAndWhole() {
        var sums = [[Int32](repeating: 0, count: 960)]
        sums[0] = (0..<960).map { Int32(60000 * sine(Double($0) / 48)) }
        sums += (0..<100).map { _ in [Int32](repeating: 10000, count: 960) }
        let output = limit(sums)
        let steps = output[1...].flatMap { $0 }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $1 >= $0 && $1 - $0 < 12 })
        #expect(output.last?.allSatisfy { $0 == 10000 } == true)
    }

    @Test func threeShoutingMembersAreLimitedTogether() throws {
        let rig = MixRig()
        for tone in [500.0, 900, 1300] { _ = try rig.add(.pcmu, tone: tone, level: -2) }
        let listener = try rig.add(.pcmu)
        rig.run(ticks: 100)
        #expect(rig.tones([500, 900, 1300], heardBy: listener).count == 3)
        #expect(rig.mixer.counters.limitedSamples > 0)
        let artefact = rig.tones([100, 1700, 2700, 3100], heardBy: listener)
        #expect(artefact.values.allSatisfy { $0 < -34 }, "\(artefact)")
    }
}
