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
        var scores: [Double] = []
        let bands = SpeechBands.bands
        let usable = recording.steps
        guard voice.steps > 50, usable > 100 else {
            (prominence, correlation, shift) = (0, 0, 0)
            return
        }
        scores.reserveCapacity(voice.steps)
        let recordingPower = recording.values.reduce(0) { $0 + $1 * $1 }
        for shift in 0..<voice.steps {
            var product: Float = 0
            var power: Float = 0
            var row = shift
            for step in 0..<usable {
                for band in 0..<bands {
                    let value = voice.values[row * bands + band]
                    product += value * recording.values[step * bands + band]
                    power += value * value
                }
                row += 1
                if row == voice.steps { row = 0 }
            }
            let scale = (power * recordingPower).squareRoot()
            scores.append(scale > 0 ? Double(product / scale) : 0)
        }
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
}
