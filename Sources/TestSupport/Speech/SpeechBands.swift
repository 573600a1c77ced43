// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// How loud a sound is in each of 24 bands between 200 and 3400 Hz, every 20 ms: what a telephone leaves of a voice.
package struct SpeechBands: Sendable {
    static let bands = 24
    /// Milliseconds a step.
    static let step = 20

    /// Steps × bands, row by row, each band's long-term course taken away, so that only its changes are left.
    let values: [Float]
    let steps: Int

    /// - Parameter sampleRate: Hz, at least 8000.
    package init(_ samples: [Int16], sampleRate: Int) {
        let hop = sampleRate * Self.step / 1000
        steps = samples.count / hop
        let energies = Self.energies(of: samples, sampleRate: sampleRate, hop: hop)
        values = Self.changes(of: energies, steps: steps)
    }

    private static func energies(of samples: [Int16], sampleRate: Int, hop: Int) -> [Float] {
        let steps = samples.count / hop
        var energies = [Float](repeating: 0, count: steps * bands)
        unsafe samples.withUnsafeBufferPointer { samples in
            guard let start = samples.baseAddress else { return }
            for (band, centre) in centres.enumerated() {
                var filter = BandFilter(centre: centre, quality: 6, sampleRate: Double(sampleRate))
                for step in 0..<steps {
                    let energy = unsafe filter.energy(of: start + step * hop, count: hop)
                    energies[step * bands + band] = Float(energy / Double(hop))
                }
            }
        }
        return energies
    }

    /// Whole seconds and parts.
    package var seconds: Double { Double(steps * Self.step) / 1000 }

    /// Even steps on a logarithmic scale, as the ear has them.
    private static var centres: [Double] {
        (0..<bands).map { 200 * pow(17, Double($0) / Double(bands - 1)) }
    }

    /// Decibels above a floor, less their mean over the second around, less the mean of all bands: what is left is how
    /// the shape of the spectrum moves, which two speakers at once, a codec and a level control leave standing.
    private static func changes(of energies: [Float], steps: Int) -> [Float] {
        let loudest = energies.max() ?? 0
        let floor = max(loudest * 1e-4, 1)
        let decibels = energies.map { 10 * log10f(max($0, floor) / floor) }
        var changes = decibels
        let reach = 25
        for band in 0..<bands {
            var sum: Float = 0
            var count: Float = 0
            for step in 0..<min(reach, steps) {
                sum += decibels[step * bands + band]
                count += 1
            }
            for step in 0..<steps {
                if step + reach < steps {
                    sum += decibels[(step + reach) * bands + band]
                    count += 1
                }
                if step - reach - 1 >= 0 {
                    sum -= decibels[(step - reach - 1) * bands + band]
                    count -= 1
                }
                changes[step * bands + band] = decibels[step * bands + band] - sum / count
            }
        }
        for row in stride(from: 0, to: steps * bands, by: bands) {
            let mean = changes[row..<row + bands].reduce(0, +) / Float(bands)
            for index in row..<row + bands { changes[index] -= mean }
        }
        return changes
    }
}

/// A second-order band-pass with unit gain at its centre.
private struct BandFilter {
    private let b0: Double
    private let a1: Double
    private let a2: Double
    private var x1 = 0.0
    private var x2 = 0.0
    private var y1 = 0.0
    private var y2 = 0.0

    init(centre: Double, quality: Double, sampleRate: Double) {
        let angle = 2 * Double.pi * centre / sampleRate
        let alpha = sin(angle) / (2 * quality)
        b0 = alpha / (1 + alpha)
        a1 = -2 * cos(angle) / (1 + alpha)
        a2 = (1 - alpha) / (1 + alpha)
    }

    /// Of what passes of the next samples, summed. By address, as tests are not optimised and do this 24 times a sample.
    mutating func energy(of samples: UnsafePointer<Int16>, count: Int) -> Double {
        var sum = 0.0
        var index = 0
        while index < count {
            let x = unsafe Double(samples[index])
            let y = b0 * (x - x2) - a1 * y1 - a2 * y2
            x2 = x1
            x1 = x
            y2 = y1
            y1 = y
            sum += y * y
            index += 1
        }
        return sum
    }
}
