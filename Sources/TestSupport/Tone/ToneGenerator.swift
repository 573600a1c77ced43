// SPDX-License-Identifier: GPL-3.0-or-later

#if canImport(Glibc)
import Glibc
#else
import Musl
#endif

/// A steady sine that goes on from buffer to buffer without a step.
package struct ToneGenerator: Sendable {
    /// Hz.
    package let frequency: Double
    /// Samples a second.
    package let sampleRate: Int
    /// dBFS.
    package let level: Double
    private let amplitude: Double
    private var position = 0

    /// - Parameter level: dBFS of the sine, 0 being the loudest sine that fits 16 bits (its RMS is 3 dB lower).
    package init(frequency: Double, level: Double, sampleRate: Int) {
        self.frequency = frequency
        self.sampleRate = sampleRate
        self.level = level
        amplitude = 32767 * pow(10, level / 20)
    }

    /// The next `count` samples.
    package mutating func next(_ count: Int) -> [Int16] {
        let step = 2 * Double.pi * frequency / Double(sampleRate)
        let samples = (0..<count).map { Int16((amplitude * sin(step * Double(position + $0))).rounded()) }
        position += count
        return samples
    }
}
