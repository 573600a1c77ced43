// SPDX-License-Identifier: GPL-3.0-or-later

import CSpeexDSP

/// Changes the sample rate of one mono stream, by speexdsp.
///
/// Belongs to one thread at a time. Nothing is allocated by ``process(_:into:)``.
@safe package final class Resampler {
    package let inputRate: Int
    package let outputRate: Int
    private let state: OpaquePointer
    /// Corrections in ppm: what is wanted and what the library now runs at.
    private var drift = 0
    private var applied = 0
    /// Samples of input by which the stream is behind what was wanted.
    private var owed = 0.0

    /// - Parameters:
    ///   - quality: 0 to 10; at 4 (64 taps at the lower rate) the stream is delayed by 32 samples of the lower rate.
    ///   - adjustable: set when ``setDrift(partsPerMillion:)`` will be used.
    package init(from inputRate: Int, to outputRate: Int, quality: Int = 4, adjustable: Bool = false)
        throws(AudioCodecError)
    {
        guard (1000...384_000).contains(inputRate) else { throw .sampleRate(inputRate) }
        guard (1000...384_000).contains(outputRate) else { throw .sampleRate(outputRate) }
        self.inputRate = inputRate
        self.outputRate = outputRate
        var result: Int32 = 0
        let created = unsafe speex_resampler_init(
            1, UInt32(inputRate), UInt32(outputRate), Int32(min(10, max(0, quality))), &result)
        guard let created = unsafe created, result == 0 else { throw .setting(code: result) }
        unsafe state = created
        if adjustable {
            // Takes the longest filter now, so that later corrections stay within the memory it holds.
            apply(10000)
            apply(-10000)
            apply(0)
            reset()
        }
    }

    deinit { unsafe speex_resampler_destroy(state) }

    /// Consumes more input than nominal for a positive correction: a source whose clock runs `ppm` fast comes out at
    /// the nominal rate. Takes effect with the next ``process(_:into:)``, without a click. ±10,000 at most.
    package func setDrift(partsPerMillion ppm: Int) {
        let limited = min(10000, max(-10000, ppm))
        guard limited != drift else { return }
        drift = limited
        if abs(limited) >= Self.finest { apply(limited) }
    }

    /// - Returns: samples taken from `input` and samples written to `output`.
    package func process(
        _ input: UnsafeBufferPointer<Int16>, into output: UnsafeMutableBufferPointer<Int16>
    ) -> (consumed: Int, produced: Int) {
        guard let source = input.baseAddress, let target = output.baseAddress else { return (0, 0) }
        steer()
        var consumed = UInt32(clamping: input.count)
        var produced = UInt32(clamping: output.count)
        _ = unsafe speex_resampler_process_int(state, 0, source, &consumed, target, &produced)
        if applied != drift { owed += Double(drift - applied) * 1e-6 * Double(consumed) }
        return (Int(consumed), Int(produced))
    }

    /// speexdsp keeps its phase over a change of ratio only for denominators under 2^16, and loses it when the ratio
    /// becomes a simple one again. So a drift too small for such a denominator is made of two larger ones in turn,
    /// each held until the output is half a sample off its place.
    private func steer() {
        guard abs(drift) < Self.finest, drift != 0 || applied != 0 else {
            owed = 0
            return
        }
        if owed > 0.5 || applied == 0 && drift > 0 {
            apply(Self.finest)
        } else if owed < -0.5 || applied == 0 && drift < 0 || abs(applied) > Self.finest {
            apply(-Self.finest)
        }
    }

    private func apply(_ ppm: Int) {
        guard ppm != applied else { return }
        applied = ppm
        let divisor = greatestCommonDivisor(inputRate, outputRate)
        let ratio = approximation(inputRate / divisor * (1_000_000 + ppm), outputRate / divisor * 1_000_000)
        _ = unsafe speex_resampler_set_rate_frac(
            state, UInt32(ratio.numerator), UInt32(ratio.denominator), UInt32(inputRate), UInt32(outputRate))
    }

    /// The smallest correction in ppm whose ratio has a denominator under 2^16.
    private static let finest = 16

    /// Samples of output by which the stream is delayed.
    package var latency: Int { Int(unsafe speex_resampler_get_output_latency(state)) }

    /// Forgets the stream; the next output starts as if silence had been before.
    package func reset() {
        _ = unsafe speex_resampler_reset_mem(state)
        owed = 0
    }
}

private func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
    var (high, low) = (first, second)
    while low != 0 { (high, low) = (low, high % low) }
    return high
}

/// The nearest fraction to `numerator / denominator` with a denominator under 2^16, by continued fractions.
private func approximation(_ numerator: Int, _ denominator: Int) -> (numerator: Int, denominator: Int) {
    let limit = 65535
    var (lastTop, lastBottom, top, bottom) = (0, 1, 1, 0)
    var (high, low) = (numerator, denominator)
    while low != 0 {
        let quotient = high / low
        let nextBottom = lastBottom + quotient * bottom
        guard nextBottom <= limit else {
            // The last step as far as the limit allows lies beyond the half of it, or the step before is nearer.
            let part = (limit - lastBottom) / bottom
            return 2 * part > quotient ? (lastTop + part * top, lastBottom + part * bottom) : (top, bottom)
        }
        (lastTop, lastBottom, top, bottom) = (top, bottom, lastTop + quotient * top, nextBottom)
        (high, low) = (low, high - quotient * low)
    }
    return (top, bottom)
}
