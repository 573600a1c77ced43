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
        /// Looks at the ring before what it holds is believed.
        static let settling = 50

        var ring: SampleRing
        var drift: DriftControl
        var wanted = 0
        private var looks = 0
        private var held = 0

        init(rate: Int) {
            let target = 2 * AudioFrame.samples(at: rate)
            ring = SampleRing(target: target, slack: rate / 10)
            drift = DriftControl(target: target, sampleRate: rate)
        }

        /// What the beginning left too much is cut off at once. Steered away it would take a minute, in which the delay creeps, and no echo
        /// canceller follows it.
        mutating func look() {
            guard !ring.isFilling else { return }
            guard looks >= Self.settling else {
                looks += 1
                held += ring.count
                if looks == Self.settling { ring.drop(held / looks - ring.target) }
                return
            }
            wanted = Int(drift.correction(fill: ring.count))
        }
    }

    private let input = Mutex(Input())
    private let output: Mutex<Output>

    /// - Parameter outputRate: Hz at which samples are pulled, until `restart` says otherwise.
    init(outputRate: Int) {
        output = Mutex(Output(rate: outputRate))
    }

    /// Begins anew with a device just opened. What was held is gone.
    func restart(inputRate: Int, outputRate: Int) {
        output.withLock { $0 = Output(rate: outputRate) }
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
                output.look()
                var span = unsafe buffer.mutableSpan
                return output.ring.pull(into: &span)
            }
        }
        return given
    }
}
