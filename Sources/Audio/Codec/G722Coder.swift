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

    func reset() { _ = unsafe g722_encode_init(state, 64000, 0) }
}
