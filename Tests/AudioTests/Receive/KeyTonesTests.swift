// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Audio

/// Keys in the audio of a telephone.
@Suite struct KeyTonesTests {
    private static let all = "0123456789*#ABCD"

    /// What is heard, 20 ms at a time.
    private func keys(in samples: [Int16], at rate: Int) throws -> String {
        let tones = try KeyTones()
        var heard = ""
        for start in stride(from: 0, through: samples.count - rate / 50, by: rate / 50) {
            unsafe samples[start..<start + rate / 50].withUnsafeBufferPointer { frame in
                unsafe tones.hear(
                    ReceivedFrame(samples: frame, sampleRate: rate, kind: .audio, level: .silence, isActive: true))
            }
            while let key = tones.next() { heard.append(key.character) }
        }
        return heard
    }

    @Test(arguments: [8000, 16_000], [-8.0, -16, -26])
    func everyKeyIsHeardOnce(rate: Int, level: Double) throws {
        for milliseconds in [60, 100, 400] {
            let sound = KeySound.samples(Self.all, sampleRate: rate, level: level, milliseconds: milliseconds)
            #expect(try keys(in: sound, at: rate) == Self.all, "\(milliseconds) ms")
        }
    }

    /// The same key again is another press.
    @Test func aKeyThatIsPressedTwiceIsTwoKeys() throws {
        #expect(try keys(in: KeySound.samples("116611", sampleRate: 8000), at: 8000) == "116611")
    }

    @Test func whatIsNoKeyIsNotHeard() throws {
        var random = SeededGenerator(seed: 7)
        let noise = (0..<80_000).map { _ in Int16.random(in: -8000...8000, using: &random) }
        #expect(try keys(in: noise, at: 8000).isEmpty)
        for tone in [440.0, 697, 941, 1209, 1477] {
            var generator = ToneGenerator(frequency: tone, level: -10, sampleRate: 8000)
            #expect(try keys(in: generator.next(16_000), at: 8000).isEmpty, "\(tone) Hz")
        }
        // Too soft to be meant.
        #expect(try keys(in: KeySound.samples(Self.all, sampleRate: 8000, level: -50), at: 8000).isEmpty)
    }
}
