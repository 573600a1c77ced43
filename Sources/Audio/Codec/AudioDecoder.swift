// SPDX-License-Identifier: GPL-3.0-or-later

/// Turns the payloads of one stream into mono PCM, with concealment of what is missing.
///
/// Belongs to one thread at a time. Nothing is allocated after `init`.
package final class AudioDecoder {
    package let codec: AudioCodec
    /// Samples a second of what comes out.
    package let sampleRate: Int

    private enum Engine {
        case opus(OpusDecoding)
        case g722(G722Decoding, WaveformConcealer)
        case g711(G711Coding, WaveformConcealer)
    }

    private let engine: Engine

    /// - Parameter sampleRate: only Opus may differ from ``AudioCodec/sampleRate``: 8000, 12000, 16000, 24000 or 48000
    ///   Hz. A decoder at 8000 Hz hears whether somebody talks at a quarter of the cost.
    package init(_ codec: AudioCodec, sampleRate: Int? = nil) throws(AudioCodecError) {
        let rate = sampleRate ?? codec.sampleRate
        self.codec = codec
        self.sampleRate = rate
        switch codec {
        case .opus:
            engine = .opus(try OpusDecoding(sampleRate: rate))
        case .g722:
            guard rate == codec.sampleRate else { throw .sampleRate(rate) }
            engine = .g722(try G722Decoding(), WaveformConcealer(sampleRate: rate))
        case .pcmu, .pcma:
            guard rate == codec.sampleRate else { throw .sampleRate(rate) }
            engine = .g711(try G711Coding(codec), WaveformConcealer(sampleRate: rate))
        }
    }

    /// Decodes one packet.
    /// - Returns: samples written, mono.
    package func decode(
        _ payload: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int16>
    ) throws(AudioCodecError) -> Int {
        switch engine {
        case .opus(let opus):
            guard payload.count > 0 else { throw .malformedPayload(bytes: 0, code: 0) }
            return try unsafe opus.decode(payload, fec: false, samples: output.count, into: output)
        case .g722(let g722, let concealer):
            let count = try unsafe g722.decode(payload, into: output)
            unsafe concealer.received(UnsafeMutableBufferPointer(rebasing: output[..<count]))
            return count
        case .g711(let g711, let concealer):
            let count = try unsafe g711.decode(payload, into: output)
            unsafe concealer.received(UnsafeMutableBufferPointer(rebasing: output[..<count]))
            return count
        }
    }

    /// Restores the lost packet before `next` from the redundancy inside `next` (RFC 7587 §3.3); codecs without
    /// redundancy conceal instead. `next` itself is decoded afterwards as usual.
    /// - Parameter samples: length of the lost packet at ``sampleRate``.
    /// - Returns: samples written.
    package func decodeFEC(
        _ next: UnsafeRawBufferPointer, samples: Int, into output: UnsafeMutableBufferPointer<Int16>
    ) throws(AudioCodecError) -> Int {
        guard case .opus(let opus) = engine, next.count > 0 else {
            return unsafe conceal(samples: samples, into: output)
        }
        let whole = opus.concealable(min(samples, output.count))
        guard whole > 0 else { throw .outputTooSmall(capacity: output.count) }
        return try unsafe opus.decode(next, fec: true, samples: whole, into: output)
    }

    /// Fills a gap: Opus by its own concealment, the others by repeating the last pitch period with a fade.
    /// - Returns: samples written: `samples`, less what does not fit `output`.
    package func conceal(samples: Int, into output: UnsafeMutableBufferPointer<Int16>) -> Int {
        let wanted = min(samples, output.count)
        guard wanted > 0 else { return 0 }
        switch engine {
        case .opus(let opus):
            var done = 0
            let whole = opus.concealable(wanted)
            if whole > 0 {
                done =
                    (try? unsafe opus.decode(.init(start: nil, count: 0), fec: false, samples: whole, into: output))
                    ?? 0
            }
            // What is no multiple of 2.5 ms holds the last value: at most 2 ms, and only where a caller asks oddly.
            let last = done > 0 ? unsafe output[done - 1] : 0
            for index in done..<wanted { unsafe output[index] = last }
        case .g722(_, let concealer), .g711(_, let concealer):
            unsafe concealer.conceal(UnsafeMutableBufferPointer(rebasing: output[..<wanted]))
        }
        return wanted
    }

    /// Samples that `payload` will decode to at ``sampleRate``, or nil when it cannot be a payload of this codec.
    package func sampleCount(of payload: UnsafeRawBufferPointer) -> Int? {
        guard payload.count > 0 else { return nil }
        switch engine {
        case .opus(let opus): return unsafe opus.sampleCount(of: payload)
        case .g722: return payload.count * 2
        case .g711: return payload.count
        }
    }

    /// Forgets the stream: for a new SSRC or a jump in its timestamps.
    package func reset() {
        switch engine {
        case .opus(let opus): opus.reset()
        case .g722(let g722, let concealer):
            g722.reset()
            concealer.reset()
        case .g711(_, let concealer): concealer.reset()
        }
    }
}
