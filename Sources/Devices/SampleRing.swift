// SPDX-License-Identifier: GPL-3.0-or-later

/// Samples between two clocks: a fixed buffer that waits for its target before it gives, and never lags far behind.
struct SampleRing: Sendable {
    /// Samples held before the first is given, and again after it ran dry.
    let target: Int
    private let ceiling: Int
    private var storage: [Int16]
    private var head = 0
    private(set) var count = 0
    /// Whether it gives nothing because it does not hold enough yet.
    private(set) var isFilling = true

    /// Times it ran dry while giving.
    private(set) var underruns = 0
    /// Samples thrown away because nobody took them in time.
    private(set) var discarded = 0

    /// - Parameters:
    ///   - target: samples to hold in the mean.
    ///   - slack: samples above the target at which the oldest are thrown away, down to the target.
    init(target: Int, slack: Int) {
        self.target = target
        ceiling = target + slack
        storage = Array(repeating: 0, count: 2 * (target + slack))
    }

    mutating func push(_ samples: Span<Int16>) {
        for index in samples.indices {
            if count == storage.count { discardOldest(1) }
            var tail = head + count
            if tail >= storage.count { tail -= storage.count }
            storage[tail] = samples[index]
            count += 1
        }
        if count > ceiling { discardOldest(count - target) }
    }

    /// Fills `frame`, with silence where there is nothing.
    /// - Returns: samples that are real.
    mutating func pull(into frame: inout MutableSpan<Int16>) -> Int {
        if isFilling, count < max(target, frame.count) {
            frame.silence()
            return 0
        }
        isFilling = false
        let given = min(count, frame.count)
        for index in 0..<given {
            frame[index] = storage[head]
            head += 1
            if head == storage.count { head = 0 }
        }
        count -= given
        if given < frame.count {
            frame.silence(from: given)
            underruns += 1
            isFilling = true
        }
        return given
    }

    /// Throws the oldest samples away; nothing for a number below one.
    mutating func drop(_ samples: Int) {
        if samples > 0 { discardOldest(min(samples, count)) }
    }

    private mutating func discardOldest(_ samples: Int) {
        head = (head + samples) % storage.count
        count -= samples
        discarded += samples
    }
}
