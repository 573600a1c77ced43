// SPDX-License-Identifier: GPL-3.0-or-later

import RTP
import TestSupport
import Testing

@testable import Audio

@Suite struct VoiceHintTests {
    private static let silence = AudioLevel(decibelsBelowOverload: 90)
    private static let loud = AudioLevel(decibelsBelowOverload: 20)

    /// SILK wideband of 20 ms, one frame, its voice activity flag set or not.
    private func silk(voice: Bool) -> OpusPacketShape? { shape([9 << 3, voice ? 0x80 : 0x00, 0, 0]) }

    private func shape(_ bytes: [UInt8]) -> OpusPacketShape? { bytes.withUnsafeBytes { OpusPacketShape($0) } }

    @Test func flagsAreReadWhereThereAreAny() {
        #expect(silk(voice: true)?.hasVoice == true)
        #expect(silk(voice: false)?.hasVoice == false)
        // The next bit says that a copy of the last packet is there, and nothing of a voice.
        #expect(shape([9 << 3, 0x40])?.hasVoice == false)
        // 60 ms hold three frames, each with a flag.
        #expect(shape([11 << 3, 0x20])?.hasVoice == true)
        #expect(shape([11 << 3, 0x10])?.hasVoice == false)
        // CELT has no such flag, and behind a length field none is looked for.
        #expect(shape([31 << 3, 0x00])?.hasVoice == nil)
        #expect(shape([9 << 3 | 2, 1, 0, 0])?.hasVoice == nil)
        #expect(shape([9 << 3])?.hasVoice == nil)
    }

    @Test func quietPacketsPassButForAFewNowAndThen() {
        var hint = VoiceHint()
        var listened = 0
        for _ in 0..<1000 where !hint.spares(silk(voice: false), bytes: 12) {
            listened += 1
            hint.heard(Self.silence)
        }
        #expect((40...80).contains(listened))
        #expect(hint.isTrusted)
    }

    @Test func aVoiceIsListenedToAtOnceByADecoderWithoutAPast() {
        var hint = VoiceHint()
        let spared = [
            hint.spares(silk(voice: false), bytes: 12), hint.spares(silk(voice: true), bytes: 40),
        ]
        #expect(spared == [true, false])
        #expect(hint.isFirstOfRun)
        let next = hint.spares(silk(voice: true), bytes: 40)
        #expect(!next)
        #expect(!hint.isFirstOfRun)
    }

    @Test func whatIsLargerThanItsLikeIsListenedTo() {
        var hint = VoiceHint()
        let spared = [12, 12, 12, 60].map { hint.spares(silk(voice: false), bytes: $0) }
        #expect(spared == [true, true, true, false])
    }

    @Test func whoIsHeardThroughAClearedFlagIsNotBelievedAgain() {
        var hint = VoiceHint()
        for _ in 0..<30 where !hint.spares(silk(voice: false), bytes: 80) { hint.heard(Self.loud) }
        #expect(!hint.isTrusted)
        let spared = hint.spares(silk(voice: false), bytes: 80)
        #expect(!spared)
    }

    @Test func whoIsLoudWhereDecodedIsNotBelievedAgain() {
        var hint = VoiceHint()
        for _ in 0..<10 { hint.decoded(Self.loud, silk(voice: false)) }
        hint.decoded(Self.silence, silk(voice: false))
        for _ in 0..<10 { hint.decoded(Self.loud, silk(voice: true)) }
        for _ in 0..<10 { hint.decoded(Self.loud, silk(voice: false)) }
        #expect(hint.isTrusted)
        for _ in 0..<10 { hint.decoded(Self.loud, silk(voice: false)) }
        #expect(!hint.isTrusted)
    }

    @Test func celtIsAlwaysListenedTo() {
        var hint = VoiceHint()
        for _ in 0..<100 {
            let spared = hint.spares(shape([31 << 3, 0]), bytes: 80)
            #expect(!spared)
            hint.heard(Self.silence)
        }
    }

    /// A room's noise in the microphone of somebody who says nothing, encoded as telephones do.
    @Test func anOpenMicrophoneIsHardlyDecoded() throws {
        var random = SeededGenerator(seed: 7)
        let encoder = try AudioEncoder(EncoderParameters(codec: .opus))
        let receiver = try AudioReceiver(codec: .opus, payloadTypes: [111: .opus])
        var now = MediaInstant(nanoseconds: 1_000_000_000)
        for number in 0..<500 {
            let pcm = (0..<960).map { _ in Int16.random(in: -8...8, using: &random) }
            var payload = [UInt8](repeating: 0, count: 1275)
            let count = try payload.withUnsafeMutableBytes { bytes in
                try pcm.withUnsafeBufferPointer { try encoder.encode($0, into: bytes) }
            }
            let header = RTPHeader(
                payloadType: 111, sequenceNumber: UInt16(number), timestamp: UInt32(number * 960), ssrc: 1)
            payload[..<count].withUnsafeBytes { _ = receiver.insert(header, payload: $0, arrival: now) }
            now = now.advanced(byMilliseconds: 20)
            #expect(receiver.tick(now).kind == .silence)
        }
        #expect(receiver.statistics.fullDecodes == 0)
        #expect(receiver.statistics.scoutDecodes < 100)
    }
}
