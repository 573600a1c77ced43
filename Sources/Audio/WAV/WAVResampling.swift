// SPDX-License-Identifier: GPL-3.0-or-later

extension Resampler {
    /// Takes all of `input`; `output` must have room for what it becomes.
    /// - Returns: samples written to the front of `output`.
    package func process(_ input: Span<Int16>, into output: inout [Int16]) -> Int {
        unsafe input.withUnsafeBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in unsafe process(input, into: output).produced }
        }
    }
}

extension WAVRecording {
    /// The same sound at another rate, in Hz. Takes milliseconds for each second of sound: not for the media thread.
    package func resampled(to rate: Int) -> WAVRecording {
        guard rate != sampleRate, let resampler = try? Resampler(from: sampleRate, to: rate) else { return self }
        let step = sampleRate / 50
        let length = samples.count * rate / sampleRate
        var output: [Int16] = []
        output.reserveCapacity(length + rate)
        var chunk = [Int16](repeating: 0, count: rate / 50 + 64)
        var start = 0
        var silence = [Int16](repeating: 0, count: step)
        // After the end, silence pushes out what the filter still holds.
        while output.count < length, start < samples.count + sampleRate {
            let made: Int
            if start + step <= samples.count {
                made = resampler.process(samples.span.extracting(start..<start + step), into: &chunk)
            } else {
                for index in 0..<step { silence[index] = start + index < samples.count ? samples[start + index] : 0 }
                made = resampler.process(silence.span, into: &chunk)
            }
            output.append(contentsOf: chunk[..<made])
            start += step
        }
        output.removeLast(max(0, output.count - length))
        return WAVRecording(samples: output, sampleRate: rate)
    }
}
