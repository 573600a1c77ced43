// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Synchronization

/// Joins a sound card's clock and rate to the call's: one side pushes, the other pulls, each at its own pace.
///
/// Adds 40 ms in the mean. Neither side ever waits for the other longer than a copy of a frame takes.
final class SampleBridge: Sendable {
    private struct Input {
        var resampler: Resampler?
        var resampled: [Int16] = []
    }

    private struct Output {
        var ring: SampleRing
        var drift: DriftControl
        var wanted = 0
    }

    private let input = Mutex(Input())
    private let output: Mutex<Output>

    /// - Parameter outputRate: Hz at which samples are pulled, until `restart` says otherwise.
    init(outputRate: Int) {
        output = Mutex(Self.emptied(outputRate))
    }

    /// Begins anew with a device just opened. What was held is gone.
    func restart(inputRate: Int, outputRate: Int) {
        output.withLock { $0 = Self.emptied(outputRate) }
        input.withLock { input in
            input.resampler = try? Resampler(from: inputRate, to: outputRate, adjustable: true)
            input.resampled = Array(repeating: 0, count: outputRate / 5)
        }
    }

    /// Takes samples at the input rate. Dropped before the first `restart`.
    func push(_ samples: Span<Int16>) {
        let wanted = output.withLock { $0.wanted }
        input.withLock { input in
            guard let resampler = input.resampler else { return }
            resampler.setDrift(partsPerMillion: wanted)
            let made = resampler.process(samples, into: &input.resampled)
            let ready = input.resampled.span.extracting(first: made)
            output.withLock { $0.ring.push(ready) }
        }
    }

    /// Gives samples at the output rate, silence where there are none.
    /// - Returns: samples that are real.
    func pull(into frame: inout MutableSpan<Int16>) -> Int {
        // A closure cannot capture a span, and the lock is held for no more than this copy.
        var given = 0
        unsafe frame.withUnsafeMutableBufferPointer { buffer in
            given = output.withLock { output in
                output.wanted = Int(output.drift.correction(fill: output.ring.count))
                var span = unsafe buffer.mutableSpan
                return output.ring.pull(into: &span)
            }
        }
        return given
    }

    private static func emptied(_ rate: Int) -> Output {
        let target = 2 * AudioFrame.samples(at: rate)
        return Output(
            ring: SampleRing(target: target, slack: rate / 10),
            drift: DriftControl(target: target, sampleRate: rate))
    }
}
