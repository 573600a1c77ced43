// SPDX-License-Identifier: GPL-3.0-or-later

import TestSupport
import Testing

@testable import Audio

@Suite struct ConcealmentTests {
    /// Feeds one second of a tone, loses `lost` frames of 20 ms after half of it, and returns what was heard.
    private func heard(
        _ codec: AudioCodec, frequency: Double, lost: Int, useFEC: Bool = false, bitrate: Int = 32_000
    ) throws -> [Int16] {
        let samples = codec.sampleRate / 50
        var tone = ToneGenerator(frequency: frequency, level: -12, sampleRate: codec.sampleRate)
        let encoder = try AudioEncoder(
            EncoderParameters(codec: codec, bitrate: bitrate).adapted(to: useFEC ? .heavy : .none))
        let decoder = try AudioDecoder(codec)
        var heard: [Int16] = []
        for index in 0..<50 {
            var payload = [UInt8](repeating: 0, count: 1500)
            let length = try tone.next(samples).withUnsafeBufferPointer { frame in
                try payload.withUnsafeMutableBytes { try encoder.encode(frame, into: $0) }
            }
            if (25..<(25 + lost)).contains(index) {
                if !useFEC { heard += decoder.conceal(into: samples) }
                continue
            }
            if useFEC, index == 25 + lost {
                heard += try payload[..<length].withUnsafeBytes { bytes in
                    try [Int16](unsafeUninitializedCapacity: samples) { buffer, count in
                        count = try decoder.decodeFEC(bytes, samples: samples, into: buffer)
                    }
                }
            }
            heard += try CodecRoundTripTests.decode(Array(payload[..<length]), decoder)
        }
        return heard
    }

    @Test(arguments: [AudioCodec.g722, .pcmu, .pcma], [200.0, 440, 1000])
    func oneLostPacketOfAToneIsHardlyHeard(codec: AudioCodec, frequency: Double) throws {
        let rate = codec.sampleRate
        let heard = try heard(codec, frequency: frequency, lost: 1)
        #expect(heard.count == rate)
        let gap = heard[(rate / 2)..<(rate / 2 + rate / 50)]
        #expect(ToneDetector(sampleRate: rate).level(of: frequency, in: gap) > -16)
        let error = ToneContinuity(frequency: frequency, sampleRate: rate).largestError(
            in: heard[(rate / 2 - rate / 50)..<(rate / 2 + rate / 25)], amplitude: 8230)
        #expect(error < 0.35, "\(error) of the amplitude")
    }

    @Test(arguments: [AudioCodec.g722, .pcmu, .pcma])
    func aLongLossFadesToSilenceAndComesBack(codec: AudioCodec) throws {
        let rate = codec.sampleRate
        let heard = try heard(codec, frequency: 440, lost: 6)
        let end = heard[(rate / 2 + 5 * rate / 50)..<(rate / 2 + 6 * rate / 50)]
        #expect(end.allSatisfy { $0 == 0 })
        #expect(abs(ToneDetector(sampleRate: rate).level(of: 440, in: heard.suffix(rate / 5)) + 12) < 1)
    }

    @Test(arguments: [64_000, 32_000, 20_000])
    func opusRestoresALostPacketFromTheNext(bitrate: Int) throws {
        let heard = try heard(.opus, frequency: 440, lost: 1, useFEC: true, bitrate: bitrate)
        #expect(heard.count == 48000)
        #expect(abs(ToneDetector(sampleRate: 48000).level(of: 440, in: heard[24000..<24960]) + 12) < 2)
    }

    @Test(arguments: AudioCodec.allCases, [0, 1, 80, 160, 333])
    func itFillsWhateverIsAsked(codec: AudioCodec, samples: Int) throws {
        let decoder = try AudioDecoder(codec)
        #expect(decoder.conceal(into: samples).count == samples)
    }
}
