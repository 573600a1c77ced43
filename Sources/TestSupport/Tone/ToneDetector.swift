// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// Says which of a set of tones stand in a recording, and how loud.
package struct ToneDetector: Sendable {
    package let sampleRate: Int

    package init(sampleRate: Int) {
        self.sampleRate = sampleRate
    }

    /// Level of `frequency` in `samples` in dBFS (0: the loudest sine that fits 16 bits), by a Goertzel filter under a
    /// Hann window: tones four bins (4 / duration) apart do not leak into each other. -120 when there is nothing.
    package func level(of frequency: Double, in samples: some Collection<Int16>) -> Double {
        guard samples.count > 8 else { return -120 }
        let level = samples.withContiguousStorageIfAvailable { unsafe levelThere(of: frequency, $0) }
        return level ?? self.level(of: frequency, in: Array(samples))
    }

    /// By address: tests are not optimised, and what looks again and again at a second of sound does little else.
    private func levelThere(of frequency: Double, _ samples: UnsafeBufferPointer<Int16>) -> Double {
        guard let start = samples.baseAddress else { return -120 }
        let count = samples.count
        let omega = 2 * Double.pi * frequency / Double(sampleRate)
        let coefficient = 2 * cos(omega)
        // The window's cosine by recurrence: sin and cos a sample would be most of the time.
        let turn = 2 * Double.pi / Double(count)
        let (turnCosine, turnSine) = (cos(turn), sin(turn))
        var (windowCosine, windowSine) = (1.0, 0.0)
        var (last, beforeLast) = (0.0, 0.0)
        var index = 0
        while index < count {
            let sample = unsafe start[index]
            let value = Double(sample) * 0.5 * (1 - windowCosine) + coefficient * last - beforeLast
            beforeLast = last
            last = value
            let cosine = windowCosine * turnCosine - windowSine * turnSine
            windowSine = windowSine * turnCosine + windowCosine * turnSine
            windowCosine = cosine
            index += 1
        }
        let power = last * last + beforeLast * beforeLast - coefficient * last * beforeLast
        // A Hann window keeps half the amplitude: |X| = A * count / 4.
        let amplitude = power.squareRoot() * 4 / Double(count)
        return max(-120, 20 * log10(max(amplitude, 1e-9) / 32767))
    }

    /// The level that `frequency` has most of the time, 100 ms at a time, in dBFS: over longer stretches a tone that slipped by half a
    /// period is none.
    package func usualLevel(of frequency: Double, in samples: some RandomAccessCollection<Int16>) -> Double {
        let levels = stride(from: 0, through: samples.count - sampleRate / 10, by: sampleRate / 10).map {
            level(of: frequency, in: samples.dropFirst($0).prefix(sampleRate / 10))
        }
        return levels.isEmpty ? -120 : levels.sorted()[levels.count / 2]
    }

    /// Those of `frequencies` that stand at `threshold` dBFS or above, with their levels.
    package func tones(
        _ frequencies: [Double], in samples: some Collection<Int16>, above threshold: Double = -50
    ) -> [Double: Double] {
        var found: [Double: Double] = [:]
        for frequency in frequencies {
            let level = level(of: frequency, in: samples)
            if level >= threshold { found[frequency] = level }
        }
        return found
    }
}

/// Root mean square of `samples` in dBov (RFC 6464): 0 for a full-scale square wave, -127 for silence.
package func levelInDBov(_ samples: some Collection<Int16>) -> Double {
    guard !samples.isEmpty else { return -127 }
    let sum =
        samples.withContiguousStorageIfAvailable { unsafe sumOfSquares($0) }
        ?? samples.reduce(into: 0.0) { $0 += Double($1) * Double($1) }
    let energy = sum / Double(samples.count)
    return energy < 1e-3 ? -127 : max(-127, 10 * log10(energy / (32768 * 32768)))
}

private func sumOfSquares(_ samples: UnsafeBufferPointer<Int16>) -> Double {
    guard let start = samples.baseAddress else { return 0 }
    var sum = 0.0
    var index = 0
    while index < samples.count {
        let sample = unsafe Double(start[index])
        sum += sample * sample
        index += 1
    }
    return sum
}
