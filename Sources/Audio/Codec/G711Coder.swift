// SPDX-License-Identifier: GPL-3.0-or-later

import CSpanDSP

/// G.711 both ways by spandsp: one byte a sample, no memory of earlier samples.
@safe final class G711Coding {
    private let state: OpaquePointer

    init(_ codec: AudioCodec) throws(AudioCodecError) {
        let law = codec == .pcma ? Int32(G711_ALAW) : Int32(G711_ULAW)
        guard let state = unsafe g711_init(nil, law) else { throw .outOfMemory(codec) }
        unsafe self.state = state
    }

    deinit { _ = unsafe g711_free(state) }

    func decode(
        _ payload: UnsafeRawBufferPointer, into output: UnsafeMutableBufferPointer<Int16>
    ) throws(AudioCodecError) -> Int {
        guard let bytes = unsafe payload.baseAddress?.assumingMemoryBound(to: UInt8.self), payload.count > 0 else {
            throw .malformedPayload(bytes: 0, code: 0)
        }
        guard let samples = output.baseAddress, payload.count <= output.count else {
            throw .outputTooSmall(capacity: output.count)
        }
        return Int(unsafe g711_decode(state, samples, bytes, Int32(payload.count)))
    }

    func encode(
        _ frame: UnsafeBufferPointer<Int16>, into output: UnsafeMutableRawBufferPointer
    ) throws(AudioCodecError) -> Int {
        guard let samples = frame.baseAddress, frame.count > 0 else { throw .frameLength(samples: 0) }
        guard let bytes = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self), frame.count <= output.count
        else { throw .outputTooSmall(capacity: output.count) }
        return Int(unsafe g711_encode(state, bytes, samples, Int32(frame.count)))
    }
}
