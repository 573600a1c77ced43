// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct CodecRoundTripTests {
    /// Encodes and decodes `samples` packet by packet.
    static func roundTrip(_ samples: [Int16], _ parameters: EncoderParameters) throws -> [Int16] {
        let encoder = try AudioEncoder(parameters)
        let decoder = try AudioDecoder(parameters.codec)
        var payload = [UInt8](repeating: 0, count: 1500)
        var decoded: [Int16] = []
        var start = 0
        while start + parameters.samplesPerPacket <= samples.count {
            let frame = Array(samples[start..<(start + parameters.samplesPerPacket)])
            let length = try frame.withUnsafeBufferPointer { frame in
                try payload.withUnsafeMutableBytes { try encoder.encode(frame, into: $0) }
            }
            decoded += try CodecRoundTripTests.decode(Array(payload[..<length]), decoder)
            start += parameters.samplesPerPacket
        }
        return decoded
    }

    static func decode(_ payload: [UInt8], _ decoder: AudioDecoder) throws -> [Int16] {
        try payload.withUnsafeBytes { bytes in
            try [Int16](unsafeUninitializedCapacity: 5760) { buffer, count in
                count = try decoder.decode(bytes, into: buffer)
            }
        }
    }

    @Test(arguments: AudioCodec.allCases, [10, 20, 30, 40, 60])
    func aToneKeepsItsLevel(codec: AudioCodec, ptime: Int) throws {
        var tone = ToneGenerator(frequency: 1000, level: -12, sampleRate: codec.sampleRate)
        let parameters = EncoderParameters(codec: codec, ptime: ptime)
        let heard = try Self.roundTrip(tone.next(codec.sampleRate), parameters)
        #expect(heard.count >= codec.sampleRate - parameters.samplesPerPacket)
        let level = ToneDetector(sampleRate: codec.sampleRate).level(of: 1000, in: heard.suffix(codec.sampleRate / 2))
        #expect(abs(level + 12) < 1.5, "\(level) dBFS")
    }

    @Test func anOpusScoutAt8kHzHearsTheSameTone() throws {
        var tone = ToneGenerator(frequency: 600, level: -20, sampleRate: 48000)
        let encoder = try AudioEncoder(EncoderParameters(codec: .opus))
        let scout = try AudioDecoder(.opus, sampleRate: 8000)
        var heard: [Int16] = []
        for _ in 0..<50 {
            var payload = [UInt8](repeating: 0, count: 1500)
            let length = try tone.next(960).withUnsafeBufferPointer { frame in
                try payload.withUnsafeMutableBytes { try encoder.encode(frame, into: $0) }
            }
            heard += try Self.decode(Array(payload[..<length]), scout)
        }
        #expect(heard.count == 8000)
        #expect(abs(ToneDetector(sampleRate: 8000).level(of: 600, in: heard.suffix(4000)) + 20) < 1.5)
    }

    @Test(arguments: [AudioCodec.g722, .pcmu, .pcma])
    func onlyOpusDecodesAtAnotherRate(codec: AudioCodec) {
        #expect(throws: AudioCodecError.sampleRate(48000)) { _ = try AudioDecoder(codec, sampleRate: 48000) }
    }

    @Test(arguments: AudioCodec.allCases)
    func anEmptyPayloadIsRefused(codec: AudioCodec) throws {
        let decoder = try AudioDecoder(codec)
        #expect(throws: AudioCodecError.malformedPayload(bytes: 0, code: 0)) { try Self.decode([], decoder) }
    }

    @Test(arguments: AudioCodec.allCases)
    func aBufferTooSmallIsRefused(codec: AudioCodec) throws {
        let decoder = try AudioDecoder(codec)
        let encoder = try AudioEncoder(EncoderParameters(codec: codec))
        let frame = [Int16](repeating: 100, count: codec.sampleRate / 50)
        var payload = [UInt8](repeating: 0, count: 1500)
        let length = try frame.withUnsafeBufferPointer { frame in
            try payload.withUnsafeMutableBytes { try encoder.encode(frame, into: $0) }
        }
        var small = [Int16](repeating: 0, count: 16)
        #expect(throws: AudioCodecError.outputTooSmall(capacity: 16)) {
            try payload[..<length].withUnsafeBytes { bytes in
                try small.withUnsafeMutableBufferPointer { try decoder.decode(bytes, into: $0) }
            }
        }
    }

    @Test func everyPossiblePayloadByteStringOfOpusIsRefusedOrDecoded() throws {
        let decoder = try AudioDecoder(.opus)
        var state: UInt64 = 1
        for _ in 0..<2000 {
            let payload = (0..<Int(state % 40)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
            state = state &* 6_364_136_223_846_793_005 &+ 1
            _ = try? Self.decode(payload, decoder)
        }
        #expect(decoder.conceal(into: 960).count == 960)
    }
}

extension AudioDecoder {
    func conceal(into samples: Int) -> [Int16] {
        [Int16](unsafeUninitializedCapacity: samples) { buffer, count in count = conceal(samples: samples, into: buffer)
        }
    }
}
