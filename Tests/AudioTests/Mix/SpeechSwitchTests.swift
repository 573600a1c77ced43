// SPDX-License-Identifier: GPL-3.0-or-later

import Foundation
import TestSupport
import Testing

@testable import Audio

/// A member that starts and stops talking under somebody's speech: what it hears of it is what it hears when it never does.
@Suite struct SpeechSwitchTests {
    /// Eleven seconds of a voice, spoken once.
    private static let speech = Task { () async throws -> WAVRecording in
        let path = FileManager.default.temporaryDirectory.appending(path: "confab-speech-\(UUID()).wav")
        defer { try? FileManager.default.removeItem(at: path) }
        let text = """
            The quick brown fox jumps over the lazy dog. She sells sea shells by the sea shore, and peter piper picked a peck
            of pickled peppers; how much wood would a woodchuck chuck, if a woodchuck could chuck wood?
            """
        let process = try ChildProcess(.init("espeak-ng", ["-v", "en", "-w", path.path(percentEncoded: false), text]))
        _ = await process.waitForExit(within: .seconds(20))
        let bytes = [UInt8](try Data(contentsOf: path))
        return try WAVRecording(bytes.span)
    }

    /// What `member` hears while it talks now and then, or never, and what was said, at the codec's rate.
    private func heard(_ codec: AudioCodec, _ speech: [Int16], talks: Bool) throws -> (MixRig, [Int16]) {
        let rig = MixRig()
        let said = Box(speech[...])
        _ = try rig.add(codec) { count in
            defer { said.value = said.value.dropFirst(count) }
            return said.value.count >= count ? Array(said.value.prefix(count)) : nil
        }
        let member = try rig.add(codec)
        for _ in 0..<2 { _ = try rig.add(codec) }
        var noise = Noise(seed: 5)
        var tick = 0
        if talks {
            rig.setSource(member) { count in
                tick += 1
                return tick % 60 < 8 ? noise.next(count, amplitude: 3000) : nil
            }
        }
        rig.run(ticks: speech.count / (codec.sampleRate / 50))
        return (rig, try #require(rig.heard[member]))
    }

    @Test(arguments: AudioCodec.allCases)
    func speechSoundsAsItDoesToWhoeverIsSilent(codec: AudioCodec) async throws {
        let recording = try await Self.speech.value
        let speech = recording.resampled(to: codec.sampleRate).samples
        let (_, quiet) = try heard(codec, speech, talks: false)
        let (rig, heard) = try heard(codec, speech, talks: true)
        // A G.722 member waits for a pause in which its stream and the shared one have become the same.
        #expect(rig.mixer.counters.switches >= (codec == .g722 ? 4 : 18))
        let delay = Self.delay(of: quiet, to: speech, most: codec.sampleRate / 100)
        let (coding, switching) = (Self.errors(quiet, speech, delay, codec), Self.errors(heard, speech, delay, codec))
        print("\(codec), half, 90, 99 and 100 % of 10 ms: switching \(switching), coding alone \(coding)")
        for (switching, coding) in zip(switching, coding) { #expect(switching <= coding * 1.25) }
    }

    private static func delay(of heard: [Int16], to said: [Int16], most: Int) -> Int {
        // A second of it is enough.
        let count = min(heard.count, said.count, 2 * 8000 + most) - most
        return (0..<most).max { product(heard, said, $0, count) < product(heard, said, $1, count) } ?? 0
    }

    private static func product(_ heard: [Int16], _ said: [Int16], _ delay: Int, _ count: Int) -> Double {
        var sum = 0.0
        for index in stride(from: 0, to: count, by: 3) { sum += Double(heard[index + delay]) * Double(said[index]) }
        return sum
    }

    /// Of every 10 ms: how loud the error is beside the speech around it, and a room's noise; sorted: the middle, nine tenths, 99 %, all.
    private static func errors(_ heard: [Int16], _ said: [Int16], _ delay: Int, _ codec: AudioCodec) -> [Double] {
        let block = codec.sampleRate / 100
        func power(_ start: Int, _ count: Int, _ value: (Int) -> Double) -> Double {
            (start..<start + count).reduce(0) { $0 + value($1) * value($1) } / Double(count)
        }
        let end = min(heard.count - delay, said.count) - 6 * block
        let errors = stride(from: 5 * block, to: end, by: block).map { start in
            let error = power(start, block) { Double(heard[$0 + delay]) - Double(said[$0]) }
            let around = power(start - 5 * block, 11 * block) { Double(said[$0]) } + 10_000
            return (error / around).squareRoot()
        }.sorted()
        return [0.5, 0.9, 0.99, 1].map { errors[Int(Double(errors.count - 1) * $0)] }
    }
}
