// SPDX-License-Identifier: GPL-3.0-or-later

import Glibc

/// An announcement as samples, made once for all rooms at each of the mixer's rates.
///
/// Lasts a whole number of ticks and begins and ends at zero, so that it can start, stop and repeat on any tick.
final class AnnouncementSound: Sendable {
    /// Ticks of 20 ms.
    let ticks: Int
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
    }

    init(ticks: Int, notes: [Note]) {
        self.ticks = ticks
        wide = Self.render(notes, ticks: ticks, rate: 48000)
        middle = Self.render(notes, ticks: ticks, rate: 16000)
        narrow = Self.render(notes, ticks: ticks, rate: 8000)
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

    static let joined = AnnouncementSound(
        ticks: 30,
        notes: [
            Note(start: 0, frequency: 659.26, length: 0.30, level: -26),
            Note(start: 0.14, frequency: 880, length: 0.45, level: -26),
        ])

    static let left = AnnouncementSound(
        ticks: 30,
        notes: [
            Note(start: 0, frequency: 880, length: 0.30, level: -26),
            Note(start: 0.14, frequency: 659.26, length: 0.45, level: -26),
        ])

    /// Eight seconds: a slow broken chord, then rest.
    static let alone = AnnouncementSound(
        ticks: 400,
        notes: [
            Note(start: 0.0, frequency: 329.63, length: 1.6, level: -32),
            Note(start: 0.7, frequency: 392.00, length: 1.6, level: -33),
            Note(start: 1.4, frequency: 493.88, length: 1.6, level: -33),
            Note(start: 2.1, frequency: 587.33, length: 2.2, level: -34),
            Note(start: 3.6, frequency: 493.88, length: 1.6, level: -34),
            Note(start: 4.3, frequency: 392.00, length: 2.2, level: -34),
        ])

    static let enterPIN = AnnouncementSound(
        ticks: 50,
        notes: [
            Note(start: 0.1, frequency: 783.99, length: 0.2, level: -20),
            Note(start: 0.4, frequency: 783.99, length: 0.2, level: -20),
            Note(start: 0.7, frequency: 783.99, length: 0.2, level: -20),
        ])

    static let wrongPIN = AnnouncementSound(
        ticks: 40,
        notes: [
            Note(start: 0, frequency: 261.63, length: 0.3, level: -20),
            Note(start: 0.35, frequency: 220, length: 0.4, level: -20),
        ])

    static let recording = AnnouncementSound(
        ticks: 40, notes: [Note(start: 0.1, frequency: 1396.91, length: 0.5, level: -26)])

    static let waiting = AnnouncementSound(
        ticks: 250,
        notes: [
            Note(start: 0.2, frequency: 392, length: 1.2, level: -28),
            Note(start: 1.2, frequency: 523.25, length: 1.6, level: -28),
        ])

    static let welcome = AnnouncementSound(
        ticks: 40,
        notes: [
            Note(start: 0, frequency: 523.25, length: 0.25, level: -22),
            Note(start: 0.15, frequency: 659.26, length: 0.25, level: -22),
            Note(start: 0.3, frequency: 783.99, length: 0.4, level: -22),
        ])
}
