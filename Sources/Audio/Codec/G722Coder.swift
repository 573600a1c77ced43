// SPDX-License-Identifier: GPL-3.0-or-later

import CSpanDSP

/// The G.722 decoder of spandsp: 64 kbit/s, 16 kHz, two samples a byte.
@safe final class G722Decoding {
    private let state: UnsafeMutablePointer<g722_decode_state_t>

    init() throws(AudioCodecError) {
        guard let state = unsafe g722_decode_init(nil, 64000, 0) else { throw .outOfMemory(.g722) }
        unsafe self.state = state
    }

    deinit { _ = unsafe g722_decode_free(state) }

    func decode(
        _ payload: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int16>
    ) throws(AudioCodecError) -> Int {
        guard let bytes = unsafe payload.baseAddress?.assumingMemoryBound(to: UInt8.self), payload.count > 0 else {
            throw .malformedPayload(bytes: 0, code: 0)
        }
        guard let samples = output.baseAddress, payload.count * 2 <= output.count else {
            throw .outputTooSmall(capacity: output.count)
        }
        return Int(unsafe g722_decode(state, samples, bytes, Int32(payload.count)))
    }

    func reset() { _ = unsafe g722_decode_init(state, 64000, 0) }
}

/// The G.722 encoder of spandsp; its state can be copied, as it is plain memory.
@safe final class G722Encoding {
    private let state: UnsafeMutablePointer<g722_encode_state_t>

    init() throws(AudioCodecError) {
        guard let state = unsafe g722_encode_init(nil, 64000, 0) else { throw .outOfMemory(.g722) }
        unsafe self.state = state
    }

    deinit { _ = unsafe g722_encode_free(state) }

    func encode(
        _ frame: UnsafeBufferPointer<Int16>, into output: UnsafeMutableRawBufferPointer
    ) throws(AudioCodecError) -> Int {
        guard let samples = frame.baseAddress, frame.count > 0, frame.count.isMultiple(of: 2) else {
            throw .frameLength(samples: frame.count)
        }
        guard let bytes = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self),
            frame.count / 2 <= output.count
        else { throw .outputTooSmall(capacity: output.count) }
        return Int(unsafe g722_encode(state, bytes, samples, Int32(frame.count)))
    }

    func copyState(from other: G722Encoding) { unsafe state.pointee = other.state.pointee }

    /// Whether a decoder of the one reads the other: in each band the scale factors are within half of 6 dB, and neither the poles nor the
    /// zeros of the predictors are a quarter apart in all.
    func isInStep(with other: G722Encoding) -> Bool {
        let (mine, theirs) = unsafe (state.pointee.band, other.state.pointee.band)
        return Self.isInStep(mine.0, theirs.0) && Self.isInStep(mine.1, theirs.1)
    }

    private static func isInStep(_ mine: g722_band_t, _ theirs: g722_band_t) -> Bool {
        func apart(_ mine: Int16, _ theirs: Int16) -> Int { abs(Int(mine) - Int(theirs)) }
        // nb counts 2048 for a factor of two; a is in parts of 2^14, b of 2^15.
        let poles = apart(mine.a.0, theirs.a.0) + apart(mine.a.1, theirs.a.1)
        let zeros =
            apart(mine.b.0, theirs.b.0) + apart(mine.b.1, theirs.b.1) + apart(mine.b.2, theirs.b.2)
            + apart(mine.b.3, theirs.b.3) + apart(mine.b.4, theirs.b.4) + apart(mine.b.5, theirs.b.5)
        return apart(mine.nb, theirs.nb) <= 1024 && poles <= 4096 && zeros <= 8192
    }

    func reset() { _ = unsafe g722_encode_init(state, 64000, 0) }
}
