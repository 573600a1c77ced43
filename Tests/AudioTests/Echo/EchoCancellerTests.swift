// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Foundation
import Testing

@Suite struct EchoCancellerTests {
    /// A loudspeaker heard by the microphone after `delay` ms, spread by the room: the echo falls by 20 dB and more.
    @Test(arguments: [(16_000, 30), (16_000, 180), (16_000, 360), (48_000, 120)])
    func anEchoFallsByTwentyDecibels(rate: Int, delay: Int) throws {
        let canceller = try #require(EchoCanceller(sampleRate: rate))
        let frame = canceller.frameLength
        let seconds = 12
        let speech = Babble.make(seconds: seconds, rate: rate, seed: 1)
        let echo = speech.echoed(after: delay * rate / 1000, rate: rate)
        var before = 0.0
        var after = 0.0
        for start in stride(from: 0, to: speech.count - frame, by: frame) {
            var captured = Array(echo[start..<start + frame])
            let heard = captured
            var span = captured.mutableSpan
            canceller.process(&span, played: speech.span.extracting(start..<start + frame))
            guard start > (seconds - 4) * rate else { continue }
            before += heard.energy
            after += captured.energy
        }
        let fall = 10 * log10(before / max(after, 1))
        #expect(fall >= 20, "fell by \(fall) dB")
        #expect((canceller.assumedDelay...canceller.assumedDelay + EchoCanceller.tail).contains(delay))
    }

    @Test func aVoiceWithoutEchoPasses() throws {
        let rate = 16_000
        let canceller = try #require(EchoCanceller(sampleRate: rate))
        let voice = Babble.make(seconds: 4, rate: rate, seed: 2)
        let silence = [Int16](repeating: 0, count: canceller.frameLength)
        var left = 0.0
        for start in stride(from: 0, to: voice.count - silence.count, by: silence.count) {
            var captured = Array(voice[start..<start + silence.count])
            var span = captured.mutableSpan
            canceller.process(&span, played: silence.span)
            left += captured.energy
        }
        #expect(abs(10 * log10(left / voice.energy)) < 3)
    }

    @Test func steadyNoiseIsTurnedDown() throws {
        let rate = 16_000
        let canceller = try #require(EchoCanceller(sampleRate: rate))
        var random = Babble.Noise(seed: 3)
        let silence = [Int16](repeating: 0, count: canceller.frameLength)
        var (before, after) = (0.0, 0.0)
        for index in 0..<250 {
            var captured = silence.map { _ in Int16(random.next() * 600) }
            let heard = captured.energy
            var span = captured.mutableSpan
            canceller.process(&span, played: silence.span)
            guard index > 150 else { continue }
            before += heard
            after += captured.energy
        }
        #expect(10 * log10(before / after) > 10)
    }

    @Test func aFrameOfAnotherLengthIsLeftAlone() throws {
        let canceller = try #require(EchoCanceller(sampleRate: 16_000))
        var samples: [Int16] = [1, 2, 3]
        var span = samples.mutableSpan
        canceller.process(&span, played: [4, 5, 6].span)
        #expect(samples == [1, 2, 3])
    }
}

/// Something like speech: noise through a low-pass, in syllables of uneven length and loudness, with pauses.
enum Babble {
    struct Noise {
        private var state: UInt64

        init(seed: UInt64) {
            state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        }

        /// -1 to 1.
        mutating func next() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(Int64(bitPattern: state)) / Double(Int64.max)
        }
    }

    static func make(seconds: Int, rate: Int, seed: UInt64) -> [Int16] {
        var noise = Noise(seed: seed)
        var samples: [Int16] = []
        var low = 0.0
        while samples.count < seconds * rate {
            let length = Int(Double(rate) * (0.08 + 0.1 * abs(noise.next())))
            let loudness = noise.next() > -0.4 ? 9000 * (0.3 + 0.7 * abs(noise.next())) : 0
            for index in 0..<length {
                low += (noise.next() - low) * 0.4
                samples.append(Int16(low * loudness * sin(Double.pi * Double(index) / Double(length))))
            }
        }
        return Array(samples.prefix(seconds * rate))
    }
}

extension [Int16] {
    fileprivate var energy: Double {
        reduce(0) { $0 + Double($1) * Double($1) }
    }

    /// Delayed, at half loudness, with three reflections of a room.
    fileprivate func echoed(after delay: Int, rate: Int) -> [Int16] {
        let paths = [(0, 0.5), (rate / 200, 0.2), (rate / 90, -0.12), (rate / 40, 0.05)]
        return indices.map { index in
            var sum = 0.0
            for (extra, gain) in paths where index >= delay + extra {
                sum += gain * Double(self[index - delay - extra])
            }
            return Int16(sum)
        }
    }
}
