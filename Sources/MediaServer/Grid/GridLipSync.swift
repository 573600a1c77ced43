// SPDX-License-Identifier: GPL-3.0-or-later
import RTP

/// How long after a canvas was drawn the sound is heard that belongs to it: sound waits in its jitter buffer, a picture for the canvas.
///
/// Of all who are seen the talker's lips count. What is said goes over from one talker to the next, and follows a jitter buffer, within a
/// second: the pictures' times never jump.
struct GridLipSync {
    /// Nanoseconds; negative where the picture waits longer than its sound.
    private(set) var delay: Int64 = 0
    private var isKnown = false

    /// The new estimate's part in what is said.
    private static let weight: Int64 = 8
    /// What a jitter buffer keeps back at most, and a canvas, ns.
    private static let bounds: ClosedRange<Int64> = -250_000_000...1_000_000_000

    /// A canvas was drawn at `now`.
    /// - Parameters:
    ///   - arrival: when the talker's picture on it had come.
    ///   - soundDelay: nanoseconds that the talker's sound waits for its playout.
    mutating func drew(_ arrival: MediaInstant, soundDelay: Int64, now: MediaInstant) {
        let measured = soundDelay - now.nanoseconds(since: arrival)
        let bounded = min(max(measured, Self.bounds.lowerBound), Self.bounds.upperBound)
        delay = isKnown ? delay + (bounded - delay) / Self.weight : bounded
        isKnown = true
    }
}
