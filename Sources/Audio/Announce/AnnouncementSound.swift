// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// An announcement as samples, made once for all rooms at each of the mixer's rates.
///
/// Lasts a whole number of ticks and begins and ends at zero, so that it can start, stop and repeat on any tick.
package final class AnnouncementSound: Sendable {
    /// Ticks of 20 ms.
    package let ticks: Int
    private let wide: [Int16]
    private let middle: [Int16]
    private let narrow: [Int16]

    /// One note: a sine with a trace of its octave under a rounded attack and an exponential fall.
    struct Note {
        /// Seconds from the beginning.
        let start: Double
        /// Hz; its octave stays under 4 kHz, so that it sounds alike at all rates.
        let frequency: Double
        /// Seconds.
        let length: Double
        /// dBFS of the note at its loudest.
        let level: Double

        init(_ start: Double, _ frequency: Double, _ length: Double, _ level: Double) {
            self.start = start
            self.frequency = frequency
            self.length = length
            self.level = level
        }
    }

    init(ticks: Int, notes: [Note]) {
        self.ticks = ticks
        wide = Self.render(notes, ticks: ticks, rate: 48000)
        middle = Self.render(notes, ticks: ticks, rate: 16000)
        narrow = Self.render(notes, ticks: ticks, rate: 8000)
    }

    /// What somebody has recorded. Takes milliseconds for each second of sound: not for the media thread.
    package init(_ recording: WAVRecording) {
        let wide = recording.resampled(to: 48000)
        let ticks = max(1, (wide.samples.count + 959) / 960)
        func padded(_ rate: Int) -> [Int16] {
            let samples = wide.resampled(to: rate).samples.prefix(ticks * rate / 50)
            return samples + [Int16](repeating: 0, count: ticks * rate / 50 - samples.count)
        }
        self.ticks = ticks
        self.wide = padded(48000)
        middle = padded(16000)
        narrow = padded(8000)
    }

    /// Calls `body` with the samples of one tick at `rate`: 48000, 16000 or 8000 Hz.
    func withChunk(_ tick: Int, rate: Int, _ body: (UnsafeBufferPointer<Int16>) -> Void) {
        let samples = rate == 48000 ? wide : rate == 16000 ? middle : narrow
        let length = rate / 50
        let start = (tick % ticks) * length
        unsafe samples.withUnsafeBufferPointer {
            unsafe body(UnsafeBufferPointer(rebasing: $0[start..<(start + length)]))
        }
    }

    private static func render(_ notes: [Note], ticks: Int, rate: Int) -> [Int16] {
        let count = ticks * rate / 50
        var sum = [Double](repeating: 0, count: count)
        for note in notes {
            let amplitude = 32767 * pow(10, note.level / 20) / 1.15
            let first = Int(note.start * Double(rate))
            let length = min(Int(note.length * Double(rate)), count - first)
            let attack = 0.012
            let release = 0.03
            for index in 0..<max(0, length) {
                let time = Double(index) / Double(rate)
                let left = Double(length - index) / Double(rate)
                let rise = time < attack ? 0.5 - 0.5 * cos(.pi * time / attack) : 1
                let fall = left < release ? 0.5 - 0.5 * cos(.pi * left / release) : 1
                let body = exp(-4 * time / note.length) * rise * fall
                let phase = 2 * Double.pi * note.frequency * time
                sum[first + index] += amplitude * body * (sin(phase) + 0.15 * sin(2 * phase))
            }
        }
        return sum.map { Int16(max(-32768, min(32767, $0.rounded()))) }
    }

    /// All that are made of notes, once for the process.
    static let rendered: [Announcement: AnnouncementSound] = Dictionary(
        uniqueKeysWithValues: Announcement.allCases.map { announcement in
            let (ticks, notes) = announcement.score
            return (announcement, AnnouncementSound(ticks: ticks, notes: notes))
        })

    static let silence = AnnouncementSound(ticks: 1, notes: [])
}
