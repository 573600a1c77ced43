// SPDX-License-Identifier: GPL-3.0-or-later

/// Packet loss concealment for codecs that have none: the last pitch period goes on and fades, as in G.711 Appendix I.
///
/// spandsp has one too, laid out in samples of 8 kHz: at the 16 kHz of G.722 it would find no pitch under 133 Hz and
/// be silent after 25 ms. This one is laid out in milliseconds.
/// Whole for 10 ms, then a linear fade to silence at 60 ms. The first good samples are blended with its continuation.
@safe final class WaveformConcealer {
    private let shortestLag: Int
    private let longestLag: Int
    private let window: Int
    private let hold: Int
    private let fade: Int
    private let history: UnsafeMutableBufferPointer<Int16>
    private let cycle: UnsafeMutableBufferPointer<Float>

    /// Samples filled in since the last received one; 0 while packets arrive.
    private var missing = 0
    private var lag = 0
    private var position = 0
    private var offset: Float = 0
    private var offsetLength = 1

    init(sampleRate: Int) {
        shortestLag = sampleRate / 400
        longestLag = sampleRate / 66
        window = sampleRate / 50
        hold = sampleRate / 100
        fade = sampleRate / 20
        unsafe history = .allocate(capacity: window + longestLag + longestLag / 4 + 2)
        unsafe history.initialize(repeating: 0)
        unsafe cycle = .allocate(capacity: longestLag)
        unsafe cycle.initialize(repeating: 0)
    }

    deinit {
        unsafe history.deallocate()
        unsafe cycle.deallocate()
    }

    /// Takes good audio into the history; its first milliseconds are blended after a gap.
    func received(_ samples: UnsafeMutableBufferPointer<Int16>) {
        if missing > 0 {
            let blend = min(samples.count, missing <= 2 * hold ? hold / 2 : hold)
            let step = 1 / Float(blend + 1)
            for index in 0..<blend {
                let weight = Float(index + 1) * step
                let value = next() * (1 - weight) + Float(unsafe samples[index]) * weight
                unsafe samples[index] = Int16(clamping: Int(value.rounded()))
            }
            missing = 0
        }
        unsafe remember(UnsafeBufferPointer(samples))
    }

    /// Fills all of `samples`.
    func conceal(_ samples: UnsafeMutableBufferPointer<Int16>) {
        if missing == 0 { findCycle() }
        for index in samples.indices {
            unsafe samples[index] = Int16(clamping: Int(next().rounded()))
        }
        unsafe remember(UnsafeBufferPointer(samples))
    }

    func reset() {
        missing = 0
        unsafe history.update(repeating: 0)
    }

    private func next() -> Float {
        var value = unsafe cycle[position]
        if missing < offsetLength { value += offset * (1 - Float(missing + 1) / Float(offsetLength + 1)) }
        position = position + 1 == lag ? 0 : position + 1
        let gain = missing < hold ? 1 : max(0, 1 - Float(missing - hold) / Float(fade))
        missing += 1
        return value * gain
    }

    private func remember(_ samples: UnsafeBufferPointer<Int16>) {
        guard let base = unsafe history.baseAddress, let source = samples.baseAddress else { return }
        let kept = unsafe history.count - samples.count
        if kept > 0 {
            unsafe base.update(from: base + samples.count, count: kept)
            unsafe (base + kept).update(from: source, count: samples.count)
        } else {
            unsafe base.update(from: source + (samples.count - history.count), count: history.count)
        }
    }

    /// Takes the last pitch period out of the history, with its end bent so that it joins its own beginning.
    private func findCycle() {
        lag = pitch()
        let end = unsafe history.count
        let overlap = max(1, lag / 4)
        for index in 0..<lag {
            var value = Float(unsafe history[end - lag + index])
            let intoOverlap = index - (lag - overlap)
            if intoOverlap >= 0 {
                let weight = Float(intoOverlap + 1) / Float(overlap)
                let earlier = Float(unsafe history[end - 2 * lag + index])
                value = value * (1 - weight) + earlier * weight
            }
            unsafe cycle[index] = value
        }
        position = 0
        // The cycle begins where the sample before it was history[end - lag - 1], but the last heard was history[end - 1].
        offset = Float(unsafe history[end - 1]) - Float(unsafe history[end - lag - 1])
        offsetLength = overlap
    }

    /// The lag with the highest normalised correlation over the last 20 ms; the longest one for noise.
    private func pitch() -> Int {
        let start = unsafe history.count - window
        var best = longestLag
        var bestScore: Float = 0
        var own: Float = 1
        for index in 0..<window {
            let sample = Float(unsafe history[start + index])
            own += sample * sample
        }
        for candidate in shortestLag...longestLag {
            var product: Float = 0
            var energy: Float = 1
            for index in 0..<window {
                let shifted = Float(unsafe history[start + index - candidate])
                product += Float(unsafe history[start + index]) * shifted
                energy += shifted * shifted
            }
            guard product > 0 else { continue }
            let score = product * product / energy
            if score > bestScore {
                bestScore = score
                best = candidate
            }
        }
        return bestScore > 0.1 * own ? best : longestLag
    }
}
