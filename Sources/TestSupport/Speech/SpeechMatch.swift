// SPDX-License-Identifier: GPL-3.0-or-later

/// Whether a known voice, spoken over and over, is somewhere in a recording, even under others and after a codec.
///
/// The changes of loudness in 24 bands are compared at every shift of the voice against the recording. Where the
/// voice is in it, one shift stands far above all others; where not, the best is merely the best of many by chance.
package struct SpeechMatch: Hashable, Sendable {
    /// How many standard deviations the best shift stands above the others.
    package let prominence: Double
    /// Correlation at the best shift, -1 to 1.
    package let correlation: Double
    /// Where in the voice the recording begins, in milliseconds.
    package let shift: Int

    /// Prominence from which on a voice counts as heard. Measured with espeak-ng voices through G.711: absent 3.1 to 3.5,
    /// two at once 13.4 to 17.3, one that is 11 dB below the other 8.6.
    package static let threshold = 6.0

    package var isHeard: Bool { prominence >= Self.threshold }

    /// Looks for `voice`, which repeats without pause from its own start, in `recording`.
    package init(of voice: SpeechBands, in recording: SpeechBands) {
        guard voice.steps > 50, recording.steps > 100 else {
            (prominence, correlation, shift) = (0, 0, 0)
            return
        }
        let scores = Self.scores(of: voice, in: recording)
        let best = scores.indices.max { scores[$0] < scores[$1] } ?? 0
        // The shifts beside the best belong to its peak.
        let others = scores.indices.filter { index in
            let apart = abs(index - best)
            return min(apart, voice.steps - apart) > 5
        }.map { scores[$0] }
        let mean = others.reduce(0, +) / Double(others.count)
        let variance = others.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(others.count)
        prominence = variance > 0 ? (scores[best] - mean) / variance.squareRoot() : 0
        correlation = scores[best]
        shift = best * SpeechBands.step
    }

    /// The correlation at each shift of the voice.
    private static func scores(of voice: SpeechBands, in recording: SpeechBands) -> [Double] {
        let bands = SpeechBands.bands
        let rows = voice.steps
        return unsafe voice.values.withUnsafeBufferPointer { voice -> [Double] in
            unsafe recording.values.withUnsafeBufferPointer { recorded -> [Double] in
                guard let spoken = voice.baseAddress, let heard = recorded.baseAddress else { return [] }
                let powers = (0..<rows).map { row in
                    unsafe product(spoken + row * bands, spoken + row * bands, count: bands)
                }
                let recordedPower = unsafe product(heard, heard, count: recorded.count)
                return (0..<rows).map { shift in
                    var sum: Float = 0
                    var power: Float = 0
                    var row = shift
                    for step in 0..<recording.steps {
                        unsafe sum += product(spoken + row * bands, heard + step * bands, count: bands)
                        power += powers[row]
                        row += 1
                        if row == rows { row = 0 }
                    }
                    let scale = (power * recordedPower).squareRoot()
                    return scale > 0 ? Double(sum / scale) : 0
                }
            }
        }
    }

    /// By address: tests are not optimised, and one voice in one recording is ten million of these.
    private static func product(_ left: UnsafePointer<Float>, _ right: UnsafePointer<Float>, count: Int) -> Float {
        var sum: Float = 0
        var index = 0
        while index < count {
            unsafe sum += left[index] * right[index]
            index += 1
        }
        return sum
    }
}
