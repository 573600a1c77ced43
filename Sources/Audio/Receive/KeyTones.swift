// SPDX-License-Identifier: GPL-3.0-or-later

import CSpanDSP
package import RTP

/// The tones of keys (DTMF, ITU-T Q.23) in what a telephone sends, found by spandsp: for telephones that have no other way to send keys.
///
/// Belongs to one thread at a time. Nothing is allocated per frame but the first of 16,000 Hz.
@safe package final class KeyTones {
    private let state: OpaquePointer
    /// At 8000 Hz, 20 ms and a little.
    private let scratch: UnsafeMutableBufferPointer<Int16>
    private var resampler: Resampler?

    /// - Throws: `AudioCodecError.outOfMemory`.
    package init() throws(AudioCodecError) {
        guard let state = unsafe dtmf_rx_init(nil, nil, nil) else { throw .outOfMemory(.pcmu) }
        unsafe self.state = state
        // As loud as telephones send them, and no softer: -30 dBm0.
        unsafe dtmf_rx_parms(state, 0, -1, -1, -30)
        unsafe scratch = .allocate(capacity: 256)
        unsafe scratch.initialize(repeating: 0)
    }

    deinit {
        _ = unsafe dtmf_rx_free(state)
        unsafe scratch.deallocate()
    }

    /// Listens to the next frame of the stream, 20 ms of 8000 or 16,000 samples a second; of another rate it hears nothing.
    package func hear(_ frame: ReceivedFrame) {
        switch frame.sampleRate {
        case 8000: unsafe hear(frame.samples)
        case 16_000:
            if resampler == nil { resampler = try? Resampler(from: 16_000, to: 8000) }
            guard let resampler else { return }
            let made = unsafe resampler.process(frame.samples, into: scratch).produced
            unsafe hear(UnsafeBufferPointer(rebasing: scratch[..<made]))
        default: break
        }
    }

    private func hear(_ samples: UnsafeBufferPointer<Int16>) {
        _ = unsafe dtmf_rx(state, samples.baseAddress, Int32(samples.count))
    }

    /// Takes a key whose tones began; each press is told once.
    package func next() -> DTMFDigit? {
        // One digit, and the zero that ends the text.
        var digits: (CChar, CChar) = (0, 0)
        let count = unsafe withUnsafeMutableBytes(of: &digits) { bytes in
            unsafe dtmf_rx_get(state, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), 1)
        }
        guard count > 0 else { return nil }
        return DTMFDigit(Character(Unicode.Scalar(UInt8(bitPattern: digits.0))))
    }
}
