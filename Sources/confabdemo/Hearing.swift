// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Devices
import Foundation
import TestSupport

/// Who is heard in whose recording, measured.
struct Hearing {
    private let voices: [Voice]
    private let heard: [String]

    /// - Parameter heard: what each voice's user agent recorded, in the order of `voices`.
    init(voices: [Voice], heard: [String]) {
        self.voices = voices
        self.heard = heard
    }

    /// Prints the table.
    /// - Returns: whether each heard all others and not itself.
    func report() throws -> Bool {
        let spoken = try voices.map { try bands(of: $0.path) }
        var passed = true
        print(
            "\nWho is heard in whose recording (how far the voice stands out; from \(SpeechMatch.threshold) on it is heard):\n"
        )
        print("  " + column("") + voices.map { column($0.name) }.joined())
        for (listener, path) in zip(voices, heard) {
            let recording = try bands(of: path)
            var line = "  " + column(listener.name)
            for (speaker, voice) in zip(voices, spoken) {
                let match = SpeechMatch(of: voice, in: recording)
                let isRight = match.isHeard == (speaker.name != listener.name)
                passed = passed && isRight
                let figure = String(format: "%.1f", max(0, match.prominence))
                line += column("\(figure) \(match.isHeard ? "heard" : "-")\(isRight ? "" : " WRONG")")
            }
            print(line)
        }
        print(
            passed
                ? "\nEach heard the other two and not itself. The recordings are beside the voices:"
                : "\nThat is not as it should be. Listen to what was recorded:")
        for path in heard { print("  \(path)") }
        return passed
    }

    private func bands(of path: String) throws -> SpeechBands {
        do {
            let recording = try WAVRecording(path: path)
            return SpeechBands(recording.samples, sampleRate: recording.sampleRate)
        } catch {
            throw DemoTrouble("nothing to check: \(error)")
        }
    }

    private func column(_ text: String) -> String {
        text + String(repeating: " ", count: max(1, 16 - text.count))
    }
}
