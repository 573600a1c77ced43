// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Looks for breaks in a tone that should be steady: clicks, gaps, inserted and lost samples.
package struct ToneContinuity: Sendable {
    /// One break.
    package struct Glitch: Hashable, Sendable {
        /// Index of the sample where the tone left its course.
        package let position: Int
        /// How far the sample lay from where the two before it led, as a share of the tone's amplitude.
        package let error: Double
    }

    package let frequency: Double
    package let sampleRate: Int

    package init(frequency: Double, sampleRate: Int) {
        self.frequency = frequency
        self.sampleRate = sampleRate
    }

    /// Sample by sample: a sine obeys x[n] = 2 cos(w) x[n-1] - x[n-2], so each sample is compared with what the two
    /// before it predict. Breaks closer than 1 ms to the one before count as the same.
    /// - Parameters:
    ///   - amplitude: of the tone, in sample steps.
    ///   - tolerance: share of the amplitude; 0.02 for PCM, 0.1 or more after a codec.
    package func glitches(in samples: [Int16], amplitude: Double, tolerance: Double) -> [Glitch] {
        guard samples.count > 2 else { return [] }
        let coefficient = 2 * cos(2 * Double.pi * frequency / Double(sampleRate))
        var found: [Glitch] = []
        var previous = -sampleRate
        var (older, old) = (Double(samples[0]), Double(samples[1]))
        for index in 2..<samples.count {
            let value = Double(samples[index])
            let error = abs(value - (coefficient * old - older)) / amplitude
            (older, old) = (old, value)
            guard error > tolerance else { continue }
            if index - previous > sampleRate / 1000 { found.append(Glitch(position: index, error: error)) }
            previous = index
        }
        return found
    }

    /// The largest prediction error in `samples`, as a share of `amplitude`.
    package func largestError(in samples: some Collection<Int16>, amplitude: Double) -> Double {
        let coefficient = 2 * cos(2 * Double.pi * frequency / Double(sampleRate))
        var largest = 0.0
        var (older, old): (Double?, Double?) = (nil, nil)
        for sample in samples {
            let value = Double(sample)
            if let older, let old { largest = max(largest, abs(value - (coefficient * old - older))) }
            (older, old) = (old, value)
        }
        return largest / amplitude
    }

    /// How many samples the tone has gained (positive: inserted) or lost against its frequency, block by block, summed
    /// from the first block on. Counts right while no single step passes half a period.
    /// - Parameter block: samples a block; several periods of the tone.
    package func slip(in samples: [Int16], block: Int) -> [Double] {
        let step = 2 * Double.pi * frequency / Double(sampleRate)
        var slips: [Double] = []
        var first: Double?
        var last = 0.0
        var start = 0
        while start + block <= samples.count {
            var (real, imaginary) = (0.0, 0.0)
            for index in start..<(start + block) {
                let window = 0.5 - 0.5 * cos(2 * Double.pi * Double(index - start) / Double(block))
                let value = Double(samples[index]) * window
                real += value * cos(step * Double(index))
                imaginary -= value * sin(step * Double(index))
            }
            var phase = atan2(imaginary, real)
            if first == nil { last = phase }
            phase += 2 * Double.pi * ((last - phase) / (2 * Double.pi)).rounded()
            last = phase
            let reference = first ?? phase
            first = reference
            slips.append((reference - phase) / step)
            start += block
        }
        return slips
    }
}
