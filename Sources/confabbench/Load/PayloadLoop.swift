// SPDX-License-Identifier: GPL-3.0-or-later
import Audio
import Glibc
import TestSupport

/// What a member says, encoded beforehand, 20 ms a payload, played round and round.
final class PayloadLoop {
    /// Length of a loop, s: tones with a whole number of periods in it go on without a step.
    static let seconds = 5.0

    let codec: AudioCodec
    private(set) var payloads: [[UInt8]] = []
    /// The level of each payload's audio, decibels below overload (RFC 6464).
    private(set) var levels: [UInt8] = []

    /// - Parameter samples: at the codec's rate; whole frames of 20 ms are taken.
    init(_ samples: [Double], codec: AudioCodec) throws {
        self.codec = codec
        let encoder = try AudioEncoder(EncoderParameters(codec: codec))
        let length = codec.sampleRate / 50
        var packet = [UInt8](repeating: 0, count: 1275)
        for start in stride(from: 0, through: samples.count - length, by: length) {
            let frame = samples[start..<(start + length)].map { Int16(clamping: Int($0.rounded())) }
            let count = try unsafe frame.withUnsafeBufferPointer { pcm in
                try unsafe packet.withUnsafeMutableBytes { bytes in try unsafe encoder.encode(pcm, into: bytes) }
            }
            payloads.append(Array(packet[..<count]))
            levels.append(UInt8(min(127, max(0, -levelInDBov(frame)))))
        }
    }

    /// One who talks all the time, over a quiet tone of its own.
    static func talker(_ number: Int, codec: AudioCodec) throws -> PayloadLoop {
        let rate = codec.sampleRate
        var samples = Voice.speech(seconds: seconds, rate: rate, seed: UInt64(number))
        if number < Pilot.count {
            let step = 2 * Double.pi * Pilot.frequency(number) / Double(rate)
            let amplitude = 32767 * pow(10, Pilot.level / 20)
            for index in samples.indices { samples[index] += amplitude * sin(step * Double(index)) }
        }
        return try PayloadLoop(samples, codec: codec)
    }

    /// One whose microphone is open in a quiet room: noise at -75 dBov.
    static func listener(codec: AudioCodec) throws -> PayloadLoop {
        try PayloadLoop(Voice.noise(seconds: 2, rate: codec.sampleRate, level: -75, seed: 4), codec: codec)
    }

    var averageBytes: Int { payloads.reduce(0) { $0 + $1.count } / max(1, payloads.count) }
}
