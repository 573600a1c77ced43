// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc
import Synchronization

/// A sine without end and without a step between frames.
package final class ToneSource: AudioSource {
    /// Peak in dB below full scale where none is asked for.
    package static let defaultLevel = -16.0

    package let sampleRate: Int
    package let name: String
    package let hasEnded = false
    private let amplitude: Double
    private let step: Double
    private let phase = Mutex<Double>(0)

    /// - Parameters:
    ///   - frequency: Hz, below half of `sampleRate`.
    ///   - level: peak in dB, 0 is full scale.
    package init(frequency: Double, level: Double = ToneSource.defaultLevel, sampleRate: Int) {
        self.sampleRate = sampleRate
        name = "tone \(frequency) Hz"
        amplitude = 32_767 * pow(10, min(level, 0) / 20)
        step = 2 * Double.pi * frequency / Double(sampleRate)
    }

    package func start() {}

    package func read(into frame: inout MutableSpan<Int16>) -> Int {
        var angle = phase.withLock { $0 }
        for index in frame.indices {
            frame[index] = Int16((amplitude * sin(angle)).rounded())
            angle += step
            if angle >= 2 * Double.pi { angle -= 2 * Double.pi }
        }
        phase.withLock { $0 = angle }
        return frame.count
    }

    package func stop() {}
}
