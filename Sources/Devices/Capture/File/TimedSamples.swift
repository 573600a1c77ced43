// SPDX-License-Identifier: GPL-3.0-or-later

/// Sound that knows its place in time: written at its place a little before it is due, read by the clock.
struct TimedSamples: Sendable {
    private var ring: [Int16]
    /// Place of the first sample after those written.
    private(set) var end = 0
    /// Where reading goes on; nil before the first.
    private var position: Int?
    /// Samples that reading is off the clock, in the mean.
    private var offset = 0.0
    private let rate: Int

    /// - Parameter rate: samples a second. Two seconds are held.
    init(rate: Int) {
        self.rate = rate
        ring = Array(repeating: 0, count: 2 * rate)
    }

    /// Writes `samples` where they belong. What is written already stays; a gap before them is silence.
    mutating func write(_ samples: Span<Int16>, at place: Int) {
        if place > end {
            // Of a long gap, only what the ring holds is worth writing.
            end = max(end, place - ring.count)
            while end < place { append(0) }
        }
        var index = end - place
        while index < samples.count {
            append(samples[index])
            index += 1
        }
    }

    private mutating func append(_ sample: Int16) {
        ring[end % ring.count] = sample
        end += 1
    }

    /// Fills `frame` with what is due at place `now`.
    ///
    /// Reading goes on where it was, so that sound is whole though the reader is called early or late; it jumps only
    /// where the mean is more than 10 ms off.
    /// - Returns: samples that were written.
    mutating func read(_ frame: inout MutableSpan<Int16>, now: Int) -> Int {
        var next = position ?? now
        offset += (Double(next - now) - offset) / 16
        if abs(next - now) > rate / 10 || abs(offset) > Double(rate / 100) {
            next = now
            offset = 0
        }
        var given = 0
        for index in frame.indices {
            let place = next + index
            let isHeld = place >= max(0, end - ring.count) && place < end
            frame[index] = isHeld ? ring[place % ring.count] : 0
            if isHeld { given += 1 }
        }
        position = next + frame.count
        return given
    }
}
