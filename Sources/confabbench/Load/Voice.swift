// SPDX-License-Identifier: GPL-3.0-or-later
import Glibc
import TestSupport

/// Sound made for the load: the same every time, with no file and no library.
enum Voice {
    /// Formants of five vowels, Hz.
    private static let vowels: [(Double, Double, Double)] = [
        (730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (660, 1720, 2410),
    ]

    /// Something like speech: syllables of voiced pulses through three formants, hiss between some of them, pauses under
    /// 250 ms. About -22 dBov; it begins and ends in silence.
    ///
    /// - Parameters:
    ///   - seconds: its length.
    ///   - rate: Hz.
    ///   - seed: another voice for another number.
    static func speech(seconds: Double, rate: Int, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed &* 7919 &+ 17)
        let count = Int(seconds * Double(rate))
        var samples = [Double](repeating: 0, count: count)
        let pitch = Double.random(in: 95...210, using: &random)
        var position = rate / 50
        while position < count - rate / 3 {
            let length = Int(Double.random(in: 0.14...0.26, using: &random) * Double(rate))
            let vowel = vowels.randomElement(using: &random) ?? vowels[0]
            let isHiss = Int.random(in: 0..<6, using: &random) == 0
            var filters = [vowel.0, vowel.1, vowel.2].map { Resonator($0, bandwidth: 90, rate: rate) }
            var phase = 0.0
            for index in 0..<length where position + index < count - rate / 50 {
                let part = Double(index) / Double(length)
                phase += pitch * (1.15 - 0.3 * part) / Double(rate)
                var source = Double.random(in: -0.05...0.05, using: &random)
                if isHiss {
                    source *= 12
                } else if phase >= 1 {
                    phase -= 1
                    source += 1
                }
                var value = 0.0
                for number in filters.indices { value += filters[number].filter(source) }
                samples[position + index] += value * sin(.pi * part)
            }
            position += length + Int(Double.random(in: 0.02...0.12, using: &random) * Double(rate))
        }
        let power = samples.reduce(0) { $0 + $1 * $1 } / Double(count)
        let factor = power > 0 ? 32768 * pow(10, -22.0 / 20) / power.squareRoot() : 0
        return samples.map { $0 * factor }
    }

    /// White noise at `level` dBov.
    static func noise(seconds: Double, rate: Int, level: Double, seed: UInt64) -> [Double] {
        var random = SeededGenerator(seed: seed)
        let amplitude = 32768 * pow(10, level / 20) * 3.0.squareRoot()
        return (0..<Int(seconds * Double(rate))).map { _ in Double.random(in: -amplitude...amplitude, using: &random) }
    }

    /// Noise between 300 and 1500 Hz: what differs by a fraction of a sample still resembles itself.
    static func narrowNoise(seconds: Double, rate: Int, level: Double, seed: UInt64) -> [Double] {
        var low = [Resonator(500, bandwidth: 300, rate: rate), Resonator(900, bandwidth: 500, rate: rate)]
        let white = noise(seconds: seconds, rate: rate, level: -20, seed: seed)
        let shaped = white.map { sample in
            low[1].filter(low[0].filter(sample))
        }
        let power = shaped.reduce(0) { $0 + $1 * $1 } / Double(max(1, shaped.count))
        let factor = 32768 * pow(10, level / 20) / max(1e-9, power.squareRoot())
        return shaped.map { $0 * factor }
    }
}

/// A two-pole filter.
private struct Resonator {
    private let first: Double
    private let second: Double
    private let gain: Double
    private var last = 0.0
    private var beforeLast = 0.0

    init(_ frequency: Double, bandwidth: Double, rate: Int) {
        let radius = exp(-.pi * bandwidth / Double(rate))
        first = 2 * radius * cos(2 * .pi * frequency / Double(rate))
        second = -radius * radius
        gain = 1 - radius
    }

    mutating func filter(_ input: Double) -> Double {
        let output = gain * input + first * last + second * beforeLast
        beforeLast = last
        last = output
        return output
    }
}
