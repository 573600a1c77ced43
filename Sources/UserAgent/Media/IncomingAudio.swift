// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Devices

/// From the leg's 20 ms frames to the loudspeaker. Confined to the call's media thread; allocates only when the codec changes.
final class IncomingAudio {
    private let sink: any AudioSink
    private var resampler: Resampler?
    private var converted: [Int16]
    /// What was last handed to the loudspeaker, for the echo canceller.
    private(set) var played: [Int16]

    /// - Parameter sink: at `CallDevices.sampleRate`.
    init(_ sink: any AudioSink) {
        self.sink = sink
        converted = Array(repeating: 0, count: 2 * AudioFrame.samples(at: sink.sampleRate))
        played = Array(repeating: 0, count: AudioFrame.samples(at: sink.sampleRate))
    }

    func play(_ frame: ReceivedFrame) {
        guard frame.sampleRate != sink.sampleRate else {
            resampler = nil
            return unsafe write(frame.samples.span)
        }
        if resampler?.inputRate != frame.sampleRate {
            resampler = try? Resampler(from: frame.sampleRate, to: sink.sampleRate)
        }
        guard let resampler else { return }
        let produced = unsafe converted.withUnsafeMutableBufferPointer { buffer in
            unsafe resampler.process(frame.samples, into: buffer).produced
        }
        unsafe converted.withUnsafeBufferPointer { buffer in
            unsafe write(Span(_unsafeElements: UnsafeBufferPointer(rebasing: buffer[..<produced])))
        }
    }

    private func write(_ samples: Span<Int16>) {
        sink.write(samples)
        for index in 0..<min(samples.count, played.count) { played[index] = samples[index] }
    }
}
