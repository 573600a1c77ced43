// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

@Suite struct SpeechMatchTests {
    private static let rate = 8000
    private static let voices = (1...4).map { SyntheticVoice.make(seed: UInt64($0), seconds: 8 + $0, rate: rate) }

    @Test(arguments: [0, 1, 2, 3])
    func voicesOfTwoOthersAreHeardAndOnesOwnIsNot(listener: Int) {
        let speakers = [0, 1, 2, 3].filter { $0 != listener }.prefix(2)
        var mix = [Double](repeating: 0, count: 20 * Self.rate)
        for (place, speaker) in speakers.enumerated() {
            let voice = Self.voices[speaker]
            for index in mix.indices { mix[index] += Double(voice[(index + 3333 * (place + 1)) % voice.count]) }
        }
        let recording = SpeechBands(mix.map { Int16(max(-32_768, min(32_767, $0))) }, sampleRate: Self.rate)
        for speaker in 0..<4 {
            let match = SpeechMatch(of: SpeechBands(Self.voices[speaker], sampleRate: Self.rate), in: recording)
            if speakers.contains(speaker) {
                #expect(match.isHeard, "\(match)")
                let place = speakers.firstIndex(of: speaker).map { $0 - speakers.startIndex } ?? 0
                let expected = 3333 * (place + 1) * 1000 / Self.rate
                #expect(abs(match.shift - expected) <= 40)
            } else {
                #expect(!match.isHeard, "\(match)")
            }
        }
    }

    @Test func silenceAndNothingHoldNoVoice() {
        let voice = SpeechBands(Self.voices[0], sampleRate: Self.rate)
        for samples in [[], [Int16](repeating: 0, count: 20 * Self.rate)] {
            #expect(!SpeechMatch(of: voice, in: SpeechBands(samples, sampleRate: Self.rate)).isHeard)
        }
    }

    @Test func aSteadyToneHoldsNoVoice() {
        let tone = (0..<20 * Self.rate).map { Int16(8000 * sin(Double($0) * 0.4)) }
        let voice = SpeechBands(Self.voices[0], sampleRate: Self.rate)
        #expect(!SpeechMatch(of: voice, in: SpeechBands(tone, sampleRate: Self.rate)).isHeard)
    }
}

/// Pulses through two resonances that change with each syllable: speech enough for loudness in bands.
private enum SyntheticVoice {
    static func make(seed: UInt64, seconds: Int, rate: Int) -> [Int16] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
        func random() -> Double {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Double(state >> 11) / Double(1 << 53)
        }
        for _ in 0..<20 { _ = random() }
        var samples: [Int16] = []
        var phase = 0.0
        while samples.count < seconds * rate {
            let length = Int(Double(rate) * (0.07 + 0.18 * random()))
            let isPause = random() < 0.2
            let formants = [300 + 600 * random(), 1000 + 1800 * random()]
            let pitch = 90 + 130 * random()
            let loudness = isPause ? 0 : 3000 + 5000 * random()
            var tail = [(0.0, 0.0), (0.0, 0.0)]
            for index in 0..<length {
                phase += pitch / Double(rate)
                let pulse = phase >= 1 ? 1.0 : 0.05 * (random() - 0.5)
                if phase >= 1 { phase -= 1 }
                var sum = 0.0
                for (place, formant) in formants.enumerated() {
                    let (a, b) = tail[place]
                    let y = pulse + 1.9 * cos(2 * Double.pi * formant / Double(rate)) * a - 0.9025 * b
                    tail[place] = (y, a)
                    sum += y
                }
                let shape = sin(Double.pi * Double(index) / Double(length))
                samples.append(Int16(max(-32_000, min(32_000, sum * loudness * shape / 3))))
            }
        }
        return Array(samples.prefix(seconds * rate))
    }
}
