// SPDX-License-Identifier: GPL-3.0-or-later

import Audio
import Devices
import Foundation
import TestSupport

/// What a program recorded of the call, asked for tones. The file may still be growing.
struct Ears: Sendable {
    /// From this level on a tone counts as heard, dBFS; the tones of the tests are sent at -12.
    static let threshold = -30.0
    /// How much sound one look at a tone takes, ms.
    static let window = 100

    /// The recording, or nil before there is one. Asked for anew at each look.
    let file: @Sendable () -> String?

    /// Set for a file whose header is not to be trusted, with the rate to assume, in Hz, while there is none: linphone
    /// writes it when the media stops, and after a hold adds samples that it does not count before the call is over.
    var rawRate: Int?

    init(rawRate: Int? = nil, file: @escaping @Sendable () -> String?) {
        self.rawRate = rawRate
        self.file = file
    }

    /// All that was recorded so far; nil where there is nothing yet.
    var recording: WAVRecording? {
        guard let path = file() else { return nil }
        guard let rawRate else { return try? WAVRecording(path: path) }
        return counted(path, rate: rawRate)
    }

    /// All that lies behind a header of the usual length, whatever it says.
    private func counted(_ path: String, rate: Int) -> WAVRecording? {
        guard let bytes = FileManager.default.contents(atPath: path), bytes.count > 44 else { return nil }
        let stated = bytes.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 24, as: UInt32.self)) }
        let samples = bytes.withUnsafeBytes { raw in
            (0..<(raw.count - 44) / 2).map { Int16(raw.loadUnaligned(fromByteOffset: 44 + 2 * $0, as: Int16.self)) }
        }
        return WAVRecording(samples: samples, sampleRate: stated == 0 ? rate : stated)
    }

    /// Seconds recorded so far.
    var seconds: Double { newest(0)?.seconds ?? 0 }

    /// The end of the recording, read alone: what is looked at ten times a second must not cost more the longer a call lasts.
    private func newest(_ seconds: Double) -> (samples: [Int16], rate: Int, seconds: Double)? {
        guard let path = file(), let handle = FileHandle(forReadingAtPath: path) else { return nil }
        defer { try? handle.close() }
        guard let head = try? handle.read(upToCount: 44), head.count == 44, let size = try? handle.seekToEnd() else {
            return nil
        }
        let stated = head.withUnsafeBytes { Int($0.loadUnaligned(fromByteOffset: 24, as: UInt32.self)) }
        guard let rate = stated == 0 ? rawRate : stated else { return nil }
        let all = Int(size - 44) / 2
        let wanted = min(all, Int(seconds * Double(rate)))
        guard (try? handle.seek(toOffset: 44 + UInt64(2 * (all - wanted)))) != nil,
            let bytes = wanted == 0 ? Data() : try? handle.read(upToCount: 2 * wanted)
        else { return nil }
        let samples = bytes.withUnsafeBytes { raw in
            (0..<raw.count / 2).map { Int16(raw.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self)) }
        }
        return (samples, rate, Double(all) / Double(rate))
    }

    /// Those of `frequencies` that are heard in the newest `seconds`.
    func tones(of frequencies: [Double], inLast seconds: Double) -> Set<Double> {
        guard let end = newest(seconds) else { return [] }
        return Self.tones(of: frequencies, in: end.samples, rate: end.rate)
    }

    /// Those of `frequencies` that are heard anywhere, for at least one whole window.
    func tonesEver(of frequencies: [Double]) -> Set<Double> {
        guard let recording else { return [] }
        let length = recording.sampleRate * Self.window / 1000
        var found: Set<Double> = []
        for start in stride(from: 0, to: recording.samples.count - length + 1, by: length) {
            let window = Array(recording.samples[start..<start + length])
            found.formUnion(Self.tones(of: frequencies, in: window, rate: recording.sampleRate))
        }
        return found
    }

    /// Where `frequency` is missing for longer than a window, in seconds, between its first sound after `start` and its last.
    func gaps(of frequency: Double, since start: Double = 0) -> [Range<Double>] {
        guard let recording else { return [] }
        let length = recording.sampleRate * Self.window / 2000
        var heard: [(time: Double, isThere: Bool)] = []
        let skipped = Int(start * Double(recording.sampleRate))
        for start in stride(from: skipped, to: recording.samples.count - length + 1, by: length) {
            let window = Array(recording.samples[start..<start + length])
            let isThere = !Self.tones(of: [frequency], in: window, rate: recording.sampleRate).isEmpty
            heard.append((Double(start) / Double(recording.sampleRate), isThere))
        }
        guard let first = heard.firstIndex(where: \.isThere), let last = heard.lastIndex(where: \.isThere) else {
            return []
        }
        var gaps: [Range<Double>] = []
        var since: Double?
        for look in heard[first...last] {
            if look.isThere, let start = since {
                if look.time - start > Double(Self.window) / 1000 { gaps.append(start..<look.time) }
                since = nil
            } else if !look.isThere, since == nil {
                since = look.time
            }
        }
        return gaps
    }

    /// The longest time for which one of `frequencies` was missing in the newest `seconds`, to a window.
    func longestGap(of frequencies: [Double], inLast seconds: Double) -> Double {
        guard let end = newest(seconds) else { return seconds }
        let length = end.rate * Self.window / 1000
        var missing: [Double: Int] = [:]
        var longest = 0
        for start in stride(from: 0, to: end.samples.count - length + 1, by: length) {
            let window = Array(end.samples[start..<start + length])
            let heard = Self.tones(of: frequencies, in: window, rate: end.rate)
            for tone in frequencies {
                let gap = heard.contains(tone) ? 0 : missing[tone, default: 0] + 1
                missing[tone] = gap
                longest = max(longest, gap)
            }
        }
        return Double(longest * Self.window) / 1000
    }

    /// Waits until of `frequencies` exactly `expected` are heard in a whole second that began after the call of this.
    func awaitExactly(
        _ expected: Set<Double>, of frequencies: [Double], within patience: Duration = .seconds(15)
    ) async throws {
        let before = seconds
        try await Condition.await(
            "\(expected.sorted()) heard, and none other of \(frequencies)", within: patience, every: .milliseconds(100),
            evidence: {
                "heard \(tones(of: frequencies, inLast: 1).sorted()) in \(seconds) s of \(file() ?? "no file")"
            },
            { seconds >= before + 1 && tones(of: frequencies, inLast: 1) == expected })
    }

    private static func tones(of frequencies: [Double], in samples: [Int16], rate: Int) -> Set<Double> {
        guard !samples.isEmpty else { return [] }
        let detector = ToneDetector(sampleRate: rate)
        return Set(
            frequencies.filter { tone in
                // A playout that corrects its delay moves a tone out of sight of one long look.
                detector.level(of: tone, in: samples) >= threshold
                    || detector.usualLevel(of: tone, in: samples) >= threshold
            })
    }
}
